import { useEffect, useState } from "preact/hooks";

interface SearchProps {
  value: string;
  /** What was typed, a moment after the last letter; undefined when it is empty. */
  pick(text: string | undefined): void;
  /** Enter: the application of this very number. */
  open(number: string): void;
}

const PAUSE_MS = 250;

/** Applications by the beginning of their number. */
export function Search({ value, pick, open }: SearchProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    const wanted = text.trim();
    if (wanted === value) return;
    const timer = setTimeout(() => pick(wanted || undefined), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (text.trim() !== "") open(text.trim());
  };
  return (
    <form role="search" class="search end" onSubmit={submit}>
      <input
        type="search"
        data-search
        aria-label="Number begins with; Enter opens it"
        aria-keyshortcuts="/"
        placeholder="G3-…  ( / )"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </form>
  );
}
