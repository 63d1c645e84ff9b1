import type { Bucket } from "../../../supabase/dashboard/src/api.ts";
import {
  addUp,
  describeApplications,
  describeDuration,
  describeFreshness,
  describeRuns,
} from "../../../supabase/dashboard/src/buckets.ts";
import { assertEquals } from "../../support/assert.ts";

function bucket(changes: Partial<Bucket>): Bucket {
  return {
    bucket_from: "2026-03-02T09:00:00+00:00",
    bucket_to: "2026-03-02T10:00:00+00:00",
    completed: 0,
    failed: 0,
    cancelled: 0,
    seconds_avg: null,
    seconds_max: null,
    synced: 0,
    failures: 0,
    freshness_seconds: null,
    ...changes,
  };
}

Deno.test("addUp() weighs the averages by their runs, and takes the worst of the rest", () => {
  const totals = addUp([
    bucket({ completed: 3, seconds_avg: 10, seconds_max: 30, synced: 5, freshness_seconds: 300 }),
    bucket({}),
    bucket({ failed: 1, seconds_avg: 50, seconds_max: 50, failures: 2, freshness_seconds: 900 }),
  ]);
  assertEquals([totals.runs, totals.completed, totals.failed, totals.synced, totals.failures], [4, 3, 1, 5, 2]);
  assertEquals([totals.seconds_avg, totals.seconds_max, totals.freshness_seconds], [20, 50, 900]);
});

Deno.test("addUp() knows no duration where nothing ran, rather than none", () => {
  const { runs, seconds_avg, seconds_max, freshness_seconds } = addUp([bucket({}), bucket({})]);
  assertEquals([runs, seconds_avg, seconds_max, freshness_seconds], [0, null, null, null]);
});

Deno.test("a bucket in words leaves out what there is none of", () => {
  assertEquals(describeRuns(bucket({})), "no run");
  assertEquals(describeRuns(bucket({ completed: 12 })), "12 completed");
  assertEquals(describeRuns(bucket({ completed: 1, failed: 2, cancelled: 3 })), "1 completed, 2 failed, 3 cancelled");
  assertEquals(describeDuration(bucket({})), "no run ended");
  assertEquals(describeDuration(bucket({ seconds_avg: 4, seconds_max: 4 })), "4 s");
  assertEquals(describeDuration(bucket({ seconds_avg: 4, seconds_max: 90 })), "4 s on average, 1 min 30 s at most");
  assertEquals(describeApplications(bucket({ synced: 1200 })), "1,200 synced");
  assertEquals(describeApplications(bucket({ synced: 2, failures: 1 })), "2 synced, 1 failure");
  assertEquals(describeFreshness(bucket({})), "nothing was known yet");
  assertEquals(describeFreshness(bucket({ freshness_seconds: 310 })), "at most 5 min 10 s old");
});
