import { assertEquals } from "../support/assert.ts";
import { parseLastSaved } from "../../supabase/functions/sync-applications/occ/last_saved.ts";
import { createTimeZone } from "../../supabase/functions/sync-applications/time_zone.ts";

const CASES: [text: string, timeZone: string, expected: string | null][] = [
  ["2025-06-01T10:00:00Z", "UTC", "2025-06-01T10:00:00Z"],
  ["2025-06-01T10:00:00.123456Z", "UTC", "2025-06-01T10:00:00.123456Z"],
  ["2025-06-01T10:00:00.1200000Z", "UTC", "2025-06-01T10:00:00.12Z"],
  ["2025-06-01T10:00:00+12:00", "UTC", "2025-05-31T22:00:00Z"],
  ["2025-06-01T10:00:00-0330", "UTC", "2025-06-01T13:30:00Z"],
  ["2025-06-01 10:00:00+12", "UTC", "2025-05-31T22:00:00Z"],
  ["2025-06-01T10:00", "UTC", "2025-06-01T10:00:00Z"],
  // Without an offset: the zone's clock, winter and summer.
  ["2025-06-01T10:00:00", "Pacific/Auckland", "2025-05-31T22:00:00Z"],
  ["2025-12-01T10:00:00", "Pacific/Auckland", "2025-11-30T21:00:00Z"],
  // An offset wins over the zone.
  ["2025-06-01T10:00:00Z", "Pacific/Auckland", "2025-06-01T10:00:00Z"],
  // The clock is put back on 2025-04-06 at 3:00 (NZDT): 2:30 happens twice, the first is taken.
  ["2025-04-06T02:30:00", "Pacific/Auckland", "2025-04-05T13:30:00Z"],
  ["2025-04-06T03:30:00", "Pacific/Auckland", "2025-04-05T15:30:00Z"],
  // The clock is put on on 2025-09-28 at 2:00 (NZST): 2:30 does not happen.
  ["2025-09-28T02:30:00", "Pacific/Auckland", "2025-09-27T14:30:00Z"],
  ["2025-09-28T03:30:00", "Pacific/Auckland", "2025-09-27T14:30:00Z"],
  ["2025-02-30T10:00:00Z", "UTC", null],
  ["2025-06-01T25:00:00Z", "UTC", null],
  ["2025-06-01", "UTC", null],
  ["yesterday", "UTC", null],
  ["", "UTC", null],
];

for (const [text, timeZone, expected] of CASES) {
  Deno.test(`parseLastSaved() reads ${JSON.stringify(text)} in ${timeZone} as ${expected}`, () => {
    assertEquals(parseLastSaved(text, createTimeZone(timeZone)), expected);
  });
}
