import { assert, assertEquals } from "../support/assert.ts";
import { watchWorkerEnd } from "../../supabase/functions/sync-applications/worker_end.ts";

Deno.test("watchWorkerEnd() lets what is in flight end when the CPU time is nearly spent", () => {
  const worker = new EventTarget();
  const { shutdown, isSpent } = watchWorkerEnd(worker);
  assert(!isSpent());
  worker.dispatchEvent(new CustomEvent("beforeunload", { detail: { reason: "cpu" } }));
  assertEquals([isSpent(), shutdown.aborted], [true, false]);
  worker.dispatchEvent(new CustomEvent("beforeunload", { detail: { reason: "wall_clock" } }));
  assert(shutdown.aborted);
});

for (const reason of ["memory", "wall_clock", "early_drop", "termination", undefined]) {
  Deno.test(`watchWorkerEnd() ends what is in flight when the worker ends for ${reason ?? "no said reason"}`, () => {
    const worker = new EventTarget();
    const { shutdown, isSpent } = watchWorkerEnd(worker);
    worker.dispatchEvent(reason ? new CustomEvent("beforeunload", { detail: { reason } }) : new Event("beforeunload"));
    assertEquals([isSpent(), shutdown.aborted], [false, true]);
  });
}
