interface NumbersFieldProps {
  value: string;
  set(value: string): void;
  wrong?: string | undefined;
}

/** For numbers of applications, with blanks or commas between them. */
export function NumbersField({ value, set, wrong }: NumbersFieldProps) {
  return (
    <label>
      Numbers
      <input
        value={value}
        autoComplete="off"
        placeholder="G3-1042, G3-1043"
        aria-invalid={wrong !== undefined}
        aria-describedby={wrong && "numbers-wrong"}
        onInput={(event) => set(event.currentTarget.value)}
      />
      {wrong && <span id="numbers-wrong" class="wrong">{wrong}</span>}
    </label>
  );
}
