import { isAnotherProject } from "../../supabase/tools/doctor/check_vault.ts";
import { describeConnection } from "../../supabase/tools/doctor/describe_connection.ts";
import { gatherExpected, splitStatements } from "../../supabase/tools/doctor/read_migrations.ts";
import { changeSettings } from "../../supabase/tools/doctor/steps.ts";
import { findRef } from "../../supabase/tools/doctor/subject.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";

const REF = "abcdefghijklmnopqrst";

Deno.test("findRef() finds a project's reference in its API, its database or its pooler's role", () => {
  assertEquals(findRef(`https://${REF}.supabase.co`, undefined), REF);
  assertEquals(findRef(undefined, `postgresql://postgres:x@db.${REF}.supabase.co:5432/postgres`), REF);
  assertEquals(findRef("", `postgresql://postgres.${REF}:x@aws-0-eu-west-1.pooler.supabase.com:5432/postgres`), REF);
  assertEquals(findRef("https://api.example.com", "postgresql://postgres@127.0.0.1:5432/postgres"), undefined);
});

Deno.test("isAnotherProject() knows a domain of the project's own, and Docker's name for the API", () => {
  const hosted = `https://${REF}.supabase.co`;
  assertEquals(isAnotherProject("https://zyxwvutsrqponmlkjihg.supabase.co", hosted), true);
  assertEquals(isAnotherProject("https://api.example.com", hosted), false);
  assertEquals(isAnotherProject(hosted, "https://api.example.com"), false);
  assertEquals(isAnotherProject("http://127.0.0.1:54321", hosted), true);
  assertEquals(isAnotherProject("http://kong:8000", "http://127.0.0.1:54321"), false);
  assertEquals(isAnotherProject("http://host.docker.internal:54321", "http://127.0.0.1:54321"), false);
  assertEquals(isAnotherProject(hosted, "http://127.0.0.1:54321"), true);
});

Deno.test("describeConnection() names host and role and never a password", () => {
  const url = `postgresql://postgres.${REF}:hunter2@pooler.example.com:5432/postgres?sslmode=require&password=hunter2`;
  for (const code of ["28P01", "3D000", "ECONNREFUSED", "ENOTFOUND", "CONNECT_TIMEOUT", "XX000"]) {
    const check = describeConnection(url, Object.assign(new Error("hunter2"), { code }));
    assertMatch(check.detail, /pooler\.example\.com:5432/);
    assert(!JSON.stringify(check).includes("hunter2"), JSON.stringify(check));
  }
  assertMatch(describeConnection("hunter2", undefined).detail, /no connection string/);
});

Deno.test("splitStatements() ends none in a text, a body, a name or a comment", () => {
  const text = `select 'a;b'; -- c; d
    create function f() as $$ begin; end; $$; select "x;y" - 1;`;
  assertEquals(splitStatements(text), [
    "select 'a;b'",
    "create function f() as $$ begin; end; $$",
    'select "x;y" - 1',
  ]);
});

Deno.test("changeSettings() writes the file and sends it, or a file that is there for no longer than that", () => {
  assertEquals(changeSettings(REF, ["AWS_REGION"], undefined), [
    { shell: `(umask 077; printf "%s='%s'\\n" AWS_REGION "$AWS_REGION" > .env.doctor)` },
    { shell: `npx -y supabase@3.1.0 secrets set --env-file .env.doctor --remote=${REF} --yes` },
    { shell: "rm .env.doctor" },
  ]);
  assertEquals(changeSettings(undefined, ["AWS_REGION"], "my files/.env"), [
    { shell: `printf "\\n%s='%s'\\n" AWS_REGION "$AWS_REGION" >> 'my files/.env'` },
    { shell: "npx -y supabase@3.1.0 secrets set --env-file 'my files/.env' --yes" },
  ]);
});

Deno.test("gatherExpected() reads what people write and what pg-delta does", () => {
  const { versions, objects, grants, policies } = gatherExpected([
    {
      name: "1_install.sql",
      text:
        `create view public.sync_x as select 1 as one; create function public.f(a text) returns text language sql as '';
        create table sovereign_sync.gaps (id int); grant select on table public.sync_x to authenticated, service_role;
        grant execute on function public.f, public.g to service_role; grant usage on schema sovereign_sync to service_role;`,
    },
    {
      name: "2_change.sql",
      text: `DROP VIEW "public"."sync_x"; CREATE VIEW "public"."sync_x" WITH (security_invoker=true) AS SELECT 2 AS one;
        GRANT SELECT ON TABLE "public"."sync_x" TO "service_role"; REVOKE EXECUTE ON FUNCTION "public"."f"(text) FROM "service_role";
        CREATE POLICY "Service role reads" ON "sovereign_sync"."gaps" FOR SELECT USING (true);`,
    },
  ]);
  assertEquals(versions, ["1", "2"]);
  assertEquals([...objects].map(([name, { kind, version }]) => `${kind} ${name} ${version}`), [
    "function public.f 1",
    "table sovereign_sync.gaps 1",
    "view public.sync_x 2",
  ]);
  assertEquals(
    Object.fromEntries([...grants].map(([target, roles]) => [target, Object.fromEntries(roles)])),
    {
      "function public.f": {},
      "function public.g": { service_role: ["EXECUTE"] },
      "schema sovereign_sync": { service_role: ["USAGE"] },
      "table public.sync_x": { service_role: ["SELECT"] },
    },
  );
  assertEquals(policies.map(({ table, name }) => `${name}: ${table}`), ["Service role reads: sovereign_sync.gaps"]);
});
