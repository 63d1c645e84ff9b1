import { formatRoute, type Route } from "../route.ts";

interface ChoicesProps {
  route: Route;
  /** In the address. */
  name: string;
  words: string;
  choices: readonly { value: string; words: string }[];
  /** What no longer counts when something else is chosen. */
  clears: readonly string[];
  /** What is chosen although it is none of the choices. */
  other?: string | undefined;
  /** Whether nothing can be chosen, which is all. */
  none?: boolean;
}

/** A filter: one of a few, or all; each choice is an address. */
export function Choices({ route, name, words, choices, clears, other, none = true }: ChoicesProps) {
  const rest = { ...route.query, ...Object.fromEntries(clears.map((cleared) => [cleared, undefined])) };
  const chosen = other === undefined ? choices.find(({ value }) => value === route.query[name])?.value : null;
  return (
    <nav class="choices" aria-label={words}>
      <span class="faint" aria-hidden="true">{words}</span>
      {[...(none ? [{ value: undefined, words: "All" }] : []), ...choices].map(({ value, words }) => (
        <a
          key={words}
          href={formatRoute(route.path, { ...rest, [name]: value })}
          aria-current={chosen === value ? "true" : undefined}
        >
          {words}
        </a>
      ))}
      {other && <span class="chosen">{other}</span>}
    </nav>
  );
}
