import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import type { NightFault } from "./night/fault.ts";
import { FAULTS_OF_DISK } from "./night/faults_of_disk.ts";
import { FAULTS_OF_OCC } from "./night/faults_of_occ.ts";
import { FAULTS_OF_PROJECT } from "./night/faults_of_project.ts";
import { assertGreen, type Night, startNight } from "./night/night.ts";
import { type NightRow, readTable, says } from "./night/read_table.ts";
import { look, type Surfaces } from "./night/surfaces.ts";

const FAULTS = [...FAULTS_OF_OCC, ...FAULTS_OF_PROJECT, ...FAULTS_OF_DISK];

/** A minute may have gone by between two looks. */
function withoutNumbers(text: string): string {
  return text.replaceAll(/\d+ minutes?/g, "… minutes");
}

/** Alert, verdict, status, page and doctor say one and the same. */
function assertAgree({ alerts, verdict, reason, status, page, doctor }: Surfaces): void {
  assertEquals(verdict, "unhealthy");
  for (const { message } of alerts) {
    assertStringIncludes(withoutNumbers(reason), withoutNumbers(message));
    assertStringIncludes(withoutNumbers(doctor), withoutNumbers(message));
  }
  assertEquals([page.verdict, withoutNumbers(page.reason)], [verdict, withoutNumbers(reason)]);
  assertStringIncludes(withoutNumbers(status), withoutNumbers(`${verdict}  ${reason}`));
}

/** What docs/troubleshooting.md quotes was said. */
function assertTold(row: NightRow, { alerts, reason, status, page, doctor, run, log }: Surfaces): void {
  const conditions = alerts.map(({ condition }) => condition).filter((condition) => condition !== "ticks missed");
  assertEquals(conditions, row.alerts);
  for (const text of row.words) assert(says(reason, text), `"${text}" is not in the reason: ${reason}`);
  const records = [run, status, log].join("\n");
  for (const text of row.log) assert(says(records, text), `"${text}" is not in: ${records}`);
  const fixes = [page.what_to_do, doctor].join("\n");
  for (const text of row.mends) assert(says(fixes, text), `"${text}" is not in: ${fixes}`);
}

async function live(night: Night, fault: NightFault, row: NightRow): Promise<void> {
  const logFrom = night.patient.log.length;
  await fault.happen(night);
  const surfaces = await look(night, logFrom);
  assertAgree(surfaces);
  assertTold(row, surfaces);
  assertMatch(surfaces.reason, fault.cause);
  assertMatch(surfaces.reason, fault.fix);
  await fault.mend?.(night);
  if (surfaces.page.what_to_do && !fault.waits) {
    const { CRON_SECRET = "" } = night.patient.env;
    await night.patient.owner.unsafe(surfaces.page.what_to_do.replace("<CRON_SECRET>", CRON_SECRET));
  }
  await night.tick(fault.ticks ?? 2);
  await assertGreen(night);
}

Deno.test("docs/troubleshooting.md has a row for each fault of the night, in this order", async () => {
  assertEquals((await readTable()).map(({ what }) => what), FAULTS.map(({ what }) => what));
});

Deno.test("an operator's night: each fault is told alike everywhere, with cause and fix, and nothing is lost", async (t) => {
  const only = new RegExp(Deno.env.get("NIGHT_FAULT") ?? "");
  const rows = await readTable();
  const night = await startNight();
  try {
    for (const fault of FAULTS.filter(({ what }) => only.test(what))) {
      const row = rows.find(({ what }) => what === fault.what);
      if (!row) throw new Error(`docs/troubleshooting.md has no row "${fault.what}"`);
      const problem = fault.skip?.();
      if (problem) console.log(`    ${fault.what}: not made, ${problem}`);
      const isOver = await t.step({
        name: fault.what,
        ignore: problem !== undefined,
        fn: () => live(night, fault, row),
      });
      assert(isOver || problem, "a night that is not over disturbs the next one");
    }
  } finally {
    await night.stop();
  }
});
