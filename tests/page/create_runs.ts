import type { Sql } from "../support/database.ts";

/** So many runs, one every five minutes, the newest now: every tenth failed, one in twenty was cancelled. */
export async function createRuns(sql: Sql, count: number): Promise<void> {
  await sql`
    insert into public.tblsovereignapplicationssynclog (
      since_date, sync_started_at, sync_completed_at, status, listed_at, trigger, passes, applications_found,
      applications_unchanged, applications_enqueued, applications_fetched, applications_upserted, fetch_failures,
      cancelled_at, cancelled_by, error_details
    )
    select
      r.at::date - 1, r.at, r.at + make_interval(secs => 3 + r.n % 17), case when r.fails then 'failed' else 'completed' end,
      case when not r.fails then r.at + interval '1 second' end,
      case when r.n % 288 = 7 then 'reconciliation' when r.n % 50 = 9 then 'manual' else 'schedule' end, 1,
      case when r.fails then 0 else 40 end, case when r.fails then 0 else 30 end, case when r.fails then 0 else 10 end,
      case when r.fails then 0 else 9 end, case when r.fails then 0 else 9 end, case when r.fails then 0 else 1 end,
      case when r.n % 20 = 15 then r.at end, case when r.n % 20 = 15 then 'an operator' end,
      case when r.fails then '{"reason": "OCC answered 503"}'::jsonb end
    from (
      select g.n, now() - g.n * interval '5 minutes' as at, g.n % 10 = 5 as fails
      from generate_series(0, ${count}::integer - 1) as g (n)
    ) as r`;
  await sql`analyze public.tblsovereignapplicationssynclog`;
}
