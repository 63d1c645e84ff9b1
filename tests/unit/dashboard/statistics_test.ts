import fc from "fast-check";
import {
  describeChanges,
  describeSum,
  listBranches,
  listStatuses,
  readDays,
  roundUp,
} from "../../../supabase/dashboard/src/statistics.ts";
import { assert, assertEquals } from "../../support/assert.ts";

Deno.test("readDays() takes what there is a choice for, else thirty", () => {
  assertEquals([{ days: "7" }, { days: "90" }, { days: "8" }, {}].map(readDays), [7, 90, 30, 30]);
});

Deno.test("listStatuses() and listBranches() name what has no name, and the branches beyond the largest", () => {
  assertEquals(
    listStatuses({
      by_status: [
        { status: "APP", description: "Approved", applications: 3 },
        { status: "X", description: "X", applications: 2 },
        { status: null, description: null, applications: 1 },
      ],
    }),
    [{ name: "APP", note: "Approved", applications: 3 }, { name: "X", applications: 2 }, {
      name: "No status",
      applications: 1,
    }],
  );
  const by_branch = [{ branch: null, applications: 5 }];
  const name = (branches: number) =>
    listBranches({ by_branch, other_branches: { branches, applications: 9 } }).map(({ name }) => name);
  assertEquals(name(0), ["No branch"]);
  assertEquals(name(1), ["No branch", "1 other branch"]);
  assertEquals(name(2), ["No branch", "2 other branches"]);
});

Deno.test("describeChanges() and describeSum() have singular, plural and nothing right", () => {
  const day = (changes: number, applications: number) => ({ day: "2026-11-25", changes, applications });
  assertEquals(describeChanges(day(0, 0)), "25 Nov: nothing changed");
  assertEquals(describeChanges(day(1, 1)), "25 Nov: 1 change in 1 application");
  assertEquals(describeChanges(day(2310, 12)), "25 Nov: 2,310 changes in 12 applications");
  assertEquals(describeSum([day(30, 3), day(1, 1)]), "31 changes in 2 days, 16 a day");
  assertEquals(describeSum([day(1, 1), day(0, 0), day(0, 0), day(0, 0)]), "1 change in 4 days, 0.25 a day");
  assertEquals(describeSum([]), "0 changes in 0 days");
});

Deno.test("roundUp() is never exceeded, and at most twice as much", () => {
  assertEquals([0, 1, 3, 23, 51, 1201].map(roundUp), [1, 1, 3, 25, 60, 1500]);
  fc.assert(fc.property(fc.integer({ min: 1, max: 10_000_000 }), (value) => {
    assert(roundUp(value) >= value && roundUp(value) <= value * 1.5 + 1, `${value} ${roundUp(value)}`);
  }));
});
