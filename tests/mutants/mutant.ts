/** One rule broken on purpose: what the tests must notice. */
export interface Mutant {
  name: string;
  /** The file that is changed, from the project's folder. */
  file: string;
  /** A text that stands in it exactly once. */
  find: string;
  replace: string;
  /**
   * Parts or files of tests that are to notice, the quickest first: `unit`, `tests/unit/x_test.ts`. Of a file
   * of the schemas, those of that file.
   */
  tests?: readonly string[];
}

/** @throws Error when the text is not found exactly once: the mutant is older than the code */
export function mutate(source: string, { name, file, find, replace }: Mutant): string {
  const found = source.split(find).length - 1;
  if (found !== 1) throw new Error(`Mutant "${name}" is out of date: its text stands ${found} times in ${file}`);
  return source.replace(find, () => replace);
}
