import { assertEquals, assertMatch } from "../support/assert.ts";
import { letTimePass } from "../support/database.ts";
import { detail, listOf } from "../support/fake_applications.ts";
import { type Harness, withHarness } from "../support/harness.ts";

// OCC's present state is the truth, in whichever direction its dates move.

const OLDER = "2026-01-10T10:00:00Z";
/** When everything was saved at first. */
const FIRST = "2026-01-15T10:00:00Z";
const NEWER = "2026-01-16T10:00:00Z";
const SCHEDULE = { body: { trigger: "schedule" } };

interface State {
  state: string;
  attempts: number;
  disagreed: boolean;
  saved: string | null;
  name: string | null;
  in_a_minute: boolean | null;
}

async function stateOf({ sql }: Harness, id = "G3-1"): Promise<State> {
  const [row] = await sql<State[]>`
    select s.state, s.attempts, s.disagreed, m.applicationname as name,
      to_char(m.lastsaveddatetime at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as saved,
      s.next_attempt_at between now() + interval '50 seconds' and now() + interval '1 minute' as in_a_minute
    from public.sync_status as s left join public.tblsovereignapplications as m using (g3_application_number)
    where s.g3_application_number = ${id}`;
  if (!row) throw new Error(`${id} has no status`);
  return row;
}

/** What OCC's details say of an application, whatever its list says. */
function answer({ faults }: Harness, saved: string | undefined, name = "other", id = "G3-1"): void {
  faults.set(
    id,
    () => detail(id, saved ?? "", { applicationName: name, ...(saved ? {} : { lastSavedDateTime: null }) }),
  );
}

async function sync({ call }: Harness) {
  const { fetched, upserted, fetchFailed } = await (await call(SCHEDULE)).json();
  return { fetched, upserted, fetchFailed };
}

const ONE = { fetched: 1, upserted: 1, fetchFailed: 0 };
const NONE = { fetched: 0, upserted: 0, fetchFailed: 0 };

withHarness("a date that goes back in list and detail is stored and settled at once", 3, async (harness) => {
  await sync(harness);
  harness.applications.set("G3-1", OLDER);
  answer(harness, OLDER);
  assertEquals(await sync(harness), ONE);
  const expected = { state: "synced", attempts: 0, disagreed: false, saved: OLDER, name: "other", in_a_minute: null };
  assertEquals(await stateOf(harness), expected);
  assertEquals(await sync(harness), NONE);
});

withHarness(
  "a detail that disagrees is stored at once, and settled when it says the same ten minutes later",
  3,
  async (harness) => {
    await sync(harness);
    harness.applications.set("G3-1", "2026-01-15T10:30:00Z");
    answer(harness, NEWER);
    assertEquals(await sync(harness), ONE);
    const pending = { state: "pending", attempts: 0, disagreed: false, saved: NEWER, name: "other", in_a_minute: true };
    assertEquals(await stateOf(harness), pending);
    // Not before its minute, and in one run only once.
    assertEquals(await sync(harness), NONE);
    for (let minutes = 1; minutes < 9; minutes += 4) {
      await letTimePass(harness.sql, "4 minutes");
      assertEquals(await sync(harness), ONE);
      assertEquals(await stateOf(harness), pending);
    }
    await letTimePass(harness.sql, "3 minutes");
    assertEquals(await sync(harness), ONE);
    const settled = { state: "synced", attempts: 0, disagreed: true, saved: NEWER, name: "other", in_a_minute: null };
    assertEquals(await stateOf(harness), settled);
    await letTimePass(harness.sql, "1 hour");
    assertEquals(await sync(harness), NONE);
  },
);

withHarness("an answer that changes in between is not the same", 3, async (harness) => {
  await sync(harness);
  harness.applications.set("G3-1", "2026-01-15T10:30:00Z");
  for (const name of ["a", "b", "c"]) {
    answer(harness, NEWER, name);
    await sync(harness);
    assertEquals([(await stateOf(harness)).state, (await stateOf(harness)).name], ["pending", name]);
    await letTimePass(harness.sql, "11 minutes");
  }
});

