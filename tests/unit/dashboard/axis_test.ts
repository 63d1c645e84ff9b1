import {
  COUNT_STEPS,
  DURATION_STEPS,
  formatCountMark,
  formatDurationMark,
} from "../../../supabase/dashboard/src/axis.ts";
import { assert, assertEquals } from "../../support/assert.ts";

Deno.test("formatDurationMark() says a duration in one unit", () => {
  const said = [0, 20, 60, 600, 3600, 5400, 86_400, 172_800].map(formatDurationMark);
  assertEquals(said, ["0", "20 s", "1 min", "10 min", "1 h", "1.5 h", "1 d", "2 d"]);
});

Deno.test("formatCountMark() is short for large numbers", () => {
  assertEquals([0, 5, 999, 1000, 1500, 200_000, 2_000_000].map(formatCountMark), [
    "0",
    "5",
    "999",
    "1k",
    "1.5k",
    "200k",
    "2M",
  ]);
});

Deno.test("the steps of an axis grow, and no count is broken", () => {
  for (const steps of [COUNT_STEPS, DURATION_STEPS]) {
    assertEquals([...steps].sort((a, b) => a - b), steps);
    assertEquals(new Set(steps).size, steps.length);
  }
  assert(COUNT_STEPS.every(Number.isInteger));
});

Deno.test("two marks of a duration axis never read the same", () => {
  for (const step of DURATION_STEPS) {
    const marks = Array.from({ length: 6 }, (_, at) => formatDurationMark(at * step));
    assertEquals(new Set(marks).size, marks.length, `${step}: ${marks.join(", ")}`);
  }
});
