// What this project leans on in pg_cron. Runs against whatever the stack's server has: pg_cron itself, or its stand-in.
import postgres from "postgres";
import { assert, assertEquals, assertMatch, assertRejects } from "../../support/assert.ts";
import { connect, type Sql, type TransactionSql } from "../../support/database.ts";
import { stackEnv } from "../../support/stack_env.ts";
import { waitUntil } from "../../support/wait_until.ts";

const [installed] = await withAdmin((admin) => admin`select extversion from pg_extension where extname = 'pg_cron'`);
const standIn = installed === undefined;
/** Debian 12 has 1.4, without seconds and with one job at a time. */
const modern = standIn || Number(installed.extversion.replace("-", ".").split(".")[1]) >= 5;

async function withAdmin<T>(work: (admin: Sql) => Promise<T>): Promise<T> {
  const admin = connect(stackEnv("ADMIN_DB_URL"));
  try {
    return await work(admin);
  } finally {
    await admin.end();
  }
}

/** Runs a test as `postgres`, and leaves no job of its own behind. */
function withJobs(name: string, test: (sql: Sql) => Promise<void>, options: { ignore?: boolean } = {}): void {
  Deno.test({
    name: `cron: ${name}`,
    ...options,
    async fn() {
      const sql = connect();
      const [last] = await sql`select coalesce(max(jobid), 0) as id from cron.job`;
      try {
        await test(sql);
      } finally {
        await sql.end();
        await withAdmin((admin) => admin`select cron.unschedule(jobid) from cron.job where jobid > ${last?.id}`);
      }
    },
  });
}

const jobs = (sql: Sql) =>
  sql`select jobid, jobname, schedule, command, active from cron.job where jobname ~ '^test' order by jobid`;

withJobs("schedule() by a name replaces the job of that name, and leaves it paused", async (sql) => {
  const [first] = await sql`select cron.schedule('test', '5 4 * * *', 'select 1') as id`;
  await sql`select cron.alter_job(${first?.id}, active := false)`;
  const [second] = await sql`select cron.schedule('test', '6 4 * * *', 'select 2') as id`;
  assertEquals(second, first);
  assertEquals([...await jobs(sql)], [
    { jobid: first?.id, jobname: "test", schedule: "6 4 * * *", command: "select 2", active: false },
  ]);
  const [job] = await sql`select nodename, nodeport, database, username from cron.job where jobid = ${first?.id}`;
  const nodeport = Number(new URL(stackEnv("DB_URL")).port);
  assertEquals(job, { nodename: "localhost", nodeport, database: "postgres", username: "postgres" });
});

withJobs("schedule() without a name adds a job each time", async (sql) => {
  const [ids] = await sql`
    select cron.schedule('5 4 * * *', 'select 1') as one, cron.schedule('5 4 * * *', 'select 1') as two`;
  assert(ids?.one !== ids?.two);
  const names = await sql`select distinct jobname as name from cron.job where jobid in (${ids?.one}, ${ids?.two})`;
  assertEquals([...names], [{ name: null }]);
});

withJobs("a job that was scheduled in a transaction is gone with it", async (sql) => {
  await assertRejects(() =>
    sql.begin(async (transaction) => {
      await transaction`select cron.schedule('test', '5 4 * * *', 'select 1')`;
      throw new Error("no");
    })
  );
  assertEquals([...await jobs(sql)], []);
});