withHarness("a replica that lags is never settled, and nothing of it is counted as stored", 3, async (harness) => {
  await sync(harness);
  harness.applications.set("G3-1", NEWER);
  answer(harness, OLDER, "lagging");
  for (let tick = 0; tick < 2; tick++) {
    assertEquals(await sync(harness), NONE);
    const { state, saved, name } = await stateOf(harness);
    assertEquals([state, saved, name], ["pending", FIRST, "Application G3-1"]);
    await letTimePass(harness.sql, "4 minutes");
  }
  harness.faults.clear();
  assertEquals(await sync(harness), ONE);
  const { state, saved } = await stateOf(harness);
  assertEquals([state, saved], ["synced", NEWER]);
});

withHarness(
  "what was settled by disagreement is asked for once more by the next reconciliation, and once only",
  3,
  async (harness) => {
    const { call, calls, sql } = harness;
    const reconcile = () => call({ body: { trigger: "reconciliation", since: "2026-01-01" } });
    await sync(harness);
    harness.applications.set("G3-1", NEWER);
    answer(harness, OLDER, "lagging for long");
    await sync(harness);
    await letTimePass(sql, "11 minutes");
    await sync(harness);
    assertEquals([(await stateOf(harness)).state, (await stateOf(harness)).disagreed], ["synced", true]);
    // The same answer a third time: settled at once, and believed then.
    calls.length = 0;
    await reconcile();
    const { state, disagreed, saved } = await stateOf(harness);
    assertEquals([state, disagreed, saved, calls.length], ["synced", false, OLDER, 2]);
    await reconcile();
    assertEquals(calls.length, 3);
  },
);

withHarness(
  "what was settled by disagreement and then changes is believed only when its new answer is repeated",
  3,
  async (harness) => {
    await sync(harness);
    harness.applications.set("G3-1", NEWER);
    answer(harness, OLDER, "lagging for long");
    await sync(harness);
    await letTimePass(harness.sql, "11 minutes");
    await sync(harness);
    assertEquals((await stateOf(harness)).state, "synced");
    harness.applications.set("G3-1", "2026-01-17T10:00:00Z");
    await sync(harness);
    const { state, saved } = await stateOf(harness);
    assertEquals([state, saved], ["pending", OLDER]);
  },
);

withHarness("the reconciliation mends what a replica that lagged for long left", 3, async (harness) => {
  const { call, faults, sql } = harness;
  await sync(harness);
  harness.applications.set("G3-1", NEWER);
  answer(harness, OLDER, "lagging for long");
  await sync(harness);
  await letTimePass(sql, "11 minutes");
  await sync(harness);
  assertEquals((await stateOf(harness)).saved, OLDER);
  faults.clear();
  await call({ body: { trigger: "reconciliation", since: "2026-01-01" } });
  const { state, disagreed, saved } = await stateOf(harness);
  assertEquals([state, disagreed, saved], ["synced", false, NEWER]);
});

for (
  const [what, ask] of [
    ["force", ({ call }: Harness) => call({ body: { since: "2026-01-01", force: true } })],
    ["a request by number", ({ call }: Harness) => call({ body: { applications: ["G3-1"] } })],
  ] as const
) {
  withHarness(`${what} stores an older answer at once`, 3, async (harness) => {
    await sync(harness);
    answer(harness, OLDER, "as it is");
    const body = await (await ask(harness)).json();
    assertEquals(body.upserted, body.fetched);
    const { state, saved, name } = await stateOf(harness);
    // OCC's list says otherwise: it is asked again.
    assertEquals([state, saved, name], ["pending", OLDER, "as it is"]);
    const [status] = await harness.sql`
      select force, requested_at from public.sync_status where g3_application_number = 'G3-1'`;
    assertEquals(status, { force: false, requested_at: null });
  });
}

withHarness(
  "an application OCC never listed is settled by what is not older, or asked for twice",
  0,
  async (harness) => {
    const { call, applications, faults, sql } = harness;
    faults.set("list", () => listOf([]));
    applications.set("G3-1", FIRST);
    await call({ body: { applications: ["G3-1"] } });
    assertEquals((await stateOf(harness)).state, "synced");
    // Due by itself, not asked for: an older answer needs its repetition.
    await sql`update public.sync_status set state = 'pending', next_attempt_at = now(), stale_since = now()`;
    answer(harness, OLDER);
    assertEquals(await sync(harness), NONE);
    assertEquals((await stateOf(harness)).saved, FIRST);
    await letTimePass(sql, "11 minutes");
    assertEquals(await sync(harness), ONE);
    const { state, saved, disagreed } = await stateOf(harness);
    assertEquals([state, saved, disagreed], ["synced", OLDER, false]);
  },
);

