import { createFakeOcc, envelope } from "../../support/fake_lambda.ts";
import { detail } from "../../support/fake_applications.ts";
import type { WorldApplication } from "../../stack/occ/world.ts";
import { syncAsSpecified } from "../baseline.ts";
import type { Bench } from "../open_bench.ts";
import { createCalendar, isListed, TICKS } from "./calendar.ts";
import { countRows } from "./count_rows.ts";
import type { Contender, Entry } from "./entry.ts";
import { until, walBytes } from "./measure.ts";

export interface Day {
  /** Lambda invocations. */
  calls: number;
  /** What the day left in tables, the applications' own not counted. */
  rows: number;
  walBytes: number;
}

/** 288 ticks back to back. Without `compare` whoever does not compare by himself queues again all that is listed. */
export async function playDay(
  bench: Bench,
  contender: Contender,
  { changes, compare }: { changes: number; compare: boolean },
): Promise<Day> {
  const entry = await contender.open(bench, { latency: "0", pauseMs: 0 });
  const { occ } = entry;
  const calendar = createCalendar(changes);
  try {
    change(entry, calendar.yesterday);
    await tick(entry, calendar.sinceOf(1), compare);
    occ.resetStats();
    const rowsBefore = await countRows(bench.sql, contender);
    const walBefore = await walBytes(bench.sql);
    for (let index = 1; index <= TICKS; index++) {
      change(entry, calendar.newAt(index));
      await tick(entry, calendar.sinceOf(index), compare);
    }
    const [row] = await bench.sql`select count(*)::int as stored from ${bench.sql(contender.table)}`;
    if (row?.stored !== 2 * changes) throw new Error(`${contender.name} stored ${row?.stored} of ${2 * changes}`);
    const { list, detail } = occ.stats();
    return {
      calls: list + detail,
      rows: await countRows(bench.sql, contender) - rowsBefore,
      walBytes: await walBytes(bench.sql) - walBefore,
    };
  } finally {
    await entry.close();
  }
}

function change({ occ }: Entry, applications: WorldApplication[]): void {
  for (const application of applications) occ.world.applications.set(application.id, application);
}

async function tick(entry: Entry, since: string, compare: boolean): Promise<void> {
  const { list } = entry.occ.stats();
  await entry.tick({ since, compare });
  await until("the tick is done", async () => entry.occ.stats().list > list && await entry.idle());
}

/** The same day by the specification's algorithm; what it stores does not change what it fetches. */
export async function playSpecifiedDay(changes: number): Promise<number> {
  const calendar = createCalendar(changes);
  const saved = new Map(calendar.yesterday.map((application) => [application.id, application]));
  let calls = 0;
  const occ = createFakeOcc((payload) => {
    calls++;
    const id = payload.application_external_number ?? "";
    if (payload.functionName !== "by-date") return detail(id, saved.get(id)?.lastSavedDateTime);
    const listed = [...saved.values()].filter((one) => isListed(one, payload.changed_date_since ?? ""));
    return envelope(listed.map(({ id, lastSavedDateTime }) => ({ id, attributes: { lastSavedDateTime } })));
  });
  const store = {
    openLog: () => Promise.resolve(""),
    upsert: () => Promise.resolve(),
    closeLog: () => Promise.resolve(),
  };
  for (let index = 1; index <= TICKS; index++) {
    for (const application of calendar.newAt(index)) saved.set(application.id, application);
    await syncAsSpecified(occ, store, calendar.sinceOf(index), () => Promise.resolve());
  }
  return calls;
}
