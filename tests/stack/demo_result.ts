import type postgres from "postgres";
import { renderTable } from "../../supabase/tools/terminal/render_table.ts";

/** Prints the newest run's row, as far as a person wants to see it. */
export async function showLogRow(sql: postgres.Sql): Promise<void> {
  const [row] = await sql`
    select id, trigger, to_char(since_date, 'YYYY-MM-DD') as since_date, status,
      round(extract(epoch from sync_completed_at - sync_started_at), 1) || ' s' as duration,
      applications_found, applications_unchanged, applications_fetched, applications_upserted,
      fetch_failures, upsert_failures, passes
    from public.tblsovereignapplicationssynclog order by sync_started_at desc limit 1`;
  console.log(renderTable(Object.entries(row ?? {}).map(([name, value]) => [name, text(value)]), { indent: 2 }));
}

/** Prints three applications by the names the specification prints. */
export async function showApplications(sql: postgres.Sql): Promise<void> {
  const rows = await sql`
    select "G3_application_number", "applicationName", "appStatusCode", "tradingBranch", "lastSavedDateTime"
    from public."tblSovereignApplications" order by "lastSavedDateTime" desc limit 3`;
  table(rows);
}

/** Prints what could not be synced, why, and when it is tried again. */
export async function showFailures(sql: postgres.Sql): Promise<void> {
  const rows = await sql`
    select g3_application_number as application, state, attempts,
      'in ' || ceil(extract(epoch from next_attempt_at - now())) || ' s' as "next attempt", last_error
    from public.sync_status where state <> 'synced' order by 1`;
  if (rows.length === 0) console.log("  nothing");
  else table(rows);
}

function table(rows: readonly postgres.Row[]): void {
  const names = Object.keys(rows[0] ?? {});
  console.log(renderTable([names, ...rows.map((row) => names.map((name) => text(row[name])))], { indent: 2 }));
}

function text(value: unknown): string {
  return value instanceof Date ? value.toISOString().replace("T", " ").slice(0, 19) : String(value ?? "");
}
