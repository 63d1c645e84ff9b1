// Application numbers as people write and paste them. Pure.

/** Each once, in their order; between them may be blanks, commas, semicolons and lines. */
export function readNumbers(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter((number) => number !== ""))];
}
