import { assertEquals } from "../support/assert.ts";
import { daysBefore, isCalendarDate } from "../../supabase/functions/sync-applications/calendar.ts";

Deno.test("daysBefore() crosses months, years and leap days", () => {
  assertEquals(daysBefore("2024-03-01", 1), "2024-02-29");
  assertEquals(daysBefore("2025-01-03", 7), "2024-12-27");
});

Deno.test("isCalendarDate() knows the calendar", () => {
  for (const date of ["2024-02-29", "2025-12-31", "0001-01-01"]) assertEquals(isCalendarDate(date), true, date);
  for (
    const date of ["2025-02-29", "2025-02-30", "2025-13-01", "2025-6-1", "25-06-01", "0000-01-01", "2025-06-01 ", ""]
  ) {
    assertEquals(isCalendarDate(date), false, date);
  }
});
