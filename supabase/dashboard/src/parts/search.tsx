import { useEffect, useRef, useState } from "preact/hooks";

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
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const picked = useRef(value);
  // What else was chosen meanwhile stays chosen.
  const latest = useRef(pick);
  latest.current = pick;
  // From elsewhere, such as the way back: what was picked here may be behind what is being typed.
  useEffect(() => {
    if (value !== picked.current) setText(value);
    picked.current = value;
  }, [value]);
  useEffect(() => {
    const wanted = text.trim();
    if (wanted === value) return;
    timer.current = setTimeout(() => {
      picked.current = wanted;
      latest.current(wanted || undefined);
    }, PAUSE_MS);
    return () => clearTimeout(timer.current);
  }, [text]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    // The letters just typed would lead back here.
    clearTimeout(timer.current);
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
