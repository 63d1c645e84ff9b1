import fc from "fast-check";
import type { Overview, RunningRun, ShortRun } from "../../../supabase/dashboard/src/api.ts";
import {
  describeAsked,
  describeCell,
  describeFreshness,
  describeLeft,
  describeNextTick,
  describeStatus,
  describeStrip,
  describeTitle,
  describeTrigger,
  heightOf,
  roundLeft,
  shapeOfRun,
  toneOf,
  toneOfRun,
} from "../../../supabase/dashboard/src/words.ts";
import { assert, assertEquals, assertMatch } from "../../support/assert.ts";

const NOW = Date.parse("2026-03-02T09:00:00Z");

function createRunning(changes: Partial<RunningRun>): RunningRun {
  return {
    id: "00000000-0000-0000-0000-000000000001",
    trigger: "schedule",
    since: "2026-03-01",
    force: false,
    started_at: "2026-03-02T08:59:00+00:00",
    heartbeat_at: "2026-03-02T09:00:00+00:00",
    passes: 1,
    phase: "fetching",
    waits_for: "OCC's answers",
    enqueued: 100,
    remaining: 60,
    done: 40,
    synced: 40,
    failed: 0,
    per_second: 4,
    seconds_left: 15,
    cancelled_by: null,
    ...changes,
  };
}

function createOverview(changes: Partial<Overview>): Overview {
  return {
    now: new Date(NOW).toISOString(),
    project: "bank",
    operator: false,
    email: null,
    verdict: "healthy",
    reason: null,
    what_to_do: null,
    cause_fingerprint: null,
    paused_at: null,
    next_tick_at: null,
    last_completed_at: null,
    last_tick_at: null,
    freshness: { oldest_stale_at: null, stale: 0, limit_seconds: 1800 },
    counts: { synced: 0, pending: 0, failed: 0, parked: 0, gone: 0, synced_is_about: false },
    running: null,
    runs: [],
    alerts: [],
    gap: null,
    ...changes,
  };
}

function createCell(changes: Partial<ShortRun>): ShortRun {
  return {
    id: "00000000-0000-0000-0000-000000000001",
    outcome: "completed",
    trigger: "schedule",
    started_at: "2026-03-02T08:55:00+00:00",
    seconds: 12,
    found: 30,
    synced: 0,
    failed: 0,
    ...changes,
  };
}

Deno.test("describeNextTick() counts down to now, and never below", () => {
  const at = (seconds: number) => createOverview({ next_tick_at: new Date(NOW + seconds * 1000).toISOString() });
  assertEquals(describeNextTick(at(125), NOW), "in 2 min 5 s");
  assertEquals(describeNextTick(at(1.2), NOW), "in 2 s");
  assertEquals(describeNextTick(at(0.4), NOW), "due now");
  assertEquals(describeNextTick(at(-30), NOW), "due now");
});

Deno.test("describeNextTick() says why there is none, and that a run is in its way", () => {
  assertEquals(describeNextTick(createOverview({}), NOW), "not scheduled");
  assertEquals(describeNextTick(createOverview({ paused_at: "2026-03-02T08:00:00Z" }), NOW), "paused");
  const running = createOverview({ next_tick_at: new Date(NOW + 5000).toISOString(), running: createRunning({}) });
  assertEquals(describeNextTick(running, NOW), "in 5 s, if this run has ended by then");
});

Deno.test("describeFreshness() is alarmed only beyond the limit of the alert", () => {
  const stale = (seconds: number, stale: number) =>
    createOverview({
      freshness: { oldest_stale_at: new Date(NOW - seconds * 1000).toISOString(), stale, limit_seconds: 1800 },
    });
  assertEquals(describeFreshness(createOverview({}), NOW), { text: "All current", tone: "good" });
  assertEquals(describeFreshness(stale(60, 1), NOW), {
    text: "1 application not current, the oldest for 1 min",
    tone: "busy",
  });
  assertEquals(describeFreshness(stale(1800, 2), NOW).tone, "busy");
  assertEquals(describeFreshness(stale(1801, 2), NOW).tone, "bad");
});

