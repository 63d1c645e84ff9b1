// The keys that do something anywhere on the page. Pure.

export type Shortcut = { go: string[] } | "search" | "help" | "zone" | "wait";

/** After `g`. */
const PLACES = new Map([
  ["o", { path: [], words: "Overview" }],
  ["r", { path: ["runs"], words: "Runs" }],
  ["c", { path: ["not-current"], words: "Not current" }],
  ["n", { path: ["numbers"], words: "Numbers" }],
  ["a", { path: ["act"], words: "Act" }],
]);

const ANYWHERE = new Map<string, Shortcut>([["/", "search"], ["?", "help"], ["u", "zone"], ["g", "wait"]]);

export const SHORTCUTS: readonly { keys: string[]; words: string }[] = [
  { keys: ["/"], words: "Search an application by its number" },
  ...[...PLACES].map(([key, { words }]) => ({ keys: ["g", key], words: `Go to ${words}` })),
  { keys: ["u"], words: "Show times in UTC, or in your zone again" },
  { keys: ["?"], words: "Show these shortcuts" },
];

export interface Key {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** @param after the key before it, where that was `g` a moment ago */
export function readShortcut({ key, ctrlKey, metaKey, altKey }: Key, after?: string): Shortcut | undefined {
  if (ctrlKey || metaKey || altKey) return undefined;
  const place = after === "g" ? PLACES.get(key) : undefined;
  return place ? { go: place.path } : ANYWHERE.get(key);
}
