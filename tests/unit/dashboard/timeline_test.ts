import fc from "fast-check";
import { isMoment, orderAttributes, toMoments, toStays } from "../../../supabase/dashboard/src/timeline.ts";
import { assert, assertEquals } from "../../support/assert.ts";

Deno.test("toMoments() puts together what one hand changed at one moment, and only that", () => {
  const change = (changed_at: string, run: string | null, attribute: string) => ({
    changed_at,
    run,
    attribute,
    old: null,
    new: "x",
  });
  const history = [change("3", "r", "a"), change("3", "r", "b"), change("3", null, "a"), change("1", "r", "a")];
  assertEquals(toMoments(history).map(({ at, run, changes }) => [at, run, changes.length]), [
    ["3", "r", 2],
    ["3", null, 1],
    ["1", "r", 1],
  ]);
  assertEquals(toMoments([]), []);
});

Deno.test("toStays() fills the bar exactly with what has a length", () => {
  const stay = fc.record({
    status: fc.option(fc.string()),
    entered_at: fc.constant(null),
    left_at: fc.constant(null),
    seconds: fc.option(fc.nat()),
  });
  fc.assert(fc.property(fc.array(stay), (statuses) => {
    const stays = toStays(statuses);
    assertEquals(stays.length, statuses.filter(({ seconds }) => seconds).length);
    const end = stays.reduce((from, stay) => {
      assert(Math.abs(stay.from - from) < 1e-6);
      return from + stay.width;
    }, 0);
    assert(stays.length === 0 || Math.abs(end - 100) < 1e-6, `${end}`);
  }));
});

Deno.test("orderAttributes() begins with the number and ends with when the row was written, and loses none", () => {
  const stored = {
    updated_at: "u",
    zeta: null,
    owner: "o",
    G3_application_number: "G3-1",
    alpha: "a",
    created_at: "c",
  };
  assertEquals(orderAttributes(stored).map(([name]) => name), [
    "G3_application_number",
    "owner",
    "alpha",
    "zeta",
    "created_at",
    "updated_at",
  ]);
});

Deno.test("isMoment() takes the database's times, and no number or name for one", () => {
  assert(isMoment("2026-11-25T08:51:04.436723+00:00"));
  assert(!isMoment("2026-11-25"));
  assert(!isMoment("5000050"));
  assert(!isMoment("2026-99-99T99:99:99"));
  assert(!isMoment(null));
});
