import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import * as z from "zod";

const MANIFEST = fileURLToPath(new URL("migrations.json", import.meta.url));
const MIGRATIONS = fileURLToPath(new URL("../../../supabase/migrations/", import.meta.url));

const manifestSchema = z.object({ version: z.string(), migrations: z.record(z.string(), z.string()) });

/** The migrations a release froze: each file's name with its SHA-256. */
export type Manifest = z.infer<typeof manifestSchema>;

export function readManifest(): Manifest {
  return manifestSchema.parse(JSON.parse(Deno.readTextFileSync(MANIFEST)));
}

export function writeManifest(manifest: Manifest): void {
  Deno.writeTextFileSync(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** The migrations as they are, by name. */
export function hashMigrations(): Record<string, string> {
  const names = [...Deno.readDirSync(MIGRATIONS)].map(({ name }) => name).sort();
  return Object.fromEntries(
    names.map((name) => [name, createHash("sha256").update(Deno.readFileSync(MIGRATIONS + name)).digest("hex")]),
  );
}

/** What nobody may do to migrations that were released, one line each. */
export function findThawed(frozen: Record<string, string>, present: Record<string, string>): string[] {
  const last = Object.keys(frozen).sort().at(-1) ?? "";
  const changed = Object.entries(frozen).filter(([name, hash]) => present[name] !== hash)
    .map(([name]) => name in present ? `${name} was changed` : `${name} is missing`);
  const early = Object.keys(present).filter((name) => !(name in frozen) && name < last)
    .map((name) => `${name} comes before ${last}, which databases have already`);
  return [...changed, ...early];
}
