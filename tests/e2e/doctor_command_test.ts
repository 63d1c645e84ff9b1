import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { connect } from "../support/database.ts";
import { stackEnv } from "../support/stack_env.ts";

interface Said {
  code: number;
  stdout: string;
  stderr: string;
}

/** `deno task doctor` as a program calls it: only what is named is in its environment. */
async function runDoctor(env: Record<string, string>, ...args: string[]): Promise<Said> {
  const kept = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME"].map((name) => [name, Deno.env.get(name) ?? ""] as const);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-q", "-A", "supabase/tools/doctor/doctor.ts", ...args],
    cwd: new URL("../..", import.meta.url),
    clearEnv: true,
    env: { ...Object.fromEntries(kept.filter(([, value]) => value !== "")), ...env },
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

const access = () => ({ DB_URL: stackEnv("DB_URL"), API_URL: stackEnv("API_URL"), SECRET_KEY: stackEnv("SECRET_KEY") });

/** Runs work while a job is there, but not active. */
async function withIdleJob(work: () => Promise<void>): Promise<void> {
  const sql = connect();
  const activate = (active: boolean) =>
    sql`select cron.alter_job(jobid, active := ${active}) from cron.job where jobname = 'reconcile-sync'`;
  try {
    await activate(false);
    await work();
  } finally {
    await activate(true);
    await sql.end();
  }
}

Deno.test("doctor --json prints the checks and nothing else, and ends with 1 when one fails", () =>
  withIdleJob(async () => {
    const { code, stdout } = await runDoctor(access(), "--json");
    assertEquals(code, 1);
    const checks = JSON.parse(stdout);
    const job = checks.find(({ name }: { name: string }) => name === "job reconcile-sync");
    assertEquals(job, {
      name: "job reconcile-sync",
      state: "fail",
      detail: "not active",
      fix: [{ sql: "select sovereign_sync.schedule_sync();" }],
    });
    assert(checks.every(({ state }: { state: string }) => ["ok", "warn", "fail"].includes(state)));
  }));

Deno.test("doctor prints each fix below its line, in colours unless NO_COLOR is set", () =>
  withIdleJob(async () => {
    const { stdout } = await runDoctor({ ...access(), NO_COLOR: "1" });
    assertMatch(stdout, /^fail {2}job reconcile-sync +not active\n +sql: select sovereign_sync\.schedule_sync\(\);$/m);
    assertMatch(stdout, /^sovereign-applications-sync \d+\.\d+\.\d+\n\n/);
    assertMatch(stdout, /\n\n\d+ ok, \d+ to look at, \d+ failed\n$/);
    // deno-lint-ignore no-control-regex
    const escape = /\x1b/;
    assert(!escape.test(stdout));
    assertMatch((await runDoctor({ ...access(), FORCE_COLOR: "1" })).stdout, escape);
  }));

Deno.test("doctor calls the function without a database, and says what it did not look into", async () => {
  const { DB_URL: _, ...api } = access();
  const { code, stdout } = await runDoctor(api);
  assertEquals(code, 0, stdout);
  assertMatch(stdout, /^warn {2}database +not looked into without DB_URL: Vault, jobs/m);
  assertMatch(stdout, /^ok {4}function with the secret +accepted$/m);
});

Deno.test("doctor says in one line that the database cannot be reached, and calls the function all the same", async () => {
  const url = new URL(access().DB_URL);
  url.port = "9";
  const { code, stdout, stderr } = await runDoctor({ ...access(), DB_URL: url.href });
  assertEquals(code, 1);
  assertMatch(
    stdout,
    /^fail {2}database +nobody answers at 127\.0\.0\.1:9;.*\n +shell: export DB_URL="\$SESSION_POOLER_URL"$/m,
  );
  assertMatch(stdout, /^ok {4}function settings +complete$/m);
  assert(!(stdout + stderr).includes(url.password), "the password is printed");
});

Deno.test("doctor changes nothing of the linked project to mend a local stack", async () => {
  const { code, stdout } = await runDoctor({ API_URL: stackEnv("API_URL"), CRON_SECRET: "another-secret-altogether" });
  assertEquals(code, 1);
  assertMatch(
    stdout,
    /^fail {2}function with the secret +CRON_SECRET is refused\n +by hand: start the local stack anew/m,
  );
  assert(!stdout.includes("secrets set"), stdout);
});

Deno.test("doctor says that API_URL is no URL", async () => {
  const { code, stdout } = await runDoctor({ API_URL: "my project" });
  assertEquals(code, 1);
  assertMatch(stdout, /^fail {2}api +API_URL is no URL such as .*\n +shell: export API_URL="\$PROJECT_URL"$/m);
});

Deno.test("doctor --help names what it reads, and how it ends", async () => {
  const { code, stdout } = await runDoctor({}, "--help");
  assertEquals(code, 0);
  for (const word of ["DB_URL", "API_URL", "CRON_SECRET", "--json", "--env-file", "Exit codes:"]) {
    assert(stdout.includes(word), word);
  }
});
