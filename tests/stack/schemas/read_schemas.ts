import { fileURLToPath } from "node:url";
import { splitStatements } from "../../../supabase/tools/doctor/read_migrations.ts";

const SCHEMAS = fileURLToPath(new URL("../../../supabase/schemas/", import.meta.url));

/** One file below supabase/schemas. */
export interface SchemaFile {
  /** From supabase/schemas on: `10_tables/status.sql`. */
  path: string;
  text: string;
}

/** The extensions are a migration of their own: where a server lacks one, the local stack records it as applied. */
export const EXTENSIONS = "00_extensions.sql";

/** The declared schema, in the order in which its files build on each other. */
export function readSchemas(folder = SCHEMAS): SchemaFile[] {
  return listFiles(folder, "").sort().map((path) => ({ path, text: Deno.readTextFileSync(`${folder}/${path}`) }));
}

function listFiles(folder: string, below: string): string[] {
  return [...Deno.readDirSync(`${folder}/${below}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? listFiles(folder, `${below}${name}/`) : [`${below}${name}`]
  );
}

/** What the schema creates in public, beside the specification's two tables. */
export interface PublicObjects {
  /** Without their schema, as SQL writes them: `sync_runs`, `"tblSovereignApplications"`. */
  views: string[];
  /** With the types of their arguments: `sync_now(date, boolean)`. */
  functions: string[];
  /** Of tblSovereignApplications. */
  triggers: string[];
}

/** Every function has a comment, which names it with its arguments' types. */
export function listPublicObjects(files: SchemaFile[]): PublicObjects {
  const statements = files.flatMap(({ text }) => splitStatements(text));
  const find = (pattern: RegExp) => statements.flatMap((statement) => pattern.exec(statement)?.[1] ?? []).sort();
  return {
    views: find(/^create view public\.([\w"]+)/),
    functions: find(/^comment on function public\.(\w+\([^)]*\))/),
    triggers: find(/^create (?:or replace )?trigger (\w+)\s[^]*?\son public\.tblSovereignApplications\s/),
  };
}

/**
 * The schema as one script. A body may call what a later file creates, so bodies are not checked here; a test of the part
 * `schemas` checks them once everything is there.
 */
export function renderSchemas(files: SchemaFile[]): string {
  const sections = files.filter(({ path }) => path !== EXTENSIONS).map(({ path, text }) =>
    `-- ${`${path} `.padEnd(117, "=")}\n${text}`
  );
  return `set local check_function_bodies = off;\n\n${sections.join("\n")}`;
}
