import fc from "fast-check";
import { assertEquals } from "../support/assert.ts";
import { anyText, storableText } from "../support/arbitraries.ts";
import { toAnswers } from "../support/application_rows.ts";
import { connect, createDatabase, emptyTables, NOBODY_URL, setProjectUrl, type Sql } from "../support/database.ts";
import type { ApplicationRow } from "../../supabase/functions/sync-applications/database/application_row.ts";
import { bulkUpsertSovereignApplications } from "../../supabase/functions/sync-applications/database/bulk_upsert_sovereign_applications.ts";
import { systemClock } from "../../supabase/functions/sync-applications/clock.ts";
import type { ApplicationDateSince } from "../../supabase/functions/sync-applications/occ/fetch_applications_since_data.ts";
import { parseLastSaved } from "../../supabase/functions/sync-applications/occ/last_saved.ts";
import { createSyncDatabase } from "../../supabase/functions/sync-applications/database/sync_database.ts";
import { openSyncRun, type SyncRun } from "../../supabase/functions/sync-applications/database/sync_run.ts";
import { createTimeZone } from "../../supabase/functions/sync-applications/time_zone.ts";
import { isUsableId } from "../../supabase/functions/sync-applications/application_id.ts";

// Text is read back as JSON: Buffer.toString() of Deno 2.1.4 drops a byte order mark that a text begins with.

/** A case is a row; they go in as the function sends them. */
const ROWS = 100;
const BATCHES = { numRuns: 20, endOnFailure: true };
const UTC = createTimeZone("UTC");

const id = fc.oneof(fc.uuid(), anyText, fc.string({ unit: "binary", minLength: 100, maxLength: 120 })).filter(
  isUsableId,
);
const text = fc.oneof(storableText, fc.constant(null)).map((value) => value === "" ? null : value);
const long = fc.nat(9000).map((length) => "語".repeat(length) || null);
/** As parseLastSaved() writes it: any year, and microseconds. */
const lastSaved = fc
  .tuple(fc.date({ min: new Date("0100-01-01Z"), max: new Date("9999-12-31Z"), noInvalidDate: true }), fc.nat(999_999))
  .map(([date, micros]) => `${date.toISOString().slice(0, 19)}.${String(micros).padStart(6, "0")}Z`)
  .map((written) => parseLastSaved(written, UTC));

const row: fc.Arbitrary<ApplicationRow> = fc.record({
  g3_application_number: id,
  applicationinternalnumber: text,
  applicationname: text,
  clientapplication: text,
  loadedbyclientnumber: text,
  owner: text,
  applicationtitle: fc.oneof({ weight: 19, arbitrary: text }, { weight: 1, arbitrary: long }),
  tradingbranch: text,
  saleschannel: text,
  subprime: text,
  comparisonratessupplied: text,
  paymentmethod: text,
  type: text,
  appstatusdesc: text,
  appstatuscode: text,
  currenttaskwith: text,
  lastsaveddatetime: fc.oneof({ weight: 9, arbitrary: lastSaved }, { weight: 1, arbitrary: fc.constant(null) }),
});

const batch = fc.uniqueArray(row, {
  minLength: ROWS,
  maxLength: ROWS,
  selector: ({ g3_application_number }) => g3_application_number,
});

/** An open run on empty tables. */
async function withRun(test: (sql: Sql, run: SyncRun) => Promise<void>): Promise<void> {
  const sql = connect();
  try {
    await emptyTables(sql);
    await setProjectUrl(sql, NOBODY_URL);
    const request = { sinceDate: "2026-01-01", trigger: "manual", force: false, movesWatermark: false } as const;
    const run = await openSyncRun(createSyncDatabase(createDatabase(), systemClock), systemClock, request);
    await test(sql, run);
    // Its heartbeat is a timer.
    await run.finish({ handOver: false, warnings: [], anomalies: [] });
  } finally {
    await sql.end();
  }
}

async function emptyQueue(sql: Sql): Promise<void> {
  await sql`truncate public.tblsovereignapplications`;
  await sql`truncate sovereign_sync.status`;
}

/** The whole list, stored as one part after those before it. */
function enqueueAll(run: SyncRun, part: number, listed: ApplicationDateSince[]): Promise<number> {
  return run.enqueue(listed, { part, since: "2026-01-01", complete: true });
}

type ListedRow = Pick<ApplicationRow, "g3_application_number" | "lastsaveddatetime">;

function listed({ g3_application_number: id, lastsaveddatetime: lastSavedDateTime }: ListedRow): ApplicationDateSince {
  return { id, attributes: { lastSavedDateTime } };
}

/** One way to write an instant, whoever wrote it. */
function instant(written: string | null | undefined): string | null {
  return written ? parseLastSaved(written, UTC) : null;
}

