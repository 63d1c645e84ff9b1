import type { ApplicationRow } from "../../supabase/functions/sync-applications/database/application_row.ts";
import { toApplicationRow } from "../../supabase/functions/sync-applications/sync/to_application_row.ts";
import { systemClock } from "../../supabase/functions/sync-applications/clock.ts";
import { createSyncDatabase } from "../../supabase/functions/sync-applications/database/sync_database.ts";
import { openSyncRun } from "../../supabase/functions/sync-applications/database/sync_run.ts";
import { toAnswers } from "../support/application_rows.ts";
import { createDatabase, emptyTables, NOBODY_URL, setProjectUrl, type Sql } from "../support/database.ts";
import { type Benchmark, median, round } from "./benchmark.ts";
import { fillTables } from "./fill_tables.ts";

const CHUNK = 100;
const ROUNDS = 60;

/** What the specification would send for the same rows; the columns are written out by `plainUpsert()`. */
const KEY = "g3_application_number";

/** Storing a chunk with its status, counters and heartbeat, beside the bare upsert it contains. */
export const settle: Benchmark = {
  key: "settle",
  work: "chunks of 100 changed rows into a table of 200,000",
  goals: [
    { figure: "medianMs", atMost: 25 },
    { figure: "ratioToPlainUpsert", atMost: 2.5, short: 4 },
  ],
  async measure({ sql, apiUrl, secretKey }, form) {
    await emptyTables(sql);
    await setProjectUrl(sql, NOBODY_URL);
    const size = form === "short" ? 20_000 : 200_000;
    await fillTables(sql, size);
    const database = createSyncDatabase(createDatabase(secretKey, undefined, apiUrl), systemClock);
    const run = await openSyncRun(database, systemClock, {
      sinceDate: "2026-01-01",
      trigger: "manual",
      force: false,
      movesWatermark: false,
    });
    const [held] = await sql`select lease from public.tblsovereignapplicationssynclog where id = ${run.id}`;
    const lease: string = held?.lease;
    const throughApi: number[] = [];
    const inSql: number[] = [];
    const plain: number[] = [];
    for (let turn = 0; turn < ROUNDS; turn++) {
      const [first, second, third] = [0, 1, 2].map((part) => createChunk(size, turn * 3 + part));
      await claim(sql, lease, first);
      throughApi.push(await time(() => run.settle(toAnswers(first ?? []), [])));
      await claim(sql, lease, second);
      inSql.push(await time(() => settleInSql(sql, lease, second ?? [])));
      plain.push(await time(() => plainUpsert(sql, third ?? [])));
    }
    await run.finish({ handOver: false, warnings: [], anomalies: [] });
    const [totals] = await sql`select applications_upserted from public.tblsovereignapplicationssynclog`;
    if (totals?.applications_upserted !== 2 * ROUNDS * CHUNK) throw new Error("Not every row was settled");
    await emptyTables(sql);
    return {
      medianMs: round(median(throughApi)),
      inSqlMs: round(median(inSql)),
      plainUpsertMs: round(median(plain)),
      ratioToPlainUpsert: round(median(inSql) / median(plain)),
    };
  },
};

/** Rows of all over the table, all of them changed; no row is in two chunks. */
function createChunk(size: number, index: number): ApplicationRow[] {
  const stride = Math.floor(size / CHUNK);
  return Array.from({ length: CHUNK }, (_, row) =>
    toApplicationRow({
      id: `G3-${row * stride + index + 1}`,
      attributes: {
        applicationInternalNumber: String(5_000_000 + row),
        applicationName: `Home loan ${index}`,
        clientApplication: "Y",
        loadedByClientNumber: "4711",
        owner: "Lending team B",
        applicationTitle: "Home loan",
        tradingBranch: "Harbour",
        salesChannel: "Web",
        subPrime: "N",
        comparisonRatesSupplied: "Y",
        paymentMethod: "Direct debit",
        type: "Consumer",
        appStatusDesc: "Settled",
        appStatusCode: "SETT",
        currentTaskWith: "Lending team C",
        lastSavedDateTime: new Date(Date.UTC(2026, 5, 1) + row * 1000).toISOString(),
      },
    }));
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** As a pass has them when it settles: claimed and stale. */
async function claim(sql: Sql, lease: string, rows: ApplicationRow[] = []): Promise<void> {
  await sql`
    update public.sync_status
    set state = 'pending', next_attempt_at = now(), stale_since = now(), attempts = 1,
      listed_last_saved = '2026-06-01T00:00:00Z', claimed_by = ${lease}, claimed_at = now()
    where g3_application_number = any (${rows.map((row) => row.g3_application_number)})`;
}

async function settleInSql(sql: Sql, lease: string, rows: ApplicationRow[]): Promise<void> {
  await sql.begin(async (sql) => {
    await sql`set local role service_role`;
    const answers = asJson(rows).map((row) => ({ ...row, began_at: new Date().toISOString() }));
    await sql`select * from public.settle_applications(${lease}, ${sql.json(answers)})`;
  });
}

async function plainUpsert(sql: Sql, rows: ApplicationRow[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  const changes = columns.filter((name) => name !== KEY).map((name) => `${name} = excluded.${name}`);
  await sql.begin(async (sql) => {
    await sql`set local role service_role`;
    await sql`
      insert into public.tblsovereignapplications (${sql(columns)})
      select ${sql(columns)} from jsonb_populate_recordset(null::public.tblsovereignapplications, ${
      sql.json(asJson(rows))
    })
      on conflict (g3_application_number) do update set ${sql.unsafe(changes.join(", "))}`;
  });
}

function asJson(rows: ApplicationRow[]): Record<string, string | null>[] {
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? null])));
}
