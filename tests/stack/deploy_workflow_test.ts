import { assert, assertEquals, assertMatch } from "../support/assert.ts";

const PROJECT = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, PROJECT));

/** A value of config.toml, which is written one `name = value` a line. */
function config(section: string, name: string): string | undefined {
  const start = read("supabase/config.toml").split(`[${section}]\n`)[1]?.split(/^\[/m)[0] ?? "";
  return new RegExp(`^${name} = "?([^"\n]*)"?$`, "m").exec(start)?.[1];
}

Deno.test("config.toml names the import map and the entry point, and leaves the secret to the function", () => {
  const section = "functions.sync-applications";
  const fromSupabase = (path: string | undefined) => new URL(path ?? "", new URL("supabase/", PROJECT));
  assertEquals(fromSupabase(config(section, "import_map")).href, new URL("import_map.json", PROJECT).href);
  assert(Deno.statSync(fromSupabase(config(section, "entrypoint"))).isFile);
  assertEquals(config(section, "verify_jwt"), "false");
  assertEquals(config("api", "auto_expose_new_tables"), "false");
  assertEquals(config("db.vault", "cron_secret"), "env(CRON_SECRET)");
});

Deno.test("the function bundles with its import map, far below the platform's 20 MB", async () => {
  const output = Deno.makeTempFileSync({ suffix: ".js" });
  try {
    const bundle = await new Deno.Command(Deno.execPath(), {
      args: ["bundle", "--import-map=import_map.json", "-o", output, "supabase/functions/sync-applications/index.ts"],
      cwd: PROJECT.pathname,
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
  assertMatch(read("tests/stack/migrate.ts"), /supabase@3\.1\.0/);
  assertMatch(workflow, /deno-version: 2\.9\.6/);
  const imports: Record<string, string> = JSON.parse(read("import_map.json")).imports;
  for (const target of Object.values(imports)) assertMatch(target, /^npm:(@[\w-]+\/)?[\w-]+@\d+\.\d+\.\d+(\/|$)/);
});
