import type { Sql, TransactionSql } from "../support/database.ts";

/** A credit union's table after years: so many applications, `G3-1` and on, all of them synced; then `analyze`. */
export async function fillTables(sql: Sql | TransactionSql, applications: number): Promise<void> {
  // All of them years ago, however many.
  const apart = `${Math.min(600, Math.floor(5 * 365 * 86_400 / applications))} seconds`;
  await sql`
    insert into public.tblsovereignapplications (
      g3_application_number, applicationinternalnumber, applicationname, clientapplication, loadedbyclientnumber, owner,
      applicationtitle, tradingbranch, saleschannel, subprime, comparisonratessupplied, paymentmethod, type,
      appstatusdesc, appstatuscode, currenttaskwith, lastsaveddatetime, created_at
    )
    select
      'G3-' || n, (5000000 + n)::text, 'Home loan ' || n, 'Y', (4000 + n % 1000)::text, 'Lending team A',
      'Home loan', (array['Northern', 'Harbour', 'Central', 'Southern', 'Online'])[1 + n % 5], 'Branch', 'N', 'Y',
      'Direct debit', 'Consumer', 'Approved', (array['APP', 'DRAFT', 'DECL', 'SETT', 'COND'])[1 + n % 5],
      'Lending team A', timestamptz '2020-01-01Z' + n * ${apart}::interval,
      timestamptz '2020-01-01Z' + n * ${apart}::interval
    from generate_series(1, ${applications}::integer) as n`;
  await sql`
    insert into public.sync_status (
      g3_application_number, state, listed_last_saved, settled_last_saved, next_attempt_at, stale_since, synced_at
    )
    select m.g3_application_number, 'synced', m.lastsaveddatetime, m.lastsaveddatetime, null, null, m.lastsaveddatetime
    from public.tblsovereignapplications as m`;
  await sql`analyze public.tblsovereignapplications, sovereign_sync.status`;
}
