import { connect, emptyTables, NOBODY_URL, setProjectUrl, type Sql } from "../support/database.ts";
import { type Benchmark, median, round } from "./benchmark.ts";
import { fillTables } from "./fill_tables.ts";

const ROUNDS = 20;
/** Three years of ticks. */
const LOG_ROWS = 300_000;
const DISPATCHES = 2000;

/** What is asked every minute, and by whoever looks, must not grow with the years. */
export const health: Benchmark = {
  key: "health",
  work: "sync_health, and the alerts' conditions, with 300,000 log rows and 100,000 applications",
  goals: [
    { figure: "healthMs", about: "sync_health with 300,000 log rows, ms", atMost: 50 },
    { figure: "alertsMs", about: "the alerts' conditions with them, ms", atMost: 50 },
  ],
  async measure({ sql, databaseUrl }, form) {
    await emptyTables(sql);
    await setProjectUrl(sql, NOBODY_URL);
    await fillTables(sql, 100_000);
    await fillLog(sql, form === "short" ? 30_000 : LOG_ROWS);
    const figures = {
      healthMs: round(await time(databaseUrl, (sql) => sql`select * from public.sync_health`)),
      alertsMs: round(await time(databaseUrl, (sql) => sql`select * from sovereign_sync.sync_conditions()`)),
      runsMs: round(
        await time(databaseUrl, (sql) => sql`select * from public.sync_runs order by started_at desc limit 20`),
      ),
    };
    await emptyTables(sql);
    return figures;
  },
};

/** Now and then a run has failed, noticed something or asked OCC for its health; a reconciliation every night. */
async function fillLog(sql: Sql, rows: number): Promise<void> {
  await sql`
    insert into public.tblsovereignapplicationssynclog
      (since_date, sync_started_at, sync_completed_at, status, listed_at, trigger, passes, applications_fetched, occ,
        error_details)
    select
      t.at::date, t.at, t.at + interval '1 second', case when n % 500 = 0 then 'failed' else 'completed' end, t.at,
      case when n % 288 = 0 then 'reconciliation' else 'schedule' end, 1, 3,
      case when n % 500 = 0 then 'well' end,
      case when n % 1000 = 0 then '{"anomalies": ["something"]}'::jsonb end
    from generate_series(1, ${rows}::integer) as n
    cross join lateral (select now() - n * interval '5 minutes' as at) as t`;
  await sql`
    insert into sovereign_sync.dispatches (trigger, dispatched_at, outcome, status_code)
    select 'schedule', now() - n * interval '5 minutes', 'accepted', 202
    from generate_series(${DISPATCHES}::integer, 1, -1) as n`;
  await sql`analyze public.tblsovereignapplicationssynclog, sovereign_sync.dispatches`;
}

/** In a session of its own each, as pg_cron asks: nothing is planned yet. */
async function time(url: string, ask: (sql: Sql) => Promise<unknown>): Promise<number> {
  const spans: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const sql = connect(url);
    await sql`select 1`;
    const startedAt = performance.now();
    await ask(sql);
    spans.push(performance.now() - startedAt);
    await sql.end();
  }
  return median(spans);
}
