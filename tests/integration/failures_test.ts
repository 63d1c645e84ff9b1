import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { letTimePass } from "../support/database.ts";
import { detail } from "../support/fake_applications.ts";
import { envelope } from "../support/fake_lambda.ts";
import { type Harness, withHarness } from "../support/harness.ts";

const CHANGED = "2026-01-16T10:00:00Z";
const SCHEDULE = { body: { trigger: "schedule" } };
const down = () => envelope("down", 503);

/** Syncs so many applications, then changes these, which fail from now on. */
async function failing({ call, applications, faults, calls }: Harness, ids: string[]): Promise<void> {
  await call(SCHEDULE);
  for (const id of ids) {
    applications.set(id, CHANGED);
    faults.set(id, down);
  }
  calls.length = 0;
}

async function statusOf({ sql }: Harness, id: string) {
  const [row] = await sql`
    select state, attempts, next_attempt_at <= now() as due, failing_since is not null as failing, last_error,
      extract(epoch from next_attempt_at - now())::float as wait
    from public.sync_status where g3_application_number = ${id}`;
  if (!row) throw new Error(`${id} has no status`);
  return row;
}

withHarness(
  "failures belong to their applications while applications OCC served before are well",
  8,
  async (harness) => {
    const { call, calls, logRow } = harness;
    await failing(harness, ["G3-1", "G3-2"]);
    const response = await call(SCHEDULE);
    const body = await response.json();
    // Two applications that fail for their own fault are no failure of the run.
    assertEquals([response.status, body.success, body.fetched, body.fetchFailed], [200, true, 0, 2]);
    const row = await logRow();
    assertEquals([row.status, row.occ, row.fetch_failures], ["completed", "well", 2]);
    // The two, then three canaries of the other six.
    assertEquals([calls.length, calls.slice(1, 3).toSorted()], [6, ["G3-1", "G3-2"]]);
    assertEquals(new Set(calls.slice(1)).size, 5);
    for (const id of ["G3-1", "G3-2"]) {
      const { state, attempts, due, last_error } = await statusOf(harness, id);
      assertEquals([state, attempts, due], ["failed", 1, false]);
      assertEquals(last_error, `Cannot fetch application ${id}: OCC answered 503`);
    }
    // They wait for their turn, and are not fetched on every tick.
    calls.length = 0;
    const idle = await (await call(SCHEDULE)).json();
    assertEquals([calls.length, idle.fetched], [1, 0]);
    assertEquals(idle.message, "Sync completed: 6 of 8 listed applications were current, 2 wait to be tried again");
  },
);

withHarness("no canary is asked while a quarter of a pass fails, and is when it is more", 12, async (harness) => {
  const { call, calls, applications } = harness;
  await failing(harness, ["G3-1", "G3-2"]);
  for (let n = 3; n <= 8; n++) applications.set(`G3-${n}`, CHANGED);
  await call(SCHEDULE);
  assertEquals(calls.length, 1 + 8);
  assertEquals([(await statusOf(harness, "G3-1")).attempts, (await harness.logRow()).occ], [1, null]);
  await letTimePass(harness.sql, "2 minutes");
  for (let n = 3; n <= 7; n++) applications.set(`G3-${n}`, "2026-01-17T10:00:00Z");
  calls.length = 0;
  await call(SCHEDULE);
  assertEquals(calls.length, 1 + 7 + 3);
});

withHarness("an application is parked after 8 attempts and a day, then asked for once a day", 6, async (harness) => {
  const { call, calls, faults, sql } = harness;
  await failing(harness, ["G3-1"]);
  for (let attempt = 1; attempt <= 10; attempt++) {
    await call(SCHEDULE);
    const { state, attempts, wait } = await statusOf(harness, "G3-1");
    assertEquals([state, attempts], ["failed", attempt]);
    const longest = Math.min(3600, 60 * 2 ** (attempt - 1));
    assert(wait <= longest && wait > longest / 2 - 5, `waits ${wait} s after attempt ${attempt}`);
    await letTimePass(sql, "2 hours");
  }
  await letTimePass(sql, "5 hours");
  await call(SCHEDULE);
  assertEquals((await statusOf(harness, "G3-1")).state, "parked");
  calls.length = 0;
  await letTimePass(sql, "23 hours");
  await call(SCHEDULE);
  assertEquals(calls.includes("G3-1"), false);
  // Once a day, and parked again.
  await letTimePass(sql, "2 hours");
  await call(SCHEDULE);
  assertEquals([calls.includes("G3-1"), (await statusOf(harness, "G3-1")).state], [true, "parked"]);
  faults.clear();
  await letTimePass(sql, "25 hours");
  await call(SCHEDULE);
  const { state, attempts, failing: since } = await statusOf(harness, "G3-1");
  assertEquals([state, attempts, since], ["synced", 0, false]);
});

