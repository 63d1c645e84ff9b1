import { assertEquals } from "../support/assert.ts";
import { createFakeClock } from "../support/fake_clock.ts";
import { createHandler } from "../../supabase/functions/sync-applications/http/handler.ts";
import { createRefusedRequests } from "../../supabase/functions/sync-applications/http/refused_requests.ts";

const line = (count: number) => `[Cron] Refused requests without a valid secret: ${count}`;

Deno.test("createRefusedRequests() logs the first at once, then their number at most once a minute", async () => {
  const clock = createFakeClock();
  const lines: string[] = [];
  const refused = createRefusedRequests(clock, (text) => void lines.push(text));
  refused.report();
  assertEquals(lines, []);
  for (let attempt = 0; attempt < 1000; attempt++) {
    refused.count();
    refused.report();
  }
  assertEquals(lines, [line(1)]);
  await clock.advance(59_999);
  refused.report();
  assertEquals(lines, [line(1)]);
  await clock.advance(1);
  refused.report();
  refused.report();
  assertEquals(lines, [line(1), line(999)]);
  await clock.advance(3_600_000);
  refused.report();
  assertEquals(lines, [line(1), line(999)]);
});

Deno.test("createRefusedRequests() hands out the number at most once a minute, whatever was logged", async () => {
  const clock = createFakeClock();
  const refused = createRefusedRequests(clock, () => {});
  assertEquals(refused.take(), 0);
  refused.count();
  refused.report();
  refused.count();
  assertEquals([refused.take(), refused.take()], [2, 0]);
  refused.count();
  await clock.advance(59_999);
  assertEquals(refused.take(), 0);
  await clock.advance(1);
  assertEquals([refused.take(), refused.take()], [1, 0]);
});

Deno.test("createHandler() logs what was refused with the next request, also an authorised one, and nothing of it", async () => {
  const clock = createFakeClock();
  const lines: string[] = [];
  const handler = createHandler({
    secrets: () => ["secret"],
    sync: () => {
      throw new Error("no sync is to begin");
    },
    recordRefused() {
      throw new Error("a request that is refused may not write");
    },
    waitUntil: () => {},
    clock,
    log: (text) => void lines.push(text),
  });
  const request = (secret: string) =>
    new Request("http://localhost/?canary", { method: "PUT", headers: { authorization: `Bearer ${secret}` } });
  for (let attempt = 0; attempt < 5; attempt++) assertEquals((await handler(request("canary"))).status, 401);
  assertEquals(lines, [line(1)]);
  await clock.advance(60_000);
  assertEquals((await handler(request("secret"))).status, 405);
  assertEquals(lines, [line(1), line(4)]);
});
