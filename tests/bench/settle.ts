import type { ApplicationRow } from "../../supabase/functions/sync-applications/database/application_row.ts";
import { toApplicationRow } from "../../supabase/functions/sync-applications/sync/to_application_row.ts";
import { systemClock } from "../../supabase/functions/sync-applications/clock.ts";
import { createSyncDatabase } from "../../supabase/functions/sync-applications/database/sync_database.ts";
import { openSyncRun } from "../../supabase/functions/sync-applications/database/sync_run.ts";
import postgres from "postgres";
import { ownThreadMs } from "../platform/worker_usage.ts";
import { toAnswers } from "../support/application_rows.ts";
import { createDatabase, emptyTables, NOBODY_URL, setProjectUrl, type Sql } from "../support/database.ts";
import { type Benchmark, median, round } from "./benchmark.ts";
import { fillTables } from "./fill_tables.ts";

const CHUNK = 100;
const ROUNDS = 60;
/** As many wait to be fetched, and as many are claimed at a time. */
const DUE = 10_000;
const CLAIMED = 30;

/** What the specification would send for the same rows; the columns are written out by `plainUpsert()`. */
const KEY = "g3_application_number";

/** Storing a chunk with its status, counters and heartbeat, beside the bare upsert it contains; and claiming. */
export const settle: Benchmark = {
  key: "settle",
  work: "chunks of 100 changed rows, and claims of 30, among 1,000,000 applications, history on",
  goals: [
    {
      figure: "ratioToPlainUpsert",
      about: "settling 100 rows among 1,000,000, history on: time to a plain upsert's",
      atMost: 1.6,
    },
    { figure: "cpuRatioToPlainUpsert", about: "PostgreSQL's CPU to a plain upsert's", atMost: 1.6, short: 2.5 },
    { figure: "claimMs", about: "claiming 30 of 10,000 that are due, ms", atMost: 5 },
  ],
  async measure({ sql, apiUrl, secretKey, databaseUrl }, form) {
    await emptyTables(sql);
    await setProjectUrl(sql, NOBODY_URL);
    const size = form === "short" ? 20_000 : 1_000_000;
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
    const inSql: Span[] = [];
    const plain: Span[] = [];
    await withSession(databaseUrl, async (session) => {
      for (let turn = 0; turn < ROUNDS; turn++) {
        const [first = [], second = [], third = []] = [0, 1, 2].map((part) => createChunk(size, turn * 3 + part));
        await claim(sql, lease, first);
        throughApi.push(await time(() => run.settle(toAnswers(first), [])));
        await claim(sql, lease, second);
        inSql.push(await session.time((sql) => settleInSql(sql, lease, second)));
        plain.push(await session.time((sql) => plainUpsert(sql, third)));
      }
    });
    const [totals] = await sql`select applications_upserted from public.tblsovereignapplicationssynclog`;
    if (totals?.applications_upserted !== 2 * ROUNDS * CHUNK) throw new Error("Not every row was settled");
    const claims = await measureClaims(databaseUrl, sql, lease);
    await run.finish({ handOver: false, warnings: [], anomalies: [] });
    await emptyTables(sql);
    const ratio = (figure: keyof Span) =>
      round(median(inSql.map((span) => span[figure])) / median(plain.map((span) => span[figure])));
    return {
      ratioToPlainUpsert: ratio("wallMs"),
      cpuRatioToPlainUpsert: ratio("cpuMs"),
      claimMs: round(median(claims.map(({ wallMs }) => wallMs))),
      throughApiMs: round(median(throughApi)),
      settleMs: round(median(inSql.map(({ wallMs }) => wallMs))),
      plainUpsertMs: round(median(plain.map(({ wallMs }) => wallMs))),
      settleCpuMs: round(median(inSql.map(({ cpuMs }) => cpuMs))),
      plainUpsertCpuMs: round(median(plain.map(({ cpuMs }) => cpuMs))),
    };
  },
};

interface Span {
  wallMs: number;
  /** Of the database's process that served the session: what else the machine does is not in it. */
  cpuMs: number;
}

interface Session {
  time(work: (sql: Sql) => Promise<unknown>): Promise<Span>;
}

async function withSession<T>(url: string, work: (session: Session) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  const [row] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  const pid = row?.pid ?? 0;
  try {
    return await work({
      async time(work) {
        const before = { at: performance.now(), cpuMs: ownThreadMs(pid) };
        await work(sql);
        return { wallMs: performance.now() - before.at, cpuMs: ownThreadMs(pid) - before.cpuMs };
      },
    });
  } finally {
    await sql.end();
  }
}

function measureClaims(url: string, sql: Sql, lease: string): Promise<Span[]> {
  return withSession(url, async (session) => {
    await sql`
      update public.sync_status
      set state = 'pending', next_attempt_at = now(), stale_since = now()
      where g3_application_number in (
        select s.g3_application_number from public.sync_status as s where s.state = 'synced' limit ${DUE}
      )`;
    const spans: Span[] = [];
    for (let part = 0; part < ROUNDS; part++) {
      spans.push(
        await session.time((sql) =>
          sql`
        select count(*) from public.claim_applications(${lease}, ${CLAIMED}, ${part})`
        ),
      );
    }
    return spans;
  });
}

/**
 * Rows of all over the table, all of them changed; no row is in two chunks, nor beside one of the chunk before: that one
 * would have made room in its pages.
 */
function createChunk(size: number, turn: number): ApplicationRow[] {
  const stride = Math.floor(size / CHUNK);
  const index = (turn * 7919) % stride;
  return Array.from({ length: CHUNK }, (_, row) =>
    toApplicationRow({
      id: `G3-${row * stride + index + 1}`,
      attributes: {
        applicationInternalNumber: String(5_000_000 + row),
        applicationName: `Home loan ${turn}`,
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

/** As a pass has them when it settles: claimed, and listed with the dates that OCC answers with. */
async function claim(sql: Sql, lease: string, rows: ApplicationRow[]): Promise<void> {
  await sql`
    update public.sync_status as s
    set state = 'pending', next_attempt_at = now(), stale_since = now(), attempts = 1,
      listed_last_saved = a.lastsaveddatetime, claimed_by = ${lease}, claimed_at = now()
    from jsonb_to_recordset(${sql.json(asJson(rows))}) as a (g3_application_number text, lastsaveddatetime timestamptz)
    where s.g3_application_number = a.g3_application_number`;
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
