import type postgres from "postgres";
import { runCli } from "../supabase_cli.ts";
import { type OpenProject, openProject } from "../with_project.ts";
import { readSchemas, renderSchemas, type SchemaFile } from "./read_schemas.ts";

/** What pg-delta compares. The rest of a project is Supabase's. */
const COMPARED = "public,sovereign_sync";

/** A database that was made from the schemas, not by the migrations; without rows and jobs. */
export async function openDeclared(files: SchemaFile[] = readSchemas()): Promise<OpenProject> {
  const project = await openProject();
  try {
    await applySchemas(project.sql, files);
    return project;
  } catch (error) {
    await project.close();
    throw error;
  }
}

async function applySchemas(sql: postgres.Sql, files: SchemaFile[]): Promise<void> {
  // The extensions are there already, or the stack's stand-ins for them.
  await sql.begin((transaction) => transaction.unsafe(renderSchemas(files)));
}

/** What makes of the one database the other, as pg-delta writes it; empty when they are equal. */
export async function diffDatabases(from: string, to: string): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "pg-delta-" });
  try {
    const output = `${folder}/diff.sql`;
    const args = [
      "--use-pg-delta",
      "--strict-coverage",
      "--from",
      from,
      "--to",
      to,
      "--schema",
      COMPARED,
      "-o",
      output,
    ];
    // In the project the CLI would read this project's config.toml.
    const { success, stdout, stderr } = await runCli(["db", "diff", ...args], {}, folder);
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    if (!success) throw new Error(`supabase db diff failed:\n${said}`);
    return (await Deno.readTextFile(output).catch(() => "")).trim();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
