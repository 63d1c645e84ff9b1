import fc from "fast-check";
import { assert, assertEquals, assertThrows } from "../support/assert.ts";
import { createTimeZone, isTimeZone } from "../../supabase/functions/sync-applications/time_zone.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Half hours, a clock that is put back in summer, and one that is never touched are among them. */
const ZONES = ["Pacific/Auckland", "Australia/Lord_Howe", "America/New_York", "Africa/Casablanca", "UTC"];

/** What `Intl` says of a zone, asked in another way than the function asks: by the name of the offset. */
function createReference(name: string) {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" });
  const known = new Map<number, number>();

  /** Milliseconds east of UTC. */
  function offsetAt(instant: number): number {
    const second = Math.floor(instant / 1000) * 1000;
    const offset = known.get(second) ?? measure(second);
    known.set(second, offset);
    return offset;
  }

  function measure(instant: number): number {
    const text = format.formatToParts(instant).find(({ type }) => type === "timeZoneName")?.value ?? "";
    const match = /^GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text);
    if (!match) throw new Error(`No offset: ${text}`);
    const [, sign, hours = "0", minutes = "0", seconds = "0"] = match;
    return (sign === "-" ? -1 : 1) * ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  }

  return {
    offsetAt,
    /** Every instant at which the clock shows this, the earliest first. */
    instantsOf(local: number): number[] {
      const offsets = new Set([local - 2 * DAY, local - DAY, local, local + DAY, local + 2 * DAY].map(offsetAt));
      return [...offsets].map((offset) => local - offset)
        .filter((instant) => instant + offsetAt(instant) === local)
        .sort((a, b) => a - b);
    },
    /** The instants of a year at which the clock is moved. */
    transitionsOf(year: number): number[] {
      const found: number[] = [];
      for (let instant = Date.UTC(year, 0); instant < Date.UTC(year + 1, 0); instant += 15 * MINUTE) {
        if (offsetAt(instant) !== offsetAt(instant + 15 * MINUTE)) found.push(instant + 15 * MINUTE);
      }
      return found;
    },
  };
}

const dateOf = (local: number) => new Date(local).toISOString().slice(0, 10);

for (const name of ZONES) {
  const zone = createTimeZone(name);
  const reference = createReference(name);

  Deno.test(`createTimeZone() agrees with Intl at 2,000 instants in ${name}`, () => {
    const instants = fc.integer({ min: Date.UTC(1800, 0), max: Date.UTC(2200, 0) });
    fc.assert(
      fc.property(instants, (instant) => {
        const local = instant + reference.offsetAt(instant);
        assertEquals(zone.dateAt(instant), dateOf(local));
        assertEquals(zone.toUtc(local), reference.instantsOf(local)[0]);
      }),
      { numRuns: 2000, seed: 20_260_302 },
    );
  });

  Deno.test(`createTimeZone() finds the instant wherever the local time is unambiguous in ${name}`, () => {
    // Around the changes of the clock, where it is hard, and anywhere.
    const changes = [2024, 2025, 2026].flatMap((year) => reference.transitionsOf(year));
    const near = fc.tuple(
      fc.constantFrom(...changes, Date.UTC(2025, 0)),
      fc.integer({ min: -30 * HOUR, max: 30 * HOUR }),
    )
      .map(([change, distance]) => change + distance);
    let unambiguous = 0;
    fc.assert(
      fc.property(fc.oneof(near, fc.integer({ min: 0, max: Date.UTC(2100, 0) })), (instant) => {
        const local = instant + reference.offsetAt(instant);
        if (reference.instantsOf(local).length > 1) return;
        unambiguous++;
        assertEquals(zone.toUtc(local), instant, new Date(instant).toISOString());
      }),
      { numRuns: 2000, seed: 20_260_302 },
    );
    assert(unambiguous > 1900, `Only ${unambiguous} were`);
  });

  Deno.test(`createTimeZone() takes the earlier instant of a repeated hour, and jumps no gap, in ${name}`, () => {
    const changes = [2024, 2025, 2026].flatMap((year) => reference.transitionsOf(year));
    assertEquals(changes.length > 0, name !== "UTC");
    let gaps = 0;
    let repeated = 0;
    for (const change of changes) {
      const before = reference.offsetAt(change - 1000);
      for (let minute = -180; minute <= 180; minute++) {
        const local = change + before + minute * MINUTE;
        const [earlier, later] = reference.instantsOf(local);
        if (later !== undefined) repeated++;
        if (earlier === undefined) gaps++;
        // In a gap: as if the clock had not jumped.
        assertEquals(zone.toUtc(local), earlier ?? local - before, new Date(local).toISOString());
      }
    }
    if (name !== "UTC") assert(gaps >= 90 && repeated >= 90, `${gaps} minutes in gaps, ${repeated} repeated`);
  });

  Deno.test(`createTimeZone() reads the years 100 and 9999 in ${name}`, () => {
    for (const text of ["0100-01-01T00:00:00Z", "0100-06-15T12:34:56Z", "9999-06-15T12:34:56Z", "9999-12-30T00:00Z"]) {
      const instant = Date.parse(text);
      const local = instant + reference.offsetAt(instant);
      assertEquals(zone.dateAt(instant), dateOf(local), text);
      assertEquals(zone.toUtc(local), instant, text);
    }
  });
}

