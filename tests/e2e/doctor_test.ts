import postgres from "postgres";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import type { Check } from "../../supabase/tools/doctor/check.ts";
import { examine } from "../../supabase/tools/doctor/doctor.ts";
import { readFunctionEnv } from "../../supabase/tools/local_stack.ts";
import { freePort } from "../stack/ports.ts";
import { type Stack, startStack } from "../stack/stack.ts";

interface Misconfiguration {
  what: string;
  /** Statements as the superuser, or changed settings of the function or of the doctor's env file. */
  seed: string | { settings: Record<string, string> } | { file: Record<string, string> };
  mend?: string;
  check: string;
  state: "warn" | "fail";
  detail: RegExp;
  fix: RegExp;
}

const vault = (name: string, change: string) =>
  `select vault.update_secret((select id from vault.secrets where name = '${name}'), ${change})`;

const MISCONFIGURATIONS: Misconfiguration[] = [
  {
    what: "Vault lacks project_url",
    seed: vault("project_url", "new_name => 'away'"),
    mend: vault("away", "new_name => 'project_url'"),
    check: "vault project_url",
    state: "fail",
    detail: /not there/,
    fix: /vault\.create_secret\('<value>', 'project_url'\)/,
  },
  {
    what: "Vault lacks cron_secret",
    seed: vault("cron_secret", "new_name => 'away'"),
    mend: vault("away", "new_name => 'cron_secret'"),
    check: "vault cron_secret",
    state: "fail",
    detail: /not there/,
    fix: /vault\.create_secret\('<value>', 'cron_secret'\)/,
  },
  {
    what: "Vault's cron_secret is another than the function's",
    seed:
      `create table public.kept as select decrypted_secret as s from vault.decrypted_secrets where name = 'cron_secret';
      ${vault("cron_secret", "'another'")}`,
    mend: `${vault("cron_secret", "(select s from public.kept)")}; drop table public.kept`,
    check: "function with the secret",
    state: "fail",
    detail: /Vault's cron_secret is refused/,
    fix: /supabase secrets set CRON_SECRET/,
  },
  {
    what: "Vault's project_url leads nowhere",
    seed:
      `create table public.kept as select decrypted_secret as s from vault.decrypted_secrets where name = 'project_url';
      ${vault("project_url", "'http://127.0.0.1:9'")}`,
    mend: `${vault("project_url", "(select s from public.kept)")}; drop table public.kept`,
    check: "function",
    state: "fail",
    detail: /cannot be reached at http:\/\/127\.0\.0\.1:9/,
    fix: /supabase functions deploy/,
  },
  {
    what: "the job is not scheduled",
    seed: "delete from cron.job where jobname = 'sync-applications'",
    mend:
      "set role postgres; select cron.schedule('sync-applications', '*/5 * * * *', 'select private.invoke_sync_applications()')",
    check: "job sync-applications",
    state: "fail",
    detail: /not scheduled/,
    fix: /supabase db push/,
  },
  {
    what: "the job is not active",
    seed: "update cron.job set active = false where jobname = 'watch-sync'",
    mend: "update cron.job set active = true where jobname = 'watch-sync'",
    check: "job watch-sync",
    state: "fail",
    detail: /not active/,
    fix: /cron\.alter_job/,
  },
  {
    what: "the job is scheduled twice, under two owners",
    seed: "select cron.schedule('sync-applications', '*/5 * * * *', 'select private.invoke_sync_applications()')",
    mend: "delete from cron.job where jobname = 'sync-applications' and username = 'supabase_admin'",
    check: "job sync-applications",
    state: "fail",
    detail: /scheduled 2 times, by .*supabase_admin/,
    fix: /cron\.unschedule/,
  },
  {
    what: "a migration is missing",
    seed: "update supabase_migrations.schema_migrations set version = 'away' where version = '20261101002500'",
    mend: "update supabase_migrations.schema_migrations set version = '20261101002500' where version = 'away'",
    check: "migrations",
    state: "fail",
    detail: /not applied: 20261101002500/,
    fix: /supabase db push/,
  },
  {
    what: "service_role may not execute a function",
    seed: "revoke execute on function public.claim_applications(uuid, integer, integer) from service_role",
    mend: "grant execute on function public.claim_applications(uuid, integer, integer) to service_role",
    check: "grants",
    state: "fail",
    detail: /service_role may not execute claim_applications/,
    fix: /grant execute on function claim_applications\(uuid,integer,integer\) to service_role/,
  },
  {
    what: "anon may read applications",
    seed: "grant select on public.tblsovereignapplications to anon",
    mend: "revoke select on public.tblsovereignapplications from anon",
    check: "grants",
    state: "fail",
    detail: /anon may select tblsovereignapplications/,
    fix: /revoke all on tblsovereignapplications from anon/,
  },
  {
    what: "Row Level Security is off",
    seed: "alter table public.tblsovereignapplicationssynclog disable row level security",
    mend: "alter table public.tblsovereignapplicationssynclog enable row level security",
    check: "row level security",
    state: "fail",
    detail: /off for tblsovereignapplicationssynclog/,
    fix: /enable row level security/,
  },
  {
    what: "the schedule is paused",
    seed: "select public.pause_sync()",
    mend: "update public.sync_settings set paused_at = null",
    check: "schedule",
    state: "warn",
    detail: /paused/,
    fix: /resume_sync/,
  },
  {
    what: "nothing has completed for an hour",
    seed: "update public.tblsovereignapplicationssynclog set sync_completed_at = now() - interval '1 hour'",
    mend: "update public.tblsovereignapplicationssynclog set sync_completed_at = now()",
    check: "last completed run",
    state: "warn",
    detail: /60 minutes ago/,
    fix: /sync_now/,
  },
  {
    what: "the threshold for that is another",
    seed:
      "update public.sync_settings set alert_no_completed_run_after = '1 minute'; update public.tblsovereignapplicationssynclog set sync_completed_at = now() - interval '2 minutes'",
    mend:
      "update public.sync_settings set alert_no_completed_run_after = '15 minutes'; update public.tblsovereignapplicationssynclog set sync_completed_at = now()",
    check: "last completed run",
    state: "warn",
    detail: /2 minutes ago/,
    fix: /sync_now/,
  },
  {
    what: "the database's time zone is another than OCC's",
    seed: { file: { OCC_TIME_ZONE: "Pacific/Auckland" } },
    check: "time zone",
    state: "warn",
    detail: /sync_settings has UTC, the function's OCC_TIME_ZONE is Pacific\/Auckland/,
    fix: /update sync_settings set time_zone = 'Pacific\/Auckland'/,
  },
  {
    what: "alerts cannot be posted",
    seed:
      "insert into public.sync_alerts (condition, message, told_at, resolved_at, post_error) values ('data quality', 'x', now(), now(), 'The webhook answered 404')",
    mend: "delete from public.sync_alerts",
    check: "alerts",
    state: "warn",
    detail: /cannot be posted: The webhook answered 404/,
    fix: /alert_webhook_url/,
  },
  {
    what: "a setting of the function is missing",
    seed: { settings: { SOV_AWS_CLIENT_NUMBER: "" } },
    check: "function settings",
    state: "fail",
    detail: /missing SOV_AWS_CLIENT_NUMBER/,
    fix: /supabase secrets set --env-file/,
  },
  {
    what: "the AWS keys are wrong",
    seed: { file: { AWS_SECRET_ACCESS_KEY: "wrong" } },
    check: "aws",
    state: "fail",
    detail: /may not invoke .*: InvalidSignatureException/,
    fix: /lambda:InvokeFunction/,
  },
  {
    what: "the OCC function's name is wrong",
    seed: { file: { LAMBDA_FUNCTION_APPLICATIONS_MAIN_TEST: "typo" } },
    check: "aws",
    state: "fail",
    detail: /there is no Lambda typo/,
    fix: /LAMBDA_FUNCTION_APPLICATIONS_MAIN/,
  },
];

