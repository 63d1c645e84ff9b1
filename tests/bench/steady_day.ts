import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../../supabase/functions/sync-applications/clock.ts";
import { createConcurrency } from "../../supabase/functions/sync-applications/sync/concurrency.ts";
import type { Trigger } from "../../supabase/functions/sync-applications/database/sync_run.ts";
import { createSyncDatabase } from "../../supabase/functions/sync-applications/database/sync_database.ts";
import type { Occ } from "../../supabase/functions/sync-applications/occ/invoke_occ.ts";
import { syncApplicationsSince } from "../../supabase/functions/sync-applications/sync/sync_applications.ts";
import { createDatabase, emptyTables, NOBODY_URL, setProjectUrl, type Sql } from "../support/database.ts";
import { detail } from "../support/fake_applications.ts";
import { createFakeOcc, envelope } from "../support/fake_lambda.ts";
import { syncAsSpecified } from "./baseline.ts";
import { type Benchmark, round } from "./benchmark.ts";
import type { Bench } from "./open_bench.ts";
import { walOf } from "./wal.ts";

export const TICKS = 288;
export const CHANGES = 1000;
const DAY_MS = 86_400_000;

/**
 * A day of the schedule, played back to back: every 5 minutes a tick, 1,000 applications that change once each, spread
 * evenly. A second day would cost the same. Lambda invocations are money, and OCC's load.
 */
export const steadyDay: Benchmark = {
  key: "steadyDay",
  work:
    "a day of 288 ticks, 1,000 changes spread over it: Lambda invocations beside the specification's; WAL, dead rows",
  goals: [
    {
      figure: "ratio",
      about: "Lambda invocations of a day of 288 ticks and 1,000 changes, to the specification's",
      atMost: 0.009,
      short: 0.009,
    },
  ],
  stated: { walMb: "WAL of that day, MB", deadRows: "dead rows of that day" },
  async measure(bench) {
    const ours = await playOurDay(bench);
    const baselineInvokes = await playBaselineDay();
    return { ratio: round(ours.invokes / baselineInvokes), ...ours, baselineInvokes };
  },
};

interface Day {
  occ: Occ;
  /** Lambda invocations so far. */
  invokes: () => number;
  /** Lets the changes happen that fall before the tick. */
  changeUntil: (tick: number) => void;
}

/** Today, as OCC sees it; yesterday 1,000 other applications changed. */
function createDay(midnight: number): Day {
  const saved = new Map<string, string>();
  let invokes = 0;
  let changes = 0;
  const occ = createFakeOcc((payload) => {
    invokes++;
    if (payload.functionName !== "by-date") {
      const id = payload.application_external_number ?? "";
      return detail(id, saved.get(id));
    }
    const listed = [...saved].filter(([, at]) => at.slice(0, 10) >= (payload.changed_date_since ?? ""));
    return envelope(listed.map(([id, lastSavedDateTime]) => ({ id, attributes: { lastSavedDateTime } })));
  });
  for (let change = 0; change < CHANGES; change++) {
    saved.set(`G3-Y${change}`, new Date(midnight - DAY_MS + (change / CHANGES) * DAY_MS).toISOString());
  }
  return {
    occ,
    invokes: () => invokes,
    changeUntil(tick) {
      for (; changes < (CHANGES * tick) / TICKS; changes++) {
        saved.set(`G3-T${changes}`, new Date(midnight + (changes / CHANGES) * DAY_MS).toISOString());
      }
    },
  };
}

/** The last tick of the day before is not counted. */
async function playOurDay(bench: Bench): Promise<{ invokes: number; walMb: number; deadRows: number }> {
  const { sql } = bench;
  await emptyTables(sql);
  await setProjectUrl(sql, NOBODY_URL);
  const midnight = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const day = createDay(midnight);
  const sync = createSync(bench, day.occ);
  await sync("schedule");
  const before = { invokes: day.invokes(), deadRows: await countDeadRows(sql) };
  const walBytes = await walOf(sql, async () => {
    for (let index = 1; index <= TICKS; index++) {
      day.changeUntil(index);
      await sync("schedule");
    }
  });
  const [row] = await sql`select count(*)::int as stored from public.tblsovereignapplications`;
  if (row?.stored !== 2 * CHANGES) throw new Error(`${row?.stored} of ${2 * CHANGES} applications are stored`);
  return {
    invokes: day.invokes() - before.invokes,
    walMb: round(walBytes / 1024 ** 2),
    deadRows: await countDeadRows(sql) - before.deadRows,
  };
}

/** The real orchestrator on the real database. */
export function createSync({ apiUrl, secretKey }: Bench, occ: Occ): (trigger: Trigger) => Promise<void> {
  const database = createSyncDatabase(createDatabase(secretKey, undefined, apiUrl), systemClock);
  return async (trigger) => {
    const result = await syncApplicationsSince(
      {
        occ,
        database,
        clock: systemClock,
        concurrency: createConcurrency(15),
        log: () => {},
        budget: { timeMs: 100_000, applications: 100_000 },
        batchSize: 15,
        chunkSize: 100,
        shutdown: new AbortController().signal,
      },
      undefined,
      { trigger, force: false, movesWatermark: true },
    );
    if (!result.success) throw new Error(result.message);
  };
}

/** Versions of rows that updates and deletes have left behind so far, those cleared away already among them. */
async function countDeadRows(sql: Sql): Promise<number> {
  // A session that is idle, of the benchmark before perhaps, has told the statistics all after ten seconds.
  await delay(11_000);
  const [row] = await sql`
    select sum(t.n_tup_upd + t.n_tup_del)::int as dead
    from pg_catalog.pg_stat_user_tables as t
    where t.schemaname in ('public', 'sovereign_sync')`;
  return row?.dead ?? 0;
}

/** What the baseline stores does not change what it fetches. It lists since the date of its last completed run. */
async function playBaselineDay(): Promise<number> {
  const midnight = Math.floor(Date.now() / DAY_MS) * DAY_MS;
  const day = createDay(midnight);
  const store = {
    openLog: () => Promise.resolve(""),
    upsert: () => Promise.resolve(),
    closeLog: () => Promise.resolve(),
  };
  const dateOf = (tick: number) => new Date(midnight + (tick / TICKS) * DAY_MS).toISOString().slice(0, 10);
  for (let index = 0; index < TICKS; index++) {
    day.changeUntil(index);
    await syncAsSpecified(day.occ, store, dateOf(index - 1), () => Promise.resolve());
  }
  return day.invokes();
}
