import { fileURLToPath } from "node:url";

/** A fenced block of a page. */
export interface Block {
  /** `README.md`, `docs/deploy.md`, … */
  page: string;
  /** Empty for what is shown as printed. */
  language: string;
  text: string;
}

export const PROJECT = fileURLToPath(new URL("../../", import.meta.url));

/** What was asked for is not ours to run. */
const SPECIFICATION = "docs/specification.md";

/** The README and all pages of `docs/`. */
export function listPages(): string[] {
  const pages = [...Deno.readDirSync(`${PROJECT}docs`)].map(({ name }) => `docs/${name}`).sort();
  return ["README.md", ...pages.filter((page) => page.endsWith(".md") && page !== SPECIFICATION)];
}

export function readPage(page: string): string {
  return Deno.readTextFileSync(`${PROJECT}${page}`);
}

/** The blocks of a page's text, in order; those in a list come without their indent. */
export function parseBlocks(page: string, text: string): Block[] {
  return [...text.matchAll(/^( *)```(\w*)\n(.*?)^\1```$/gms)].map(([, indent = "", language = "", body = ""]) => ({
    page,
    language,
    text: body.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  }));
}

export function readBlocks(): Block[] {
  return listPages().flatMap((page) => parseBlocks(page, readPage(page)));
}
