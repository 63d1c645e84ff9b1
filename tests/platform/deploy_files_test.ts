// @ts-types="../support/toml.d.ts"
import { parse as parseToml } from "@std/toml";
import * as z from "zod";
import { CLI } from "../stack/supabase_cli.ts";
import { assertEquals, assertMatch } from "../support/assert.ts";
import { parseSteps, readWorkflow } from "./workflow_steps.ts";

const PROJECT = new URL("../../", import.meta.url);
// bundle_test shows that it is written there.
const BUNDLE = "supabase/functions/sync-applications/bundle.js";
const imports = (): Record<string, string> => JSON.parse(read("import_map.json")).imports;
const read = (path: string) => Deno.readTextFileSync(new URL(path, PROJECT));

const configSchema = z.object({
  api: z.object({ auto_expose_new_tables: z.boolean() }),
  db: z.object({ vault: z.record(z.string(), z.string()) }),
  functions: z.object({
    "sync-applications": z.strictObject({ enabled: z.boolean(), entrypoint: z.string(), verify_jwt: z.boolean() }),
  }),
});

Deno.test("config.toml deploys what deno task bundle writes, and leaves the secret to the function", () => {
  const { api, db, functions } = configSchema.parse(parseToml(read("supabase/config.toml")));
  const ours = functions["sync-applications"];
  assertEquals(new URL(ours.entrypoint, new URL("supabase/", PROJECT)).href, new URL(BUNDLE, PROJECT).href);
  assertEquals(ours.verify_jwt, false);
  assertEquals(api.auto_expose_new_tables, false);
  assertEquals(db.vault, { project_url: "env(PROJECT_URL)", cron_secret: "env(CRON_SECRET)" });
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

Deno.test("the deploy workflow uses the pinned versions", () => {
  const steps = parseSteps(readWorkflow());
  const versionOf = (name: string) => steps.find(({ uses }) => uses?.startsWith(name))?.with;
  assertEquals(versionOf("supabase/setup-cli@v3.0.0"), { version: CLI.split("@")[1] });
  assertEquals(versionOf("denoland/setup-deno@"), {
    "deno-version": /deno@([\d.]+) task/.exec(read("README.md"))?.[1],
  });
  for (const target of Object.values(imports())) assertMatch(target, /^npm:(@[\w-]+\/)?[\w-]+@\d+\.\d+\.\d+(\/|$)/);
});

Deno.test("a secret of the deploy workflow is in the steps that use it, and in no action of others", () => {
  const steps = parseSteps(readWorkflow());
  const secretsOf = (env: Record<string, string>) =>
    Object.entries(env).flatMap(([name, value]) => value.includes("secrets.") ? [name] : []);
  assertEquals(steps.filter(({ uses }) => uses).flatMap(({ env }) => secretsOf(env)), []);
  const idle = steps.flatMap(({ run = "", env }) =>
    // The CLI takes its token, and the doctor the database, from the environment.
    secretsOf(env).filter((name) =>
      !run.includes(`$${name}`) && !(name === "SUPABASE_ACCESS_TOKEN" && run.startsWith("supabase ")) &&
      !(name === "DB_URL" && run.includes("task doctor"))
    )
  );
  assertEquals(idle, []);
  const given = new Set(steps.flatMap(({ env }) => secretsOf(env)));
  assertEquals([...given].sort(), ["CRON_SECRET", "DB_URL", "FUNCTION_ENV", "SUPABASE_ACCESS_TOKEN"]);
});