async function seedAndExamine(stack: Stack, admin: postgres.Sql, { seed, mend }: Misconfiguration): Promise<Check[]> {
  const functionEnv = readFunctionEnv(stack.env.API_URL);
  if (typeof seed === "string") {
    await admin.unsafe(seed);
    try {
      return await examine(stack.env, functionEnv);
    } finally {
      await admin.unsafe(`${mend}; reset role`);
    }
  }
  if ("file" in seed) return await examine(stack.env, { ...functionEnv, ...seed.file });
  await stack.restartFunction(seed.settings);
  try {
    return await examine(stack.env, functionEnv);
  } finally {
    const names = Object.keys(seed.settings);
    await stack.restartFunction(Object.fromEntries(names.map((name) => [name, functionEnv[name] ?? ""])));
  }
}

Deno.test("doctor finds nothing on a good stack, and each of the misconfigurations with what mends it", async (t) => {
  const stack = await startStack({
    port: freePort(),
    applications: 3,
    latency: "0",
    faults: "",
    seed: 1,
    cron: true,
    functionLog: () => {},
    report: () => {},
  });
  const admin = postgres(stack.env.ADMIN_DB_URL, { max: 1, onnotice: () => {} });
  try {
    const response = await fetch(stack.env.FUNCTION_URL, { headers: { apikey: stack.env.SECRET_KEY } });
    assertEquals(response.status, 200);
    await response.body?.cancel();
    const good = await examine(stack.env, readFunctionEnv(stack.env.API_URL));
    assertEquals(good.filter(({ state }) => state !== "ok"), []);
    assert(good.length >= 16, `${good.length} checks`);
    for (const misconfiguration of MISCONFIGURATIONS) {
      await t.step(misconfiguration.what, async () => {
        const checks = await seedAndExamine(stack, admin, misconfiguration);
        const found = checks.find(({ name }) => name === misconfiguration.check);
        assertEquals(found?.state, misconfiguration.state, JSON.stringify(checks));
        assertMatch(found?.detail ?? "", misconfiguration.detail);
        assertMatch(found?.fix ?? "", misconfiguration.fix);
      });
    }
  } finally {
    await admin.end();
    await stack.stop();
  }
});