const byId = (a: { g3_application_number: string }, b: { g3_application_number: string }) =>
  a.g3_application_number < b.g3_application_number ? -1 : 1;

Deno.test("settle_applications() stores what reads back equal through the Data API, for 2,000 rows", async () => {
  const database = createDatabase();
  await withRun(async (sql, run) => {
    let parts = 0;
    await fc.assert(
      fc.asyncProperty(batch, async (applications) => {
        await emptyQueue(sql);
        await enqueueAll(run, parts++, applications.map(listed));
        assertEquals((await run.claim(ROWS)).length, ROWS);
        const upsert = await bulkUpsertSovereignApplications(run, toAnswers(applications));
        assertEquals(upsert, { success: true, count: ROWS });
        const { data, error } = await database.from("tblsovereignapplications").select();
        assertEquals(error, null);
        const stored = (data ?? []).map(({ created_at: _created, updated_at: _updated, ...application }) => ({
          ...application,
          lastsaveddatetime: instant(application.lastsaveddatetime),
        }));
        assertEquals(stored.sort(byId), [...applications].sort(byId));
        const [open] = await sql`
          select count(*)::int as count from public.sync_status where state <> 'synced'`;
        assertEquals(open, { count: 0 });
      }),
      BATCHES,
    );
    const [totals] = await sql`
      select applications_fetched as fetched, applications_upserted as upserted, upsert_failures as failed
      from public.tblsovereignapplicationssynclog`;
    assertEquals(totals, { fetched: ROWS * BATCHES.numRuns, upserted: ROWS * BATCHES.numRuns, failed: 0 });
  });
});

Deno.test("enqueue_applications() keeps each id once with its newest date, for 2,000 entries with repeats", async () => {
  const few = fc.oneof(fc.constantFrom("G3-1", "g3-1", "G3-1 ", "e\u0301", "\u00e9"), id);
  const entries = fc.array(fc.record({ g3_application_number: few, lastsaveddatetime: lastSaved }), {
    minLength: ROWS,
    maxLength: ROWS,
  });
  await withRun(async (sql, run) => {
    let found = 0;
    let parts = 0;
    await fc.assert(
      fc.asyncProperty(entries, async (list) => {
        await emptyQueue(sql);
        const newest = new Map<string, string>();
        for (const { g3_application_number: id, lastsaveddatetime: date } of list) {
          // 27 characters, whatever the fraction: texts compare as the instants do.
          const padded = `${(date ?? "").replace("Z", "").replace(/(:\d\d)$/, "$1.").padEnd(26, "0")}Z`;
          if (padded > (newest.get(id) ?? "")) newest.set(id, padded);
        }
        const due = await enqueueAll(run, parts++, list.map(listed));
        found += newest.size;
        assertEquals(due, newest.size);
        const [totals] = await sql`
          select applications_found as found, applications_enqueued as enqueued, applications_unchanged as unchanged
          from public.tblsovereignapplicationssynclog`;
        assertEquals(totals, { found, enqueued: found, unchanged: 0 });
        const rows = await sql`
          select to_json(g3_application_number) as id,
            to_char(listed_last_saved at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as newest
          from public.sync_status`;
        assertEquals(new Map(rows.map((row) => [row.id, row.newest])), newest);
      }),
      BATCHES,
    );
  });
});

Deno.test("the newest lastSavedDateTime wins through the Data API, in whatever order 2,000 rows are written", async () => {
  const database = createDatabase();
  const pairs = fc.uniqueArray(fc.tuple(id, lastSaved, lastSaved, storableText, storableText), {
    minLength: ROWS,
    maxLength: ROWS,
    selector: ([id]) => id,
  });
  await withRun(async (sql) => {
    await fc.assert(
      fc.asyncProperty(pairs, async (applications) => {
        await emptyQueue(sql);
        const write = async (rows: (ListedRow & { owner: string })[]) => {
          const { error } = await database.from("tblsovereignapplications").upsert(rows);
          assertEquals(error, null);
        };
        await write(
          applications.map(([id, date, , owner]) => ({ g3_application_number: id, lastsaveddatetime: date, owner })),
        );
        await write(
          applications.map(([id, , date, , owner]) => ({ g3_application_number: id, lastsaveddatetime: date, owner })),
        );
        const rows = await sql`
          select to_json(g3_application_number) as id, to_json(owner) as owner from public.tblsovereignapplications`;
        const owners = new Map(rows.map(({ id, owner }) => [id, owner]));
        for (const [id, first, second, before, after] of applications) {
          const older = Date.parse(second ?? "") < Date.parse(first ?? "");
          if (Date.parse(second ?? "") !== Date.parse(first ?? "")) {
            assertEquals(owners.get(id), older ? before : after);
          }
        }
      }),
      BATCHES,
    );
  });
});
