import { assertEquals, assertRejects } from "../support/assert.ts";
import { connect, type TransactionSql } from "../support/database.ts";
import { withHarness } from "../support/harness.ts";

// Every SQL statement of the specification, as printed there.

const RECENT_SYNCS = `
SELECT
  id,
  since_date,
  sync_started_at,
  sync_completed_at,
  applications_found,
  applications_upserted,
  status,
  EXTRACT(EPOCH FROM (sync_completed_at - sync_started_at)) as duration_seconds
FROM tblSovereignApplicationsSyncLog
ORDER BY sync_started_at DESC
LIMIT 10;
`;

const FAILED_SYNCS = `
SELECT
  id,
  since_date,
  sync_started_at,
  error_details,
  applications_found,
  fetch_failures,
  upsert_failures
FROM tblSovereignApplicationsSyncLog
WHERE status = 'failed'
ORDER BY sync_started_at DESC;
`;

const STATISTICS = `
SELECT
  COUNT(*) as total_applications,
  COUNT(DISTINCT appStatusCode) as unique_statuses,
  MAX(lastSavedDateTime) as latest_update,
  MIN(created_at) as first_sync
FROM tblSovereignApplications;
`;

const TABLES = `
CREATE TABLE tblSovereignApplications (
  G3_application_number TEXT PRIMARY KEY,
  applicationInternalNumber TEXT,
  applicationName TEXT,
  clientApplication TEXT,
  loadedByClientNumber TEXT,
  owner TEXT,
  applicationTitle TEXT,
  tradingBranch TEXT,
  salesChannel TEXT,
  subPrime TEXT,
  comparisonRatesSupplied TEXT,
  paymentMethod TEXT,
  type TEXT,
  appStatusDesc TEXT,
  appStatusCode TEXT,
  currentTaskWith TEXT,
  lastSavedDateTime TIMESTAMPTZ,
  created_at TIMESTAMPTZ DEFAULT NOW(),
  updated_at TIMESTAMPTZ DEFAULT NOW()
);

-- Primary key index (automatic)
CREATE UNIQUE INDEX idx_sovereign_apps_g3_number
  ON tblSovereignApplications(G3_application_number);

-- Query performance indexes
CREATE INDEX idx_sovereign_apps_status
  ON tblSovereignApplications(appStatusCode);

CREATE INDEX idx_sovereign_apps_last_saved
  ON tblSovereignApplications(lastSavedDateTime DESC);

CREATE INDEX idx_sovereign_apps_trading_branch
  ON tblSovereignApplications(tradingBranch);

CREATE INDEX idx_sovereign_apps_created
  ON tblSovereignApplications(created_at DESC);

CREATE TABLE tblSovereignApplicationsSyncLog (
  id UUID PRIMARY KEY DEFAULT gen_random_uuid(),
  since_date DATE NOT NULL,
  sync_started_at TIMESTAMPTZ DEFAULT NOW(),
  sync_completed_at TIMESTAMPTZ,
  applications_found INTEGER DEFAULT 0,
  applications_fetched INTEGER DEFAULT 0,
  applications_upserted INTEGER DEFAULT 0,
  fetch_failures INTEGER DEFAULT 0,
  upsert_failures INTEGER DEFAULT 0,
  status TEXT CHECK (status IN ('running', 'completed', 'failed')),
  error_details JSONB
);

-- Query performance indexes
CREATE INDEX idx_sync_log_status
  ON tblSovereignApplicationsSyncLog(status);

CREATE INDEX idx_sync_log_started
  ON tblSovereignApplicationsSyncLog(sync_started_at DESC);

CREATE INDEX idx_sync_log_since_date
  ON tblSovereignApplicationsSyncLog(since_date DESC);

-- Example RLS policy (adjust based on your needs)
ALTER TABLE tblSovereignApplications ENABLE ROW LEVEL SECURITY;
ALTER TABLE tblSovereignApplicationsSyncLog ENABLE ROW LEVEL SECURITY;

-- Policy for service role (full access)
CREATE POLICY "Service role has full access"
  ON tblSovereignApplications
  FOR ALL
  TO service_role
  USING (true)
  WITH CHECK (true);
`;

const DEPLOYMENT = `
CREATE TABLE IF NOT EXISTS tblSovereignApplications (
  -- (see schema above)
);

CREATE TABLE IF NOT EXISTS tblSovereignApplicationsSyncLog (
  -- (see schema above)
);
`;

const RESET = `
-- Clear all sync logs
DELETE FROM tblSovereignApplicationsSyncLog;

-- Optional: Clear all application data
-- DELETE FROM tblSovereignApplications;
`;

withHarness("the specification's queries run as printed", 3, async ({ call, sql, faults }) => {
  await call();
  faults.set("list", () => ({}));
  await call();
  const recent = await sql.unsafe(RECENT_SYNCS);
  assertEquals(recent.map(({ status, applications_upserted }) => [status, applications_upserted]), [
    ["failed", 0],
    ["completed", 3],
  ]);
  assertEquals((await sql.unsafe(FAILED_SYNCS)).length, 1);
  const [statistics] = await sql.unsafe(STATISTICS);
  assertEquals([statistics?.total_applications, statistics?.unique_statuses], ["3", "1"]);
});

withHarness("the specification's deployment and reset statements run as printed", 1, async ({ call, sql }) => {
  await call();
  await sql.unsafe(DEPLOYMENT);
  const [kept] = await sql`select count(*)::int as count from tblSovereignApplications`;
  assertEquals(kept, { count: 1 });
  await sql.unsafe(RESET);
  assertEquals((await sql.unsafe(RECENT_SYNCS)).length, 0);
});

Deno.test("the specification's tables, indexes and policy run as printed, and ours have all of them", async () => {
  const sql = connect();
  try {
    await assertRejects(
      () =>
        sql.begin(async (transaction) => {
          await transaction`create schema printed`;
          await transaction`set local search_path = printed`;
          await transaction.unsafe(TABLES);
          assertEquals(await columns(transaction, "public"), await columns(transaction, "printed"));
          const printed = await indexes(transaction, "printed");
          assertEquals(printed.length, 8);
          const names = printed.map(({ indexname }) => indexname);
          assertEquals(
            (await indexes(transaction, "public")).filter(({ indexname }) => names.includes(indexname)),
            printed,
          );
          throw new Error("roll back");
        }),
      Error,
      "roll back",
    );
  } finally {
    await sql.end();
  }
});

const PRINTED_COLUMNS = 30;

/** The first columns of the two tables: the specification's; ours come after them. */
async function columns(sql: TransactionSql, schema: string): Promise<unknown[]> {
  const rows = await sql`
    select table_name, column_name, data_type, is_nullable, column_default
    from information_schema.columns
    where table_schema = ${schema} and table_name in ('tblsovereignapplications', 'tblsovereignapplicationssynclog')
      and ordinal_position <= case table_name when 'tblsovereignapplications' then 19 else 11 end
    order by table_name, ordinal_position`;
  assertEquals(rows.length, PRINTED_COLUMNS);
  return [...rows];
}

interface Index {
  indexname: string;
  columns: string;
}

async function indexes(sql: TransactionSql, schema: string): Promise<Index[]> {
  const rows = await sql<Index[]>`
    select indexname, regexp_replace(indexdef, '^.* USING ', '') as columns
    from pg_indexes where schemaname = ${schema} and indexname like 'idx\\_s%\\_%'
      and tablename in ('tblsovereignapplications', 'tblsovereignapplicationssynclog')
    order by indexname`;
  return [...rows];
}
