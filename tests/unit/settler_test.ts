import { assertEquals, assertRejects } from "../support/assert.ts";
import { createAnswers } from "../support/application_rows.ts";
import { createFakeClock, type FakeClock } from "../support/fake_clock.ts";
import { createFakeRun, type FakeRun, settleAll } from "../support/fake_run.ts";
import { sleep } from "../../supabase/functions/sync-applications/clock.ts";
import { DatabaseError } from "../../supabase/functions/sync-applications/database/database_error.ts";
import { createSettler, type Settler } from "../../supabase/functions/sync-applications/sync/settler.ts";

interface Parts {
  run: FakeRun;
  settler: Settler;
  clock: FakeClock;
  lines: string[];
}

function create(
  chunkSize: number,
  settle: (clock: FakeClock) => FakeRun["settle"] = () => settleAll,
) {
  const clock = createFakeClock();
  const lines: string[] = [];
  const run = createFakeRun({ settle: settle(clock) });
  const settler = createSettler(run, { clock, log: (line) => void lines.push(line), chunkSize });
  return { run, settler, clock, lines } satisfies Parts;
}

function addAll({ settler }: Parts, count: number): void {
  for (const answer of createAnswers(count)) settler.add(answer);
}

const sizes = ({ settled }: FakeRun) => settled.map(({ rows }) => rows.length);
const chunk = (number: string, records: number) =>
  `[syncApplicationsSince] Upserting chunk ${number} (${records} records)`;

Deno.test("createSettler() settles a chunk as soon as it is full, and the rest when it is flushed", async () => {
  const parts = create(3);
  addAll(parts, 7);
  await parts.clock.advance(0);
  assertEquals(sizes(parts.run), [3, 3]);
  await parts.settler.flush();
  assertEquals(sizes(parts.run), [3, 3, 1]);
  assertEquals(
    parts.run.settled.flatMap(({ rows }) => rows),
    createAnswers(7).map(({ row }) => row.g3_application_number),
  );
  parts.settler.close();
  assertEquals(parts.lines, [chunk("1/3", 3), chunk("2/3", 3), chunk("3/3", 1)]);
});

Deno.test("createSettler() settles a partial chunk after 5 seconds, and again 5 seconds later", async () => {
  const parts = create(100);
  addAll(parts, 1);
  await parts.clock.advance(4999);
  assertEquals(sizes(parts.run), []);
  await parts.clock.advance(1);
  await parts.clock.advance(0);
  assertEquals(sizes(parts.run), [1]);
  addAll(parts, 2);
  await parts.clock.advance(5000);
  await parts.clock.advance(0);
  assertEquals(sizes(parts.run), [1, 2]);
});

Deno.test("createSettler() settles nothing while there is nothing", async () => {
  const parts = create(100);
  await parts.clock.advance(60_000);
  await parts.settler.flush();
  assertEquals(parts.run.settled, []);
});

Deno.test("createSettler() numbers the chunks there were, whatever made them", async () => {
  const parts = create(2);
  addAll(parts, 3);
  await parts.clock.advance(5000);
  await parts.clock.advance(0);
  addAll(parts, 2);
  await parts.settler.flush();
  assertEquals(parts.lines, []);
  parts.settler.close();
  assertEquals(parts.lines, [chunk("1/3", 2), chunk("2/3", 1), chunk("3/3", 2)]);
});

Deno.test("createSettler() makes one call at a time, in order, and none with nothing, while the database is slow", async () => {
  let running = 0;
  let most = 0;
  const parts = create(2, (clock) => async (applications) => {
    most = Math.max(most, ++running);
    await sleep(clock, 7000);
    running--;
    return applications.length;
  });
  addAll(parts, 6);
  const flushed = parts.settler.flush();
  // The ticks that fall into the calls find nothing left to do.
  await parts.clock.advance(60_000);
  await flushed;
  assertEquals([most, ...sizes(parts.run)], [1, 2, 2, 2]);
});

Deno.test("createSettler() rejects flush with what broke, and sends nothing after that", async () => {
  const error = new DatabaseError("Cannot store 2 applications: another pass holds the run now", "PT409", false);
  const parts = create(2, () => () => Promise.reject(error));
  addAll(parts, 4);
  await parts.clock.advance(0);
  await parts.clock.advance(30_000);
  assertEquals(await assertRejects(() => parts.settler.flush()), error);
  addAll(parts, 2);
  assertEquals(await assertRejects(() => parts.settler.flush()), error);
  assertEquals(sizes(parts.run), [2]);
});

Deno.test("createSettler() does not look again once it is closed", async () => {
  const parts = create(100);
  parts.settler.close();
  addAll(parts, 1);
  await parts.clock.advance(60_000);
  assertEquals(parts.run.settled, []);
  await parts.settler.flush();
  await parts.clock.advance(60_000);
  assertEquals(sizes(parts.run), [1]);
});
