// Types of the part of TOML the tests read: `deno-std` on npm is plain JavaScript.
export function parse(text: string): Record<string, unknown>;
