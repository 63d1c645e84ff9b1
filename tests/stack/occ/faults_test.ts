import { assert, assertEquals, assertThrows } from "../../support/assert.ts";
import { createFaultPlan, FaultsError, parseFaults } from "./faults.ts";
import { parseLatency } from "./latency.ts";
import { createWorld } from "./world.ts";

const IDS = Array.from({ length: 1000 }, (_, index) => `G3-${index}`);

Deno.test("parseFaults() throws at what it does not know, naming it", () => {
  assertThrows(() => parseFaults("unavailable=2,fire"), FaultsError, 'Unknown fault "fire"');
  assertThrows(() => parseFaults("throttle=120%"), FaultsError, "at most 100%");
});

Deno.test("createFaultPlan() picks so many applications, always the same ones for a seed", () => {
  const plan = createFaultPlan(parseFaults("unavailable=2"), 1, () => IDS);
  const first = IDS.filter((id) => plan("detail", id, 0));
  assertEquals(first.length, 2);
  assertEquals(IDS.filter((id) => plan("detail", id, 7)), first);
  const other = createFaultPlan(parseFaults("unavailable=2"), 2, () => IDS);
  assert(IDS.filter((id) => other("detail", id, 0)).join() !== first.join());
});

Deno.test("createFaultPlan() hits a share of the calls, of the list only when it is named", () => {
  const plan = createFaultPlan(parseFaults("throttle=10%,list:error=2"), 1, () => IDS);
  const hits = IDS.filter((id) => plan("detail", id, 0) === "throttle").length;
  assert(hits > 70 && hits < 130, `${hits} of 1000`);
  assertEquals([0, 1, 2].map((attempt) => plan("list", "", attempt)), ["error", "error", undefined]);
});

Deno.test("parseLatency() keeps to its range, and to its median with a tail", () => {
  const uniform = parseLatency("1000-2000");
  const values = IDS.map((id) => uniform(1, id));
  assert(Math.min(...values) >= 1000 && Math.max(...values) <= 2000);
  const tail = IDS.map((id) => parseLatency("~1400")(1, id)).sort((a, b) => a - b);
  assert(Math.abs((tail[500] ?? 0) - 1400) < 140, `median ${tail[500]}`);
  assertThrows(() => parseLatency("2000-1000"), FaultsError, "1000 is less than 2000");
});

Deno.test("createWorld() is the same for the same seed, and touch() makes an application newer", () => {
  const now = () => Date.parse("2026-03-02T09:00:00Z");
  const [a, b] = [createWorld(50, 3, now), createWorld(50, 3, now)];
  assertEquals([...a.applications], [...b.applications]);
  const before = a.applications.get("G3-100001")?.lastSavedDateTime ?? "";
  a.touch("G3-100001");
  assert((a.applications.get("G3-100001")?.lastSavedDateTime ?? "") > before);
});
