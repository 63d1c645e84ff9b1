import fc from "fast-check";
import {
  formatAge,
  formatCount,
  formatDuration,
  formatMoment,
  formatRate,
  formatShare,
  formatSince,
  formatSpan,
  formatTime,
  formatUtc,
} from "../../../supabase/dashboard/src/format.ts";
import { assert, assertEquals, assertMatch } from "../../support/assert.ts";

const NOW = Date.parse("2026-03-02T09:00:00Z");

Deno.test("formatCount() has thousands separators and the right number", () => {
  assertEquals(formatCount(1, "run"), "1 run");
  assertEquals(formatCount(0, "run"), "0 runs");
  assertEquals(formatCount(26_000, "run"), "26,000 runs");
  assertEquals(formatCount(2, "entry", "entries"), "2 entries");
});

Deno.test("formatDuration() says the two largest units", () => {
  const said = [0, 0.84, 9.94, 9.96, 42, 59.6, 185, 3599.6, 7800, 86_399, 360_000].map(formatDuration);
  const expected = [
    "0 s",
    "0.8 s",
    "9.9 s",
    "10 s",
    "42 s",
    "1 min",
    "3 min 5 s",
    "1 h",
    "2 h 10 min",
    "1 d",
    "4 d 4 h",
  ];
  assertEquals(said, expected);
});

Deno.test("formatDuration() never says 60 of a unit", () => {
  fc.assert(fc.property(fc.double({ min: 0, max: 1e7, noNaN: true }), (seconds) => {
    assert(!/\b60 (s|min)\b|\b24 h\b/.test(formatDuration(seconds)), formatDuration(seconds));
  }));
});

Deno.test("formatAge() is now for a few seconds, and calm from ten minutes on", () => {
  const said = [0, 4, -4, 65, -65, 1025, 7265].map((seconds) => formatAge(NOW - seconds * 1000, NOW));
  assertEquals(said, ["now", "now", "now", "1 min 5 s ago", "in 1 min 5 s", "17 min ago", "2 h 1 min ago"]);
  assertEquals([599, 601].map(formatSince), ["9 min 59 s", "10 min"]);
});

Deno.test("formatTime() leaves out today in the viewer's zone, and only that", () => {
  assertEquals(formatTime("2026-03-02T08:00:00Z", NOW, "UTC"), "08:00:00");
  assertEquals(formatTime("2026-03-01T23:30:00Z", NOW, "UTC"), "2026-03-01 23:30:00");
  assertEquals(formatTime("2026-03-01T23:30:00Z", NOW, "Pacific/Auckland"), "12:30:00", "where it is today");
  assertEquals(formatUtc("2026-03-01T23:30:00+13:00"), "2026-03-01 10:30:00 UTC");
});

Deno.test("formatSpan() says a day once, and a year where it is another", () => {
  const span = (from: string, to: string, zone = "UTC") => formatSpan(from, to, NOW, zone);
  assertEquals(span("2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z"), "2 Mar 08:00 to 09:00");
  assertEquals(span("2026-03-01T08:00:00Z", "2026-03-02T09:00:00Z"), "1 Mar 08:00 to 2 Mar 09:00");
  assertEquals(span("2025-12-31T08:00:00Z", "2026-01-01T00:00:00Z"), "31 Dec 2025 08:00 to 1 Jan 00:00");
  assertMatch(span("2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z", "Pacific/Auckland"), /^2 Mar 01:00 to 02:00$/);
});

Deno.test("formatShare() is all only when nothing is left", () => {
  assertEquals([[0, 0], [0, 3], [1, 3], [9999, 10_000], [3, 3]].map(([part, whole]) => formatShare(part!, whole!)), [
    "0 %",
    "0 %",
    "33 %",
    "99 %",
    "100 %",
  ]);
});

Deno.test("formatRate() has as many digits as can be believed", () => {
  assertEquals([0.254, 6.13, 42.4, 1234.5].map(formatRate), ["0.25", "6.1", "42", "1,235"]);
});

Deno.test("formatMoment() leaves out the day and the year where they are today's", () => {
  assertEquals(formatMoment("2026-03-02T06:31:59Z", NOW, "UTC"), "06:31");
  assertEquals(formatMoment("2026-02-24T06:31:00Z", NOW, "UTC"), "24 Feb 06:31");
  assertEquals(formatMoment("2025-12-31T23:59:00Z", NOW, "UTC"), "31 Dec 2025 23:59");
  // Where the viewer is it is the next day already.
  assertEquals(formatMoment("2026-03-01T12:00:00Z", NOW, "Pacific/Auckland"), "01:00");
});