Deno.test("describeLeft() says no time before one can be known", () => {
  assertEquals(describeLeft(createRunning({ phase: "listing", remaining: null })), "Asks OCC for its list");
  assertEquals(describeLeft(createRunning({ seconds_left: null })), "Too early to say how long it takes");
  assertEquals(describeLeft(createRunning({ remaining: 0, seconds_left: 0 })), "Nearly done");
  assertEquals(describeLeft(createRunning({ seconds_left: 492 })), "About 8 min left");
  assertMatch(describeLeft(createRunning({ cancelled_by: "an operator" })), /^Cancelled by an operator/);
});

Deno.test("roundLeft() is never nothing, never far off, and never takes longer when less is left", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1e6, noNaN: true }),
      fc.double({ min: 0, max: 1e5, noNaN: true }),
      (left, more) => {
        const said = roundLeft(left);
        assert(said >= 1);
        assert(Math.abs(said - left) <= Math.max(1, left * 0.13), `${said} for ${left}`);
        assert(roundLeft(left + more) >= said);
      },
    ),
  );
});

Deno.test("describeCell() says in words what the cell's colour, height and pattern say", () => {
  const say = (changes: Partial<ShortRun>) => describeCell(createCell(changes), NOW).replace(/^.*\d\d:\d\d: /, "");
  assertEquals(say({}), "scheduled, completed in 12 s, nothing to sync");
  assertEquals(say({ synced: 1 }), "scheduled, completed in 12 s, 1 application synced");
  assertEquals(say({ synced: 9, failed: 3 }), "scheduled, completed in 12 s, 9 of 12 applications synced");
  assertEquals(say({ outcome: "failed", trigger: "manual" }), "manual, failed in 12 s");
  assertEquals(say({ outcome: "running", synced: 2 }), "scheduled, running for 12 s so far, 2 applications synced");
});

Deno.test("describeStrip() counts what the strip shows", () => {
  const runs = [
    createCell({}),
    createCell({ failed: 1 }),
    createCell({ outcome: "failed" }),
    createCell({ outcome: "running" }),
  ];
  assertEquals(describeStrip(runs), "2 completed (1 with failures), 1 failed, 1 running");
  assertEquals(describeStrip([createCell({})]), "1 completed");
});

Deno.test("heightOf() is the cell's whole for the longest, never so low that it cannot be hit", () => {
  const seconds = fc.double({ min: 0, max: 1e5, noNaN: true });
  fc.assert(fc.property(seconds, seconds, (one, other) => {
    const longest = Math.max(one, other);
    const height = heightOf(Math.min(one, other), longest);
    assert(height >= 40 && height <= heightOf(longest, longest));
    if (longest > 1) assertEquals(heightOf(longest, longest), 100);
  }));
});

Deno.test("a run's tone and shape tell the five ways it can be apart", () => {
  const runs = [
    { outcome: "completed", failed: 0 },
    { outcome: "completed", failed: 2 },
    { outcome: "failed", failed: 0 },
    { outcome: "cancelled", failed: 0 },
    { outcome: "running", failed: 1 },
  ];
  assertEquals(runs.map(toneOfRun), ["good", "warn", "bad", "warn", "busy"]);
  assertEquals(new Set(runs.map(shapeOfRun)).size, 5, "also without colour");
});

Deno.test("toneOf() is bad for every verdict it does not know", () => {
  assertEquals(["healthy", "syncing", "paused", "unhealthy", "new"].map(toneOf), [
    "good",
    "busy",
    "warn",
    "bad",
    "bad",
  ]);
  assertEquals(describeTitle({ verdict: "unhealthy", project: "bank" }), "! Unhealthy · bank");
});

Deno.test("describeAsked() names who asked as far as the viewer may know", () => {
  const ask = (trigger: string, asked_by: { role: string; email: string | null } | null) =>
    describeAsked({ trigger, asked_by });
  assertEquals(ask("manual", { role: "authenticated", email: "jo@example.org" }), "jo@example.org");
  assertEquals(ask("manual", { role: "authenticated", email: null }), "an operator");
  assertEquals(ask("manual", { role: "postgres", email: null }), "the database's role postgres");
  assertEquals(ask("manual", null), "somebody who called the function");
  assertEquals(ask("schedule", null), "the schedule");
  assertEquals(ask("reconciliation", null), "the nightly schedule");
});

Deno.test("describeStatus() and describeTrigger() keep what they do not know", () => {
  assertEquals([202, 418, null].map(describeStatus), ["202 accepted", "418", "–"]);
  assertEquals(["schedule", "next_pass", "webhook"].map(describeTrigger), ["Scheduled", "The pass before", "Webhook"]);
});