Deno.test("createTimeZone() gives the date of the place, not of UTC", () => {
  const instant = Date.parse("2025-06-01T13:00:00Z");
  assertEquals(createTimeZone("UTC").dateAt(instant), "2025-06-01");
  assertEquals(createTimeZone("Pacific/Auckland").dateAt(instant), "2025-06-02");
  assertEquals(createTimeZone("America/Los_Angeles").dateAt(instant), "2025-06-01");
});

Deno.test("createTimeZone() knows what a day that does not exist is worth", () => {
  // Samoa left out 2011-12-30 when it crossed the date line.
  const apia = createTimeZone("Pacific/Apia");
  assertEquals(new Date(apia.toUtc(Date.UTC(2011, 11, 29, 23, 59))).toISOString(), "2011-12-30T09:59:00.000Z");
  assertEquals(new Date(apia.toUtc(Date.UTC(2011, 11, 31, 0, 0))).toISOString(), "2011-12-30T10:00:00.000Z");
  assertEquals(apia.dateAt(Date.parse("2011-12-30T09:59:59Z")), "2011-12-29");
  assertEquals(apia.dateAt(Date.parse("2011-12-30T10:00:00Z")), "2011-12-31");
});

Deno.test("createTimeZone() keeps the milliseconds, also before 1970", () => {
  const zone = createTimeZone("Pacific/Auckland");
  assertEquals(zone.toUtc(Date.UTC(2026, 0, 15, 10, 0, 0, 123)), Date.parse("2026-01-14T21:00:00.123Z"));
  assertEquals(zone.toUtc(Date.UTC(1960, 6, 1, 10, 0, 0, 1)), Date.parse("1960-06-30T22:00:00.001Z"));
});

Deno.test("createTimeZone() refuses what is no zone, and isTimeZone() says so", () => {
  for (const name of ["Mars/Olympus", "", "Pacific/Auckland "]) {
    assertThrows(() => createTimeZone(name), RangeError);
    assertEquals(isTimeZone(name), false, name);
  }
  assertEquals(ZONES.map(isTimeZone), ZONES.map(() => true));
});

// To ask Intl takes 4 µs, and a list may have 60,000 dates: a quarter of a second of the two that a worker has.
Deno.test("createTimeZone() asks Intl once a day, and again on the day the clock is moved, for a list of 30 days", () => {
  const { formatToParts } = Intl.DateTimeFormat.prototype;
  let asked = 0;
  Intl.DateTimeFormat.prototype.formatToParts = function (date) {
    asked++;
    return formatToParts.call(this, date);
  };
  try {
    const zone = createTimeZone("Pacific/Auckland");
    // The clock is put back on 2026-04-05; the list has a time every two minutes.
    for (let local = Date.UTC(2026, 2, 11); local < Date.UTC(2026, 3, 10); local += 2 * MINUTE) zone.toUtc(local);
  } finally {
    Intl.DateTimeFormat.prototype.formatToParts = formatToParts;
  }
  assert(asked >= 32 && asked <= 3500, `${asked} times for 21,600`);
});
