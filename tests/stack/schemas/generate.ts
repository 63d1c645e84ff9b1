import { fileURLToPath } from "node:url";
import { EXTENSIONS, listPublicObjects, readSchemas, renderSchemas } from "./read_schemas.ts";

const SUPABASE = fileURLToPath(new URL("../../../supabase/", import.meta.url));
const INSTALLATION = "migrations/20261101000200_install.sql";
const WIDTH = 120;

const HEADER =
  `-- The installation: supabase/schemas in one file. Written by \`deno task migration\`; never edit it, edit the schemas.
`;

/** Files that follow from supabase/schemas, by their paths below supabase/, as they must be. */
export function generateFiles({ released }: { released: boolean }): Map<string, string> {
  const files = readSchemas();
  const { views, functions, triggers } = listPublicObjects(files);
  const quote = (names: string[]) => names.map((name) => `'${name}'`);
  const removal = "snippets/Remove everything.sql";
  const generated = new Map([[
    removal,
    fillLists(read(removal), {
      "views of public": quote(views),
      "functions of public": quote(functions),
      "triggers of the applications": quote(triggers),
    }),
  ]]);
  if (released) return generated;

  const check = "migrations/20261101000100_check_what_is_there.sql";
  // The two tables may be there.
  const names = views.map((name) => name.replaceAll('"', "")).filter((name) => !/Applications(SyncLog)?$/.test(name));
  generated.set(
    check,
    fillLists(read(check), {
      "views of public": quote(names),
      "functions of public": quote([...new Set(functions.map((signature) => signature.replace(/\(.*/, "")))]),
    }),
  );
  generated.set("migrations/20261101000000_create_extensions.sql", read(`schemas/${EXTENSIONS}`));
  generated.set(INSTALLATION, `${HEADER}${renderSchemas(files)}`);
  return generated;
}

/** Writes those that differ, and says which. */
export function writeGenerated(options: { released: boolean }): string[] {
  const written = [...generateFiles(options)].filter(([path, text]) => read(path) !== text);
  for (const [path, text] of written) Deno.writeTextFileSync(`${SUPABASE}${path}`, text);
  return written.map(([path]) => `supabase/${path}`);
}

/** A file's text; empty where there is none. */
export function read(path: string): string {
  try {
    return Deno.readTextFileSync(`${SUPABASE}${path}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/** Puts items between the comments `-- <name>` and `-- </name>`, as many a line as there is room for. */
function fillLists(text: string, lists: Record<string, string[]>): string {
  return Object.entries(lists).reduce((filled, [name, items]) => {
    const block = new RegExp(`^( *)-- <${name}>\\n[^]*?^ *-- </${name}>$`, "m");
    if (!block.test(filled)) throw new Error(`There is no list <${name}>`);
    return filled.replace(
      block,
      (_, indent: string) => [`${indent}-- <${name}>`, ...wrap(items, indent), `${indent}-- </${name}>`].join("\n"),
    );
  }, text);
}

function wrap(items: string[], indent: string): string[] {
  const lines: string[] = [];
  for (const [place, item] of items.entries()) {
    const word = place < items.length - 1 ? `${item},` : item;
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(indent + word);
  }
  return lines;
}
