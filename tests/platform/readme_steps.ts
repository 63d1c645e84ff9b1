const README = Deno.readTextFileSync(new URL("../../README.md", import.meta.url));

/** The code blocks of a section, in order: `bash` and `sql` ones, and what is printed as output (no language). */
export function readBlocks(heading: string, language: string): string[] {
  const section = new RegExp(`^## ${heading}\\n(.*?)(?=^## )`, "ms").exec(README)?.[1];
  if (section === undefined) throw new Error(`README.md has no section ${heading}`);
  return [...section.matchAll(/^ *```(\w*)\n(.*?)^ *```/gms)].filter(([, name]) => name === language)
    .map(([, , text = ""]) => text);
}

/** The only block of a section and language that matches. */
export function readBlock(heading: string, language: string, about: RegExp): string {
  const found = readBlocks(heading, language).filter((text) => about.test(text));
  if (found.length !== 1 || found[0] === undefined) {
    throw new Error(`README.md, "${heading}" has ${found.length} blocks about ${about}`);
  }
  return found[0];
}
