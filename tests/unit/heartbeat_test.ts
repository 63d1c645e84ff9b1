import { assertEquals, assertRejects } from "../support/assert.ts";
import { createFakeClock } from "../support/fake_clock.ts";
import { DatabaseError } from "../../supabase/functions/sync-applications/database/database_error.ts";
import { startHeartbeat } from "../../supabase/functions/sync-applications/database/heartbeat.ts";

const LOST = new DatabaseError("Cannot store 0 applications: another pass holds the run now", "PT409", false);

function start(beat: () => Promise<unknown> = () => Promise.resolve()) {
  const clock = createFakeClock();
  const startedAt = clock.now();
  const beats: number[] = [];
  const heartbeat = startHeartbeat(clock, () => {
    beats.push((clock.now() - startedAt) / 1000);
    return beat();
  });
  return { clock, beats, heartbeat };
}

Deno.test("startHeartbeat() beats every 15 seconds while there is no other call", async () => {
  const { clock, beats } = start();
  await clock.advance(14_999);
  assertEquals(beats, []);
  await clock.advance(45_001);
  assertEquals(beats, [15, 30, 45, 60]);
});

Deno.test("startHeartbeat() does not beat while other calls show signs of life", async () => {
  const { clock, beats, heartbeat } = start();
  for (let second = 0; second < 60; second += 5) {
    await clock.advance(5000);
    await heartbeat.watch(Promise.resolve());
  }
  assertEquals(beats, []);
  await clock.advance(15_000);
  assertEquals(beats, [75]);
});

Deno.test("startHeartbeat() never lets 30 seconds go by without a sign of life", async () => {
  const { clock, beats, heartbeat } = start();
  await clock.advance(1);
  await heartbeat.watch(Promise.resolve());
  await clock.advance(29_999);
  assertEquals(beats, [30]);
});

Deno.test("startHeartbeat() does not beat once it is stopped", async () => {
  const { clock, beats, heartbeat } = start();
  await clock.advance(15_000);
  heartbeat.stop();
  await clock.advance(600_000);
  assertEquals(beats, [15]);
});

Deno.test("startHeartbeat() is not started again by a beat that stops it", async () => {
  const clock = createFakeClock();
  let beats = 0;
  const heartbeat = startHeartbeat(clock, () => {
    beats++;
    heartbeat.stop();
    return Promise.resolve();
  });
  await clock.advance(600_000);
  assertEquals(beats, 1);
});

Deno.test("startHeartbeat() aborts lost with the error of a beat that fails", async () => {
  const { clock, heartbeat } = start(() => Promise.reject(LOST));
  assertEquals(heartbeat.lost.aborted, false);
  await clock.advance(15_001);
  assertEquals([heartbeat.lost.aborted, heartbeat.lost.reason], [true, LOST]);
});

Deno.test("startHeartbeat() ends by itself when the run is lost", async () => {
  const { clock, beats } = start(() => Promise.reject(LOST));
  await clock.advance(60_000);
  assertEquals(beats, [15]);
});

Deno.test("watch() passes on what the call answers, or fails with and aborts lost", async () => {
  const { heartbeat } = start();
  assertEquals(await heartbeat.watch(Promise.resolve(7)), 7);
  assertEquals(heartbeat.lost.aborted, false);
  assertEquals(await assertRejects(() => heartbeat.watch(Promise.reject(LOST))), LOST);
  assertEquals(heartbeat.lost.reason, LOST);
});

Deno.test("watch() does not take the run for lost when Postgres rejects a row", async () => {
  const { heartbeat } = start();
  const rejected = new DatabaseError("Cannot store 1 applications: the database rejected it (22P02)", "22P02", false);
  assertEquals(await assertRejects(() => heartbeat.watch(Promise.reject(rejected))), rejected);
  assertEquals(heartbeat.lost.aborted, false);
});
