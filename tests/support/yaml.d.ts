// Types of the part of YAML the tests read: `deno-std` on npm is plain JavaScript.
export function parse(text: string): unknown;
