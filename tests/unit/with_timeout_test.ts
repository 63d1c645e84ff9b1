import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { createFakeClock } from "../support/fake_clock.ts";
import { sleep, TimeoutError, withTimeout } from "../../supabase/functions/sync-applications/clock.ts";

const never = () => new Promise<never>(() => {});

Deno.test("withTimeout() answers with what the work answers, or fails with its error", async () => {
  const clock = createFakeClock();
  assertEquals(await withTimeout(clock, 1000, undefined, () => Promise.resolve(7)), 7);
  const error = new RangeError("of the work");
  assertEquals(await assertRejects(() => withTimeout(clock, 1000, undefined, () => Promise.reject(error))), error);
});

Deno.test("withTimeout() ends in a TimeoutError when the time is up, whether the work listens or not", async () => {
  const clock = createFakeClock();
  let given: AbortSignal | undefined;
  const work = assertRejects(
    () =>
      withTimeout(clock, 1500, undefined, (signal) => {
        given = signal;
        return never();
      }),
    TimeoutError,
    "No answer within 1.5 s",
  );
  await clock.advance(1499);
  assertEquals(given?.aborted, false);
  await clock.advance(1);
  assertEquals(given?.reason, await work);
});

Deno.test("withTimeout() ends in a TimeoutError although the work says at once that it was aborted", async () => {
  const clock = createFakeClock();
  const work = assertRejects(
    () =>
      withTimeout(clock, 1000, undefined, (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
        })),
    TimeoutError,
    "No answer within 1 s",
  );
  await clock.advance(1000);
  await work;
});

Deno.test("withTimeout() ends with the caller's reason when that comes first, and tells the work", async () => {
  const clock = createFakeClock();
  const caller = new AbortController();
  let given: AbortSignal | undefined;
  const work = assertRejects(
    () =>
      withTimeout(clock, 1000, caller.signal, (signal) => {
        given = signal;
        return never();
      }),
    RangeError,
    "shutdown",
  );
  await clock.advance(500);
  caller.abort(new RangeError("shutdown"));
  assertEquals(given?.reason, await work);
});

Deno.test("withTimeout() does not begin the work for a caller that has given up already", async () => {
  const clock = createFakeClock();
  await assertRejects(
    () =>
      withTimeout(clock, 1000, AbortSignal.abort(new RangeError("shutdown")), () => {
        throw new Error("must not be called");
      }),
    RangeError,
    "shutdown",
  );
});

Deno.test("withTimeout() leaves neither a timer nor an unhandled rejection behind", async () => {
  const clock = createFakeClock();
  const timers = new Set<() => void>();
  const counted = {
    now: clock.now,
    after(ms: number, callback: () => void) {
      timers.add(callback);
      const cancel = clock.after(ms, callback);
      return () => {
        timers.delete(callback);
        cancel();
      };
    },
  };
  const caller = new AbortController();
  let given: AbortSignal | undefined;
  await withTimeout(counted, 1000, caller.signal, (signal) => {
    given = signal;
    return Promise.resolve();
  });
  await assertRejects(() => withTimeout(counted, 1000, caller.signal, () => Promise.reject(new Error("work"))));
  await assertRejects(() =>
    withTimeout(counted, 1000, caller.signal, () => {
      throw new Error("at once");
    })
  );
  assertEquals(timers.size, 0);
  await clock.advance(5000);
  assert(given && !given.aborted);
  // Would end the test if anybody had forgotten to listen.
  caller.abort(new Error("later"));
  await new Promise((resolve) => setTimeout(resolve, 0));
});

Deno.test("sleep() resolves when its time has come", async () => {
  const clock = createFakeClock();
  let awake = false;
  const slept = sleep(clock, 100).then(() => void (awake = true));
  await clock.advance(99);
  assertEquals(awake, false);
  await clock.advance(1);
  await slept;
});

Deno.test("withTimeout() leaves nothing behind in a signal that lives on", async () => {
  const { signal } = new AbortController();
  const listeners = new Set<unknown>();
  let added = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = function (...args: Parameters<typeof addEventListener>) {
    listeners.add(args[1]);
    added++;
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = function (...args: Parameters<typeof removeEventListener>) {
    listeners.delete(args[1]);
    removeEventListener.apply(signal, args);
  };
  await withTimeout(createFakeClock(), 1000, signal, () => Promise.resolve());
  await assertRejects(() => withTimeout(createFakeClock(), 1000, signal, () => Promise.reject(new Error("broken"))));
  assertEquals([added, listeners.size], [2, 0]);
});