withHarness("a 404 is an ordinary failure, never final at once", 5, async (harness) => {
  await failing(harness, ["G3-1"]);
  harness.faults.set("G3-1", () => envelope("not found", 404));
  await harness.call(SCHEDULE);
  const { state, attempts } = await statusOf(harness, "G3-1");
  assertEquals([state, attempts], ["failed", 1]);
  harness.faults.clear();
  await letTimePass(harness.sql, "2 minutes");
  await harness.call(SCHEDULE);
  assertEquals((await statusOf(harness, "G3-1")).state, "synced");
});

withHarness("when a canary fails nothing counts, and the next pass begins with the canaries", 14, async (harness) => {
  const { call, calls, faults, applications, sql, logRow } = harness;
  await failing(harness, ["G3-1", "G3-2", "G3-3"]);
  for (const id of applications.keys()) faults.set(id, down);
  const response = await call(SCHEDULE);
  const { message } = await response.json();
  assertEquals(response.status, 502);
  assertMatch(
    message,
    /^Sync failed: OCC is failing: 3 of 3 applications .*\(OCC answered 503\); all are tried again$/,
  );
  const row = await logRow();
  assertEquals([row.status, row.occ, row.fetch_failures], ["failed", "unwell", 3]);
  assertMatch(JSON.stringify(row.error_details), /"reason":"OCC is failing: 3 of 3/);
  for (const id of ["G3-1", "G3-2", "G3-3"]) {
    const { state, attempts, due, failing: since } = await statusOf(harness, id);
    assertEquals([state, attempts, due, since], ["pending", 0, true, false]);
  }
  const [marked] = await sql`
    select count(*)::int as count from public.sync_status where no_canary_until > now() + interval '23 hours'`;
  assertEquals(marked, { count: 3 });

  calls.length = 0;
  const still = await (await call(SCHEDULE)).json();
  assertEquals(still.success, false);
  assertMatch(
    still.message,
    /OCC is still failing: applications it served before cannot be fetched \(OCC answered 503\)$/,
  );
  // None of the three is asked for, only canaries.
  const asked = calls.slice(1);
  assertEquals([asked.length, asked.some((id) => ["G3-1", "G3-2", "G3-3"].includes(id))], [3, false]);

  faults.clear();
  calls.length = 0;
  const well = await (await call(SCHEDULE)).json();
  assertEquals([well.success, well.fetched, calls.length], [true, 3, 1 + 3 + 3]);
  assertEquals((await logRow()).occ, "well");
  calls.length = 0;
  applications.set("G3-1", "2026-01-17T10:00:00Z");
  await call(SCHEDULE);
  assertEquals(calls.slice(1), ["G3-1"]);
});

withHarness("a partial outage costs no healthy application an attempt", 40, async (harness) => {
  const { call, faults, applications, sql } = harness;
  await call(SCHEDULE);
  const ids = [...applications.keys()];
  // Of 30 that changed 20 fail, then all others too.
  for (const id of ids.slice(0, 30)) applications.set(id, CHANGED);
  for (const id of [...ids.slice(0, 20), ...ids.slice(30)]) faults.set(id, down);
  for (const id of ids.slice(20, 30)) {
    faults.set(id, () => {
      faults.set(id, down);
      return detail(id, CHANGED);
    });
  }
  const body = await (await call(SCHEDULE)).json();
  assertEquals([body.fetched, body.fetchFailed], [10, 20]);
  const [status] = await sql`
    select count(*) filter (where state = 'pending' and attempts = 0 and next_attempt_at <= now())::int as due,
      count(*) filter (where state in ('failed', 'parked'))::int as failed
    from public.sync_status`;
  assertEquals(status, { due: 20, failed: 0 });
  faults.clear();
  assertEquals((await (await call(SCHEDULE)).json()).fetched, 20);
});

withHarness(
  "a canary that failed is not chosen again while there is another, and the last one last",
  5,
  async (harness) => {
    const { call, sql, database } = harness;
    await call(SCHEDULE);
    const lease = crypto.randomUUID();
    await database.rpc("open_sync_run", { lease, since: "2026-01-01", trigger: "schedule" });
    const choose = async () => (await database.rpc("choose_canaries", { lease })).data ?? [];
    await sql`update public.sync_status set no_canary_until = now() + interval '1 hour' where g3_application_number = 'G3-1'`;
    const seen = new Set<string>();
    for (let turn = 0; turn < 30; turn++) for (const id of await choose()) seen.add(id);
    assertEquals([...seen].sort(), ["G3-2", "G3-3", "G3-4", "G3-5"]);
    // All are marked, as after an outage: the one that failed last is asked last.
    await sql`
    update public.sync_status set no_canary_until = now() + interval '30 minutes' where g3_application_number <> 'G3-1'`;
    for (let turn = 0; turn < 30; turn++) assertEquals((await choose()).includes("G3-1"), false);
    await sql`update public.sync_status set state = 'pending', next_attempt_at = now(), stale_since = now()
    where g3_application_number <> 'G3-1'`;
    assertEquals(await choose(), ["G3-1"]);
    // What has no row was never served.
    await sql`delete from public.tblsovereignapplications`;
    assertEquals(await choose(), []);
  },
);

/** How many of those that could not be fetched are due, and how many wait. */
async function countFailing({ sql }: Harness) {
  const [row] = await sql`
    select count(*) filter (where next_attempt_at <= now())::int as due,
      count(*) filter (where next_attempt_at > now())::int as waiting,
      count(*) filter (where state = 'parked')::int as parked, max(attempts)::int as attempts
    from public.sync_status where state in ('failed', 'parked')`;
  return { ...row };
}

/** Those of them that are due. */
async function dueAgain({ sql }: Harness): Promise<string[]> {
  const rows = await sql`
    select g3_application_number as id from public.sync_status
    where state in ('failed', 'parked') and next_attempt_at <= now() order by 1`;
  return rows.map(({ id }) => id);
}

withHarness("without canaries failures count, and each run asks for one of them again", 3, async (harness) => {
  const { call, calls, faults, applications, sql, logRow } = harness;
  const tried = (id: string, attempts: number, wait: string) =>
    sql`
      update public.sync_status set attempts = ${attempts}, next_attempt_at = now() + ${wait}::interval
      where g3_application_number = ${id}`;
  for (const id of applications.keys()) faults.set(id, down);
  await call(SCHEDULE);
  assertEquals([(await logRow()).occ, (await logRow()).status], ["unknown", "failed"]);
  assertEquals(await countFailing(harness), { due: 1, waiting: 2, parked: 0, attempts: 1 });
  // The one tried least, and of those tried equally often the one tried longest ago; by a run that finds nothing due too.
  await tried("G3-1", 4, "1 minute");
  await tried("G3-2", 3, "9 minutes");
  await tried("G3-3", 3, "8 minutes");
  calls.length = 0;
  await call(SCHEDULE);
  assertEquals([calls.length, await dueAgain(harness)], [1, ["G3-3"]]);
  await call(SCHEDULE);
  assertEquals([calls.slice(2), (await logRow()).occ], [["G3-3"], "unknown"]);
  assertEquals((await statusOf(harness, "G3-3")).attempts, 4);
  assertEquals(await dueAgain(harness), ["G3-2"]);
  // Until it has been tried seven times; and none that is parked.
  await tried("G3-1", 7, "1 minute");
  await tried("G3-2", 6, "9 minutes");
  await tried("G3-3", 3, "1 day");
  await sql`update public.sync_status set state = 'parked' where g3_application_number = 'G3-3'`;
  await call(SCHEDULE);
  assertEquals(await dueAgain(harness), ["G3-2"]);
  await call(SCHEDULE);
  assertEquals([(await statusOf(harness, "G3-2")).attempts, await dueAgain(harness)], [7, []]);
});

withHarness(
  "five that fail for good, and nothing else, are each parked within 40 fetches, then asked for once a day",
  5,
  async (harness) => {
    const { call, calls, faults, applications, sql } = harness;
    for (const id of applications.keys()) faults.set(id, down);
    calls.length = 0;
    await playTicks(30 * 60);
    assertEquals((await countFailing(harness)).parked, 5);
    for (const id of applications.keys()) {
      const fetches = calls.filter((called) => called === id).length;
      assert(fetches >= 30 && fetches <= 40, `${id} was fetched ${fetches} times`);
    }
    calls.length = 0;
    await playTicks(24 * 60);
    assertEquals(calls.filter((id) => id.startsWith("G3-")).toSorted(), [...applications.keys()]);

    /** Every five minutes, but not those at which nothing is due. All wait as long as they do on average. */
    async function playTicks(minutes: number): Promise<void> {
      for (let minute = 0; minute < minutes;) {
        await call(SCHEDULE);
        await sql`
          update public.sync_status
          set next_attempt_at = now() + 0.75 * least(interval '1 hour', interval '1 minute' * power(2, attempts - 1))
          where state = 'failed' and attempted_by_run = (
            select id from public.tblsovereignapplicationssynclog order by sync_started_at desc limit 1
          ) and next_attempt_at > now()`;
        const [next] = await sql`
          select greatest(1, ceil(extract(epoch from min(next_attempt_at) - now()) / 300))::int as ticks
          from public.sync_status`;
        const passed = Math.min(5 * next?.ticks, minutes - minute);
        await letTimePass(sql, `${passed} minutes`);
        minute += passed;
      }
    }
  },
);

withHarness(
  "the first success revives failed and parked ones, and the run goes on with them",
  6,
  async (harness) => {
    const { call, faults, applications, sql, logRow } = harness;
    for (const id of applications.keys()) faults.set(id, down);
    await sql`
    insert into public.sync_status (g3_application_number, state, attempts, next_attempt_at, failing_since)
    values ('G3-parked', 'parked', 8, now() + interval '20 hours', now() - interval '2 days')`;
    await call(SCHEDULE);
    faults.clear();
    applications.set("G3-parked", CHANGED).set("G3-new", CHANGED);
    faults.set("list", () => envelope([{ id: "G3-new", attributes: { lastSavedDateTime: CHANGED } }]));
    const { syncLogId, fetched } = await (await call(SCHEDULE)).json();
    // The new one, and the one that was asked for.
    assertEquals(fetched, 2);
    const { occ, status, lease } = await logRow();
    assertEquals([occ, status, lease], ["well", "running", null]);
    assertEquals(await countFailing(harness), { due: 6, waiting: 0, parked: 0, attempts: 8 });
    const next = await (await call({ body: { trigger: "next_pass", syncLogId } })).json();
    assertEquals([next.fetched, (await logRow()).status], [8, "completed"]);
  },
);

withHarness("what failed before canaries could tell is revived when they are well again", 9, async (harness) => {
  const { call, faults, applications, sql, logRow } = harness;
  const list = (id: string) => faults.set("list", () => envelope([{ id, attributes: { lastSavedDateTime: CHANGED } }]));
  for (const id of applications.keys()) faults.set(id, down);
  await call(SCHEDULE);
  // Stored by somebody else, and listed as it is stored: it can tell, although the sync never fetched it.
  await sql`
    insert into public.tblsovereignapplications (g3_application_number, lastsaveddatetime) values ('G3-old', ${CHANGED})`;
  applications.set("G3-old", CHANGED);
  faults.set("G3-old", down);
  list("G3-old");
  await call(SCHEDULE);
  assertEquals((await logRow()).occ, "unwell");
  faults.clear();
  list("G3-old");
  const { syncLogId } = await (await call(SCHEDULE)).json();
  assertEquals((await logRow()).occ, "well");
  assertEquals((await countFailing(harness)).waiting, 0);
  assertEquals((await (await call({ body: { trigger: "next_pass", syncLogId } })).json()).fetched, 9);
});

withHarness("without canaries, a row that Postgres rejects revives nobody", 9, async (harness) => {
  const { call, faults, applications, sql } = harness;
  await sql`
    alter table public.tblsovereignapplications
      add constraint no_poison check (1 / (appstatuscode is distinct from 'POISON')::int = 1)`;
  try {
    for (const id of applications.keys()) faults.set(id, down);
    faults.set("G3-3", () => detail("G3-3", CHANGED, { appStatusCode: "POISON" }));
    await call(SCHEDULE);
    // Its turn comes again and again, and always it is fetched and rejected.
    for (let turn = 2; turn <= 3; turn++) {
      await sql`update public.sync_status set next_attempt_at = now() where g3_application_number = 'G3-3'`;
      const { fetched, upsertFailed } = await (await call(SCHEDULE)).json();
      assertEquals([fetched, upsertFailed], [1, 1]);
      // The one that is asked for while nobody can tell.
      const { due, waiting } = await countFailing(harness);
      assertEquals([due, waiting], [1, 8]);
    }
  } finally {
    await sql`alter table public.tblsovereignapplications drop constraint no_poison`;
  }
});

withHarness(
  "next_attempt_at() waits 1 minute, doubling to 1 hour, with jitter over the upper half",
  0,
  async ({ sql }) => {
    for (const [attempts, longest] of [[1, 60], [2, 120], [6, 1920], [7, 3600], [8, 3600], [500, 3600]] as const) {
      const [row] = await sql`
      select min(w) as least, max(w) as most, count(distinct w)::int as kinds
      from (select extract(epoch from sovereign_sync.next_attempt_at(${attempts}) - now())::float as w
        from generate_series(1, 300)) as waits`;
      const { least, most, kinds } = row ?? {};
      assert(
        least >= longest / 2 && least < longest * 0.6 && most <= longest && most > longest * 0.9,
        `${least} ${most}`,
      );
      assert(kinds > 250, `${kinds} kinds`);
    }
  },
);

const UNPARKED: [by: string, unpark: (harness: Harness) => unknown][] = [
  ["a newer version", ({ applications }) => applications.set("G3-1", "2026-01-17T10:00:00Z")],
  ["an older version", ({ applications }) => applications.set("G3-1", "2026-01-10T10:00:00Z")],
  ["a person", ({ sql }) => sql`select public.retry(array['G3-1'])`],
  ["a request", ({ database }) => database.rpc("request_applications", { ids: ["G3-1"] }).then(() => {})],
];

for (const [by, unpark] of UNPARKED) {
  withHarness(`a parked application is un-parked by ${by}`, 6, async (harness) => {
    const { call, calls, faults, sql } = harness;
    await failing(harness, ["G3-1"]);
    await call(SCHEDULE);
    await sql`update public.sync_status set state = 'parked', attempts = 9, next_attempt_at = now() + interval '1 day'
      where g3_application_number = 'G3-1'`;
    faults.clear();
    calls.length = 0;
    await call(SCHEDULE);
    assertEquals(calls.length, 1);
    await unpark(harness);
    await call(SCHEDULE);
    const { state, attempts } = await statusOf(harness, "G3-1");
    assertEquals([calls.at(-1), state, attempts], ["G3-1", "synced", 0]);
  });
}

const shutdown = new AbortController();
withHarness("a pass that is shut down while it judges gives its failures back", 8, async (harness) => {
  const { call, faults, applications } = harness;
  await failing(harness, ["G3-1", "G3-2"]);
  for (const id of applications.keys()) {
    if (!faults.has(id)) {
      faults.set(id, (signal) => {
        shutdown.abort(new Error("the worker is shutting down"));
        return Promise.reject(signal.reason);
      });
    }
  }
  const body = await (await call(SCHEDULE)).json();
  assertEquals([body.fetchFailed, body.remaining], [0, 2]);
  for (const id of ["G3-1", "G3-2"]) {
    const { state, attempts, due } = await statusOf(harness, id);
    assertEquals([state, attempts, due], ["pending", 0, true]);
  }
  const row = await harness.logRow();
  assertEquals([row.status, row.lease, row.occ], ["running", null, null]);
}, () => ({ shutdown: shutdown.signal }));

withHarness("an application that is asked for while OCC is unwell stays asked for", 4, async (harness) => {
  const { call, faults, applications, sql, logRow } = harness;
  await call(SCHEDULE);
  for (const id of applications.keys()) faults.set(id, down);
  await call({ body: { applications: ["G3-1"] } });
  // Its next pass would only find the same.
  assertEquals((await logRow()).status, "failed");
  const [row] = await sql`select requested_at is not null as asked, attempts from public.sync_status
    where g3_application_number = 'G3-1'`;
  assertEquals(row, { asked: true, attempts: 0 });
});
