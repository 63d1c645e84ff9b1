import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { PostgresServer } from "./find_postgres.ts";
import type { StackSecrets } from "./secrets.ts";

/** How far a new project is set up: the roles and extensions; Auth and its people too; the migrations too. */
export const TEMPLATE_STATES = ["bare", "project", "installed"] as const;
export type TemplateState = typeof TEMPLATE_STATES[number];

/** The data folder of a stopped cluster, and the secrets that were set in it. */
export interface ClusterTemplate {
  data: string;
  secrets: StackSecrets;
}

/** Names the folder of the templates to a stack that a test starts. Without it every cluster is made from nothing. */
export const TEMPLATES_VARIABLE = "STACK_TEMPLATES";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
/** Everything a template's content comes from. */
const SOURCES = ["supabase/migrations", "supabase/config.toml", "tests/stack"];

/** The template for such a cluster, or undefined where the test command made none. */
export function findTemplate(
  server: PostgresServer,
  state: TemplateState,
  grantingDefaults = false,
): ClusterTemplate | undefined {
  const folder = Deno.env.get(TEMPLATES_VARIABLE);
  if (!folder) return undefined;
  const path = templatePath(folder, server, state, grantingDefaults);
  try {
    return { data: `${path}/data`, secrets: JSON.parse(Deno.readTextFileSync(`${path}/secrets.json`)) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Where it belongs. A copy of the project whose migrations differ finds none. */
export function templatePath(
  folder: string,
  server: PostgresServer,
  state: TemplateState,
  grantingDefaults: boolean,
): string {
  const hash = createHash("sha256").update(`${server.bin} ${grantingDefaults} ${state}`);
  for (const source of SOURCES) addFiles(hash, `${PROJECT}${source}`);
  return `${folder}/${state}-${hash.digest("hex").slice(0, 20)}`;
}

function addFiles(hash: ReturnType<typeof createHash>, path: string): void {
  if (Deno.statSync(path).isFile) {
    hash.update(path.slice(PROJECT.length)).update(Deno.readFileSync(path));
    return;
  }
  for (const name of [...Deno.readDirSync(path)].map(({ name }) => name).sort()) {
    if (!name.endsWith("_test.ts")) addFiles(hash, `${path}/${name}`);
  }
}

/** Copies a data folder, owners and modes included. */
export async function copyData(from: string, to: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("cp", { args: ["-a", from, to] }).output();
  if (!success) throw new Error(`Cannot copy ${from}: ${new TextDecoder().decode(stderr).trim()}`);
}