const READABLE = ["* * * * *", "*/5 * * * *", "1,2,3-6/2 * * * *", "5\t4 * * *", " 5 4 * * *", "* * * jan-mar SUN-tue"];
READABLE.push("* * * * 7", "007 * * * *", "5-3 * * * *", "* * * * * *", "5; * * * *", "0 0 1 1 1 # comment");
READABLE.push("@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually", "@reboot", "@daily x");
const UNREADABLE = ["", "   ", "bogus", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *", "* * * 13 *"];
UNREADABLE.push("* * * * 8", "* * * foo *", "1/20 * * * *", "*/0 * * * *", "1,,2 * * * *", "1, * * * *", ",1 * * * *");
UNREADABLE.push("-1 * * * *", "5-7x * * * *", "*\n* * * *", "#c", "@", "@Hourly", "@every 5s", "0 seconds");
UNREADABLE.push("60 seconds", "5 minutes", "-5 seconds", "5 secondsx");
const IN_SECONDS = ["1 second", "30 seconds", " 59 SECONDS ", "2 second"];

withJobs("schedule() takes what cron reads, and names what it does not", async (sql) => {
  for (const schedule of READABLE) await sql`select cron.schedule('test', ${schedule}, 'select 1')`;
  const unreadable = modern ? UNREADABLE : [...UNREADABLE, ...IN_SECONDS];
  for (const schedule of modern ? IN_SECONDS : []) await sql`select cron.schedule('test', ${schedule}, 'select 1')`;
  for (const schedule of unreadable) {
    const error = await assertRejects(
      () => sql`select cron.schedule('test', ${schedule}, 'select 1')`,
      postgres.PostgresError,
    );
    assertEquals([error.code, error.message], ["22023", `invalid schedule: ${schedule}`]);
  }
});

const REFUSED: [string, string, string][] = [
  ["select cron.schedule(null, '5 4 * * *', 'select 1')", "XX000", "job_name can not be NULL"],
  ["select cron.schedule('test', null, 'select 1')", "XX000", "schedule can not be NULL"],
  ["select cron.schedule('test', '5 4 * * *', null)", "XX000", "command can not be NULL"],
  ["select cron.unschedule('nobody')", "XX000", "could not find valid entry for job 'nobody'"],
  ["select cron.unschedule(999999)", "XX000", "could not find valid entry for job 999999"],
  ["select cron.alter_job(null)", "XX000", "job_id can not be NULL"],
  ["select cron.alter_job(1)", "XX000", "no updates specified"],
  ["select cron.alter_job(999999, active := true)", "XX000", "Job 999999 does not exist or you don't own it"],
  ["select cron.alter_job(1, schedule := 'bad')", "22023", "invalid schedule: bad"],
  ["select cron.alter_job(1, database := 'nowhere')", "3D000", 'database "nowhere" does not exist'],
  ["select cron.alter_job(1, username := 'anon')", "XX000", "must be superuser to alter username"],
  [
    "select cron.schedule_in_database('test', '5 4 * * *', 'select 1', 'nowhere')",
    "3D000",
    'database "nowhere" does not exist',
  ],
  [
    "select cron.schedule_in_database('test', '5 4 * * *', 'select 1', 'postgres', 'anon')",
    "XX000",
    "must be superuser to create a job for another role",
  ],
  ["insert into cron.job (schedule, command) values ('5 4 * * *', '')", "42501", "permission denied for table job"],
  ["update cron.job set active = active", "42501", "permission denied for table job"],
  ["delete from cron.job", "42501", "permission denied for table job"],
];

withJobs("what is refused, is refused with pg_cron's own words", async (sql) => {
  for (const [statement, code, message] of REFUSED) {
    const error = await assertRejects(() => sql.unsafe(statement), postgres.PostgresError);
    assertEquals([error.code, error.message], [code, message], statement);
  }
  assertEquals([...await sql`select cron.schedule(null, 'select 1') as id`], [{ id: null }]);
});

withJobs("unschedule() and alter_job() reach the caller's own jobs", async (sql) => {
  await withAdmin(async (admin) => {
    const [own] = await sql`select cron.schedule('test', '5 4 * * *', 'select 1') as id`;
    const [other] = await admin`select cron.schedule('test', '5 4 * * *', 'select 1') as id`;
    assert(own?.id !== other?.id);
    const refused = await assertRejects(() => sql`select cron.alter_job(${other?.id}, active := false)`);
    assertMatch(refused.message, /does not exist or you don't own it/);
    const denied = await assertRejects(() => sql`select cron.unschedule(${other?.id}::bigint)`);
    assertEquals(denied.message, "permission denied for table job");
    await admin`select cron.alter_job(${own?.id}, schedule := '7 4 * * *', command := 'select 7')`;
    const [altered] = await jobs(sql);
    assertEquals([altered?.schedule, altered?.command, altered?.active], ["7 4 * * *", "select 7", true]);
    assertEquals([...await sql`select cron.unschedule('test') as done`], [{ done: true }]);
    assertEquals((await jobs(admin)).map(({ jobid }) => jobid), [other?.id]);
  });
});

/** Runs work as a role, in a transaction that is undone. */
async function as<T>(role: string, work: (sql: TransactionSql) => Promise<T>): Promise<T> {
  const undo = new Error("undone");
  let result: T;
  await withAdmin((admin) =>
    admin.begin(async (transaction) => {
      await transaction`create role test_cron login`;
      await transaction`grant usage on schema cron to test_cron`;
      await transaction.unsafe(`set local role ${role}`);
      result = await work(transaction);
      throw undo;
    })
  ).catch((error) => {
    if (error !== undo) throw error;
  });
  return result!;
}

withJobs("a user sees the own jobs and nobody else's; postgres, past Row Level Security, sees all", async (sql) => {
  await sql`select cron.schedule('test', '5 4 * * *', 'select 1')`;
  const seen = await as("test_cron", async (transaction) => {
    await transaction`select cron.schedule('test', '5 4 * * *', 'select 1')`;
    return await transaction`select jobname, username from cron.job`;
  });
  assertEquals([...seen], [{ jobname: "test", username: "test_cron" }]);
  assertEquals([...await as("test_cron", (transaction) => transaction`select * from cron.job_run_details`)], []);
  const users = await sql`select distinct username from cron.job`;
  assertEquals([...users], [{ username: "postgres" }]);
});

withJobs("the API's roles get nowhere near it", async () => {
  for (const role of ["anon", "authenticated", "service_role"]) {
    const error = await assertRejects(() =>
      as(role, (transaction) => transaction`select cron.schedule('test', '* * * * *', 'select 1')`)
    );
    assertMatch(error.message, /^permission denied for schema cron$/);
  }
});

const runs = (sql: Sql, id: string) =>
  sql`select status, return_message as message, job_pid, start_time, end_time, username, database, command
    from cron.job_run_details where jobid = ${id} and end_time is not null order by runid`;

withJobs("jobs run at the full minute, each as its user in a session of its own, and are recorded", async (sql) => {
  await sql`drop table if exists public.test_runs`;
  await sql`create table public.test_runs (job text, session name, role name, path text, pid integer)`;
  const note = (job: string) =>
    `insert into public.test_runs
     select '${job}', session_user, current_user, current_setting('search_path'), pg_backend_pid()`;
  const schedule = async (as: Sql, name: string, command: string, at = "* * * * *") => {
    const [row] = await as`select cron.schedule(${name}, ${at}, ${command}) as id`;
    return String(row?.id);
  };
  const wrongHour = (new Date().getUTCHours() + 12) % 24;
  try {
    const own = await schedule(sql, "test own", note("own"));
    const two = await schedule(sql, "test two", `${note("two")}; ${note("two")}`);
    const undone = await schedule(sql, "test undone", `${note("undone")}; select 1 / 0`);
    const raised = await schedule(
      sql,
      "test raised",
      "do $$ begin raise 'no' using detail = 'the detail', hint = 'the hint'; end $$",
    );
    const paused = await schedule(sql, "test paused", note("paused"));
    await sql`select cron.alter_job(${paused}, active := false)`;
    const later = await schedule(sql, "test later", note("later"), `* ${wrongHour} * * *`);
    await withAdmin(async (admin) => {
      const theirs = await schedule(admin, "test theirs", note("theirs"));
      for (const id of [own, two, undone, raised, theirs]) {
        await waitUntil(`the run of job ${id}`, 90_000, async () => (await runs(admin, id))[0]);
      }
      const [run] = await runs(admin, theirs);
      assertEquals([run?.status, run?.username], ["succeeded", "supabase_admin"]);
    });
    const [first] = await runs(sql, own);
    assertEquals([first?.status, first?.message, first?.username, first?.database, first?.command], [
      "succeeded",
      "INSERT 0 1",
      "postgres",
      "postgres",
      note("own"),
    ]);
    assert(first?.start_time <= first?.end_time);
    assert(first?.start_time.getTime() % 60_000 < 20_000, `it ran at ${first?.start_time.toISOString()}`);
    const [ran] = await sql`select session, role, path, pid from public.test_runs where job = 'own'`;
    assertEquals(ran, {
      session: "postgres",
      role: "postgres",
      path: '"$user", public, extensions',
      pid: first?.job_pid,
    });
    const counts = await sql`select job, count(*)::int as count from public.test_runs group by job order by job`;
    assertEquals(counts.map(({ job }) => job), ["own", "theirs", "two"]);
    const [theirs] = await sql`select session, role from public.test_runs where job = 'theirs'`;
    assertEquals(theirs, { session: "supabase_admin", role: "supabase_admin" });
    const outcomes = async (id: string) => (await runs(sql, id)).map(({ status, message }) => [status, message])[0];
    assertEquals(await outcomes(two), ["succeeded", "INSERT 0 1"]);
    assertEquals(await outcomes(undone), ["failed", "ERROR: division by zero"]);
    const [status, message] = await outcomes(raised) ?? [];
    assertEquals(status, "failed");
    assertMatch(
      message,
      /^ERROR: no\nDETAIL: the detail\nHINT: the hint\nCONTEXT: PL\/pgSQL function inline_code_block/,
    );
    assertEquals([...await runs(sql, paused), ...await runs(sql, later)], []);
    await sql`delete from cron.job_run_details where jobid = ${own}`;
    assertEquals([...await runs(sql, own)], []);
  } finally {
    await sql`drop table public.test_runs`;
  }
});

withJobs("a job in seconds runs first after them, never twice at once, and again right after", async (sql) => {
  const started = Date.now();
  const [job] = await sql`select cron.schedule('test', '2 seconds', 'select pg_sleep(3)') as id`;
  const ended = await waitUntil("three runs", 30_000, async () => {
    const ended = await runs(sql, job?.id);
    return ended.length >= 3 ? ended : undefined;
  });
  const times = ended.map(({ start_time, end_time }) => [start_time.getTime() - started, end_time.getTime() - started]);
  assert((times[0]?.[0] ?? 0) >= 1_900, `first after ${times[0]?.[0]} ms`);
  for (const [index, [start = 0]] of times.entries()) assert(start >= (times[index - 1]?.[1] ?? 0), String(times));
  // The shorter one: a busy machine makes a pause longer, never shorter.
  const pause = Math.min(...times.slice(1).map(([start = 0], index) => start - (times[index]?.[1] ?? 0)));
  assert(pause < 1_500, `the next began ${pause} ms after the end`);
}, { ignore: !modern });

withJobs("a running job that is unscheduled is canceled", async (sql) => {
  const [job] = await sql`select cron.schedule('test', '1 second', 'select pg_sleep(60)') as id`;
  await waitUntil("its start", 30_000, async () => {
    const [run] = await sql`select 1 from cron.job_run_details where jobid = ${job?.id} and status = 'running'`;
    return run;
  });
  await sql`select cron.unschedule('test')`;
  const [run] = await waitUntil("its end", 30_000, async () => {
    const ended = await runs(sql, job?.id);
    return ended.length > 0 ? ended : undefined;
  });
  assertEquals([run?.status, run?.message], ["failed", "job canceled"]);
}, { ignore: !modern });

/** Schedules, and whether they ask for a run in a minute. */
const MINUTES: [string, string, boolean][] = [
  ["*/5 * * * *", "2026-03-01T10:55:00Z", true],
  ["*/5 * * * *", "2026-03-01T10:56:00Z", false],
  ["17 * * * *", "2026-03-01T10:17:00Z", true],
  ["43 3 * * *", "2026-03-01T03:43:00Z", true],
  ["43 3 * * *", "2026-03-01T04:43:00Z", false],
  // In GMT, whatever the session's zone.
  ["0 3 * * *", "2026-07-01T03:00:00+00:00", true],
  ["0 3 * * *", "2026-07-01T03:00:00+12:00", false],
  // Of day and weekday one is enough, unless one of them is `*`.
  ["0 0 1 * mon", "2026-06-01T00:00:00Z", true],
  ["0 0 2 * mon", "2026-06-01T00:00:00Z", true],
  ["0 0 1 * tue", "2026-06-01T00:00:00Z", true],
  ["0 0 2 * tue", "2026-06-01T00:00:00Z", false],
  ["0 0 * * tue", "2026-06-01T00:00:00Z", false],
  ["0 0 * * 0", "2026-05-31T00:00:00Z", true],
  ["0 0 * * 7", "2026-05-31T00:00:00Z", true],
  ["0 0 * * 5-7", "2026-05-31T00:00:00Z", true],
  ["0 0 $ * *", "2028-02-29T00:00:00Z", true],
  ["0 0 $ * *", "2028-02-28T00:00:00Z", false],
  ["@hourly", "2026-03-01T10:00:00Z", true],
  ["@weekly", "2026-06-01T00:00:00Z", false],
  ["@weekly", "2026-05-31T00:00:00Z", true],
  ["@yearly", "2026-01-01T00:00:00Z", true],
  ["@reboot", "2026-01-01T00:00:00Z", false],
  ["30 seconds", "2026-01-01T00:00:00Z", false],
];

Deno.test({
  name: "cron: the stand-in knows which minutes a schedule asks for",
  ignore: !standIn,
  fn: () =>
    withAdmin(async (admin) => {
      await admin`set time zone 'Pacific/Auckland'`;
      for (const [schedule, minute, expected] of MINUTES) {
        const [row] = await admin`select cron._runs_at(cron._read_schedule(${schedule}), ${minute}) as runs`;
        assertEquals(row?.runs, expected, `${schedule} at ${minute}`);
      }
    }),
});
