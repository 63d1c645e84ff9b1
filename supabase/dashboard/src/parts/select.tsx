interface SelectProps {
  label: string;
  value: string | undefined;
  options: readonly string[];
  pick(value: string | undefined): void;
}

/** One of some words, or any. */
export function Select({ label, value, options, pick }: SelectProps) {
  return (
    <label class="inline">
      {label}
      <select value={value ?? ""} onChange={(event) => pick(event.currentTarget.value || undefined)}>
        <option value="">any</option>
        {options.map((option) => <option key={option} value={option}>{option}</option>)}
      </select>
    </label>
  );
}
