import fc from "fast-check";
import { cut, nameRange, RANGES, readRange, toQuery } from "../../../supabase/dashboard/src/ranges.ts";
import { assert, assertEquals } from "../../support/assert.ts";

const NOW = Date.parse("2026-03-02T09:07:00Z");
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const offsets = fc.constantFrom(0, 13 * HOUR, -9.5 * HOUR, 5.75 * HOUR);
const moments = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2150, 0) });

Deno.test("readRange() is the last day, hour by hour, when the address names nothing", () => {
  const range = readRange({}, NOW);
  assertEquals(new Date(range.since).toISOString(), "2026-03-01T10:00:00.000Z");
  assertEquals(new Date(range.until).toISOString(), "2026-03-02T10:00:00.000Z");
  assertEquals([range.buckets, range.dragged], [24, false]);
});

Deno.test("readRange() takes what it cannot read for not being there", () => {
  const usual = readRange({}, NOW);
  const bad: Record<string, string>[] = [
    { range: "decade" },
    { from: "yesterday", to: "today" },
    { from: "2026-03-02" },
    { from: "2026-03-02", to: "2026-03-01" },
    { from: "2026-03-02", to: "2026-03-02" },
    { from: "0001-01-01", to: "2026-03-01" },
    { from: "2026-03-01", to: "+275760-09-13" },
  ];
  for (const query of bad) assertEquals(readRange(query, NOW), usual, JSON.stringify(query));
});

Deno.test("readRange() keeps a run in its bucket while time goes on", () => {
  fc.assert(
    fc.property(moments, fc.constantFrom(...RANGES), offsets, fc.nat(MINUTE), (now, { name, width }, offset, more) => {
      const [before, after] = [readRange({ range: name }, now, offset), readRange({ range: name }, now + more, offset)];
      assertEquals((after.since - before.since) % width, 0);
    }),
  );
});

Deno.test("readRange() ends a bucket at the viewer's midnight when buckets are days", () => {
  const offset = 13 * HOUR;
  const { until } = readRange({ range: "month" }, NOW, offset);
  assertEquals(new Date(until + offset).toISOString(), "2026-03-03T00:00:00.000Z");
});

Deno.test("every named range ends with now, is as long as it says, and has 12 to 30 buckets", () => {
  fc.assert(fc.property(moments, fc.constantFrom(...RANGES), offsets, (now, { name, length, width }, offset) => {
    const { since, until, buckets } = readRange({ range: name }, now, offset);
    assert(until >= now && until - now < width, "the newest run is in the last bucket");
    assertEquals(until - since, length);
    assertEquals(buckets * width, length);
    assert(buckets >= 12 && buckets <= 30);
  }));
});

Deno.test("cut() covers what was dragged with whole buckets, as many as the database and an eye can take", () => {
  fc.assert(fc.property(moments, fc.integer({ min: 1, max: 20 * 365 * 24 * HOUR }), offsets, (from, length, offset) => {
    const { since, until, buckets } = cut(from, from + length, offset);
    const width = (until - since) / buckets;
    assert(since <= from && until >= from + length);
    assert(from - since < width && until - Math.max(from + length, from + 10 * MINUTE) < width, "no bucket more");
    assertEquals(width % MINUTE, 0);
    assert(buckets >= 1 && buckets <= 31, `${buckets} buckets`);
  }));
});

Deno.test("cut() makes ten minutes of less: it cannot be zoomed in for ever", () => {
  const { since, until } = cut(NOW, NOW + 1000);
  assertEquals(until - since, 10 * MINUTE);
});

Deno.test("toQuery() says a time that readRange() reads", () => {
  fc.assert(fc.property(moments, fc.integer({ min: 1, max: 365 * 24 * HOUR }), (from, length) => {
    assertEquals(readRange(toQuery({ since: from, until: from + length }), NOW), cut(from, from + length));
  }));
});

Deno.test("nameRange() names the usual one for what it does not know", () => {
  assertEquals([nameRange({ range: "week" }), nameRange({ range: "x" }), nameRange({})], ["week", "day", "day"]);
});
