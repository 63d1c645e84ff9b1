import { systemClock } from "../../supabase/functions/sync-applications/clock.ts";
import { createConcurrency } from "../../supabase/functions/sync-applications/sync/concurrency.ts";
import { recordRefusedRequests } from "../../supabase/functions/sync-applications/database/record_refused_requests.ts";
import { createSyncDatabase } from "../../supabase/functions/sync-applications/database/sync_database.ts";
import type { Database } from "../../supabase/functions/sync-applications/database/database.types.ts";
import type { SupabaseClient } from "@supabase/supabase-js";
import { createHandler } from "../../supabase/functions/sync-applications/http/handler.ts";
import type { SyncDependencies } from "../../supabase/functions/sync-applications/sync/sync_applications.ts";
import { connect, createDatabase, emptyTables, NOBODY_URL, setProjectUrl, type Sql } from "./database.ts";
import { createFakeApplications, type FakeApplications } from "./fake_applications.ts";

export interface Harness extends FakeApplications {
  sql: Sql;
  /** supabase-js as it is; the function has it inside `dependencies.database`. */
  database: SupabaseClient<Database>;
  dependencies: SyncDependencies;
  /** The lines the function logged. */
  lines: string[];
  /** Calls the endpoint with the cron secret. */
  call(init?: { query?: string; body?: unknown; headers?: Record<string, string>; method?: string }): Promise<Response>;
  /** What `waitUntil` was given, all settled. */
  background(): Promise<void>;
  /** The newest row of the log. */
  logRow(): Promise<Record<string, unknown>>;
}

export const CRON_SECRET = "a-cron-secret-of-the-tests";
const ENDPOINT = "http://localhost/functions/v1/sync-applications";

/** Runs a test with the real handler, the real database and a small OCC, on empty tables. */
export function withHarness(
  name: string,
  applications: number,
  test: (harness: Harness) => Promise<void>,
  overrides: (harness: FakeApplications) => Partial<SyncDependencies> = () => ({}),
): void {
  Deno.test(name, async () => {
    const sql = connect();
    try {
      await emptyTables(sql);
      // The next pass is the test's to make, not the stack's.
      await setProjectUrl(sql, NOBODY_URL);
      await test(createHarness(sql, applications, overrides));
    } finally {
      await sql.end();
    }
  });
}

function createHarness(
  sql: Sql,
  count: number,
  overrides: (harness: FakeApplications) => Partial<SyncDependencies>,
): Harness {
  const fake = createFakeApplications(count);
  const lines: string[] = [];
  const background: Promise<unknown>[] = [];
  const dependencies: SyncDependencies = {
    occ: fake.occ,
    database: createSyncDatabase(createDatabase(), systemClock),
    clock: systemClock,
    concurrency: createConcurrency(15),
    log: (line) => void lines.push(line),
    budget: { timeMs: 100_000, applications: 100_000 },
    batchSize: 15,
    chunkSize: 100,
    shutdown: new AbortController().signal,
    ...overrides(fake),
  };
  const handler = createHandler({
    secrets: () => [CRON_SECRET],
    sync: () => dependencies,
    recordRefused: (requests) => recordRefusedRequests(dependencies.database, requests),
    waitUntil: (work) => void background.push(work),
    clock: dependencies.clock,
    log: dependencies.log,
  });
  return {
    ...fake,
    sql,
    database: createDatabase(),
    dependencies,
    lines,
    call({ query = "", body, headers = {}, method = body === undefined ? "GET" : "POST" } = {}) {
      return handler(
        new Request(ENDPOINT + query, {
          method,
          headers: {
            authorization: `Bearer ${CRON_SECRET}`,
            ...(body === undefined ? {} : { "content-type": "application/json" }),
            ...headers,
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      );
    },
    async background() {
      await Promise.all(background);
    },
    async logRow() {
      const [row] = await sql`
        select * from public.tblsovereignapplicationssynclog order by sync_started_at desc nulls last limit 1`;
      if (!row) throw new Error("The log is empty");
      return row;
    },
  };
}