withHarness("an entry without a date is fetched again an hour after its sync", 2, async (harness) => {
  const { faults, calls, sql } = harness;
  faults.set("list", () => listOf([["G3-1", null], ["G3-2", FIRST]]));
  assertEquals((await sync(harness)).upserted, 2);
  assertEquals((await stateOf(harness)).state, "synced");
  await letTimePass(sql, "59 minutes");
  assertEquals(await sync(harness), NONE);
  await letTimePass(sql, "2 minutes");
  calls.length = 0;
  assertEquals(await sync(harness), ONE);
  assertEquals([calls.slice(1), (await stateOf(harness)).state], [["G3-1"], "synced"]);
  assertEquals(await sync(harness), NONE);
});

withHarness("a detail without a date leaves the stored one", 3, async (harness) => {
  await sync(harness);
  harness.applications.set("G3-1", NEWER);
  answer(harness, undefined, "undated");
  assertEquals(await sync(harness), ONE);
  const { saved, name, state } = await stateOf(harness);
  assertEquals([saved, name, state], [FIRST, "undated", "pending"]);
});

withHarness("adopted rows are not fetched when the list agrees with what is stored", 3, async (harness) => {
  const { sql, calls } = harness;
  await sql`
    insert into public.tblsovereignapplications (g3_application_number, lastsaveddatetime)
    values ('G3-1', ${FIRST}), ('G3-2', ${FIRST}), ('G3-3', ${NEWER})`;
  // One that was stored too late by a wrong OCC_TIME_ZONE is stale, and mended.
  assertEquals(await sync(harness), ONE);
  assertEquals([calls.slice(1), (await stateOf(harness, "G3-3")).saved], [["G3-3"], FIRST]);
});

for (const [hours, count, found] of [[12, 8, true], [12, 4, false], [0.5, 8, true], [0.1, 8, false]] as const) {
  const title = `${count} details ${hours} hours later than the list ${
    found ? "point" : "do not point"
  } at OCC_TIME_ZONE`;
  withHarness(title, count, async (harness) => {
    const later = new Date(Date.parse(FIRST) + hours * 3_600_000).toISOString();
    for (const id of harness.applications.keys()) answer(harness, later, "other", id);
    assertEquals((await sync(harness)).upserted, count);
    const details = JSON.stringify((await harness.logRow()).error_details ?? {});
    const warning = `The details of ${count} of ${count} applications are dated ${hours.toFixed(2)} hours later than ` +
      "OCC's list says: is OCC_TIME_ZONE right?";
    assertEquals(details.includes(warning), found, details);
    if (found) assertMatch(details, /"anomalies":\[.*OCC_TIME_ZONE/);
  });
}

withHarness("a constant offset costs about 4 fetches a change", 6, async (harness) => {
  const { applications, calls, sql } = harness;
  const later = (date: string) => new Date(Date.parse(date) + 12 * 3_600_000).toISOString();
  for (const id of applications.keys()) answer(harness, later(FIRST), "first", id);
  await sync(harness);
  await letTimePass(sql, "11 minutes");
  await sync(harness);
  applications.set("G3-1", NEWER);
  answer(harness, later(NEWER), "second");
  calls.length = 0;
  for (let minutes = 0; minutes < 60; minutes += 5) {
    await sync(harness);
    await letTimePass(sql, "5 minutes");
  }
  assertEquals(calls.filter((line) => line === "G3-1").length, 3);
  assertEquals([(await stateOf(harness)).state, (await stateOf(harness)).name], ["synced", "second"]);
});

withHarness("a list that changes while an application is pending starts it anew", 3, async (harness) => {
  await sync(harness);
  harness.applications.set("G3-1", NEWER);
  answer(harness, OLDER);
  await sync(harness);
  await letTimePass(harness.sql, "11 minutes");
  harness.applications.set("G3-1", "2026-01-17T10:00:00Z");
  assertEquals(await sync(harness), NONE);
  const { state, saved } = await stateOf(harness);
  assertEquals([state, saved], ["pending", FIRST]);
});
