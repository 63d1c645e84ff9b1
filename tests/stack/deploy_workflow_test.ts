// @ts-types="../support/toml.d.ts"
import { fileURLToPath } from "node:url";
import { parse as parseToml } from "@std/toml";
import { z } from "zod";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";

const PROJECT = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, PROJECT));

const configSchema = z.object({
  api: z.object({ auto_expose_new_tables: z.boolean() }),
  db: z.object({ vault: z.record(z.string(), z.string()) }),
  functions: z.object({
    "sync-applications": z.object({ import_map: z.string(), entrypoint: z.string(), verify_jwt: z.boolean() }),
  }),
});

Deno.test("config.toml names the import map and the entry point, and leaves the secret to the function", () => {
  const { api, db, functions } = configSchema.parse(parseToml(read("supabase/config.toml")));
  const ours = functions["sync-applications"];
  const fromSupabase = (path: string) => new URL(path, new URL("supabase/", PROJECT));
  assertEquals(fromSupabase(ours.import_map).href, new URL("import_map.json", PROJECT).href);
  assert(Deno.statSync(fromSupabase(ours.entrypoint)).isFile);
  assertEquals(ours.verify_jwt, false);
  assertEquals(api.auto_expose_new_tables, false);
  assertEquals(db.vault, { project_url: "env(PROJECT_URL)", cron_secret: "env(CRON_SECRET)" });
});

Deno.test("the function bundles with its import map, far below the platform's 20 MB", async () => {
  const output = Deno.makeTempFileSync({ suffix: ".js" });
  try {
    const bundle = await new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--import-map=import_map.json", "-o", output, "supabase/functions/sync-applications/index.ts"],
      cwd: fileURLToPath(PROJECT),
    }).output();
    assert(bundle.success, new TextDecoder().decode(bundle.stderr));
    const { size } = Deno.statSync(output);
    assert(size > 50_000 && size < 5_000_000, `${size} bytes`);
  } finally {
    Deno.removeSync(output);
  }
});

Deno.test(".env.example names every setting the function reads, and the function every one of them", () => {
  const named = new Set(
    [...read("supabase/functions/.env.example").matchAll(/^#? ?([A-Z][A-Z_]+)=/gm)].map(([, name]) => name),
  );
  const source = read("supabase/functions/sync-applications/settings.ts") +
    read("supabase/functions/sync-applications/index.ts");
  const asked = new Set([...source.matchAll(/"([A-Z][A-Z]*_[A-Z_]+)"/g)].map(([, name]) => name));
  // Set by the platform, or accepted beside the name of the specification, or for tests.
  for (const name of ["SUPABASE_URL", "SUPABASE_SECRET_KEYS", "SUPABASE_SERVICE_ROLE_KEY"]) asked.delete(name);
  for (const name of ["LAMBDA_FUNCTION_APPLICATION_MEDIUM", "AWS_ENDPOINT_URL_LAMBDA", "AWS_SESSION_TOKEN"]) {
    asked.delete(name);
  }
  assertEquals([...named].sort(), [...asked].sort());
});

Deno.test("the deploy workflow uses the pinned versions, and the function no package the import map does not pin", () => {
  const workflow = read(".github/workflows/deploy.yml");
  assertMatch(workflow, /version: 3\.1\.0/);
  // Without --remote it is the local database's, and without --yes a terminal is asked, where there is none.
  assertMatch(workflow, /supabase db push --remote --yes\n/);
  assertMatch(workflow, /supabase secrets set .* --yes\n/);
  assertMatch(workflow, /supabase functions deploy .* --yes\n/);
  assertMatch(read("tests/stack/migrate.ts"), /supabase@3\.1\.0/);
  assertMatch(workflow, /deno-version: 2\.9\.6/);
  const imports: Record<string, string> = JSON.parse(read("import_map.json")).imports;
  for (const target of Object.values(imports)) assertMatch(target, /^npm:(@[\w-]+\/)?[\w-]+@\d+\.\d+\.\d+(\/|$)/);
});
