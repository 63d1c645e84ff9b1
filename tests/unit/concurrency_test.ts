import { assert, assertEquals } from "../support/assert.ts";
import { createConcurrency } from "../../supabase/functions/sync-applications/sync/concurrency.ts";

Deno.test("createConcurrency() halves once for a window that is throttled as a whole", () => {
  const concurrency = createConcurrency(15);
  for (let call = 0; call < 8; call++) concurrency.throttled();
  assertEquals(concurrency.limit(), 7);
});

Deno.test("createConcurrency() never falls below 1", () => {
  const concurrency = createConcurrency(15);
  for (let call = 0; call < 1000; call++) concurrency.throttled();
  assertEquals(concurrency.limit(), 1);
});

Deno.test("createConcurrency() creeps back to the maximum", () => {
  const concurrency = createConcurrency(15);
  concurrency.throttled();
  for (let call = 0; call < 20; call++) concurrency.succeeded();
  const soon = concurrency.limit();
  assert(soon > 7 && soon < 15, `${soon} after 20 successes`);
  for (let call = 0; call < 1000; call++) concurrency.succeeded();
  assertEquals(concurrency.limit(), 15);
});
