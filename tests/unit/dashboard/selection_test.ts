import fc from "fast-check";
import {
  coverPage,
  describeWhole,
  NOTHING,
  readFilter,
  toChoice,
  toggle,
  togglePage,
  toggleRange,
} from "../../../supabase/dashboard/src/selection.ts";
import { assertEquals } from "../../support/assert.ts";

const COUNTS = { counts: { pending: 1, failed: 1200, parked: 34, gone: 5 }, total: 1240 };
const ids = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 });
const choose = (...numbers: string[]) => ({ numbers: new Set(numbers), all: false });

Deno.test("toggle() twice is as before, and a choice by number ends the choice of all", () => {
  fc.assert(fc.property(ids, fc.nat(), (ids, at) => {
    const id = ids[at % ids.length]!;
    assertEquals(toggle(toggle(choose(...ids), id), id).numbers, new Set([...ids.filter((one) => one !== id), id]));
  }));
  assertEquals(toggle({ ...NOTHING, all: true }, "G3-1"), choose("G3-1"));
});

Deno.test("togglePage() chooses the whole page, or none of it when it was chosen, and nothing else", () => {
  assertEquals(togglePage(choose("A", "X"), ["A", "B"]), choose("A", "X", "B"));
  assertEquals(togglePage(choose("A", "B", "X"), ["A", "B"]), choose("X"));
});

Deno.test("toggleRange() chooses from the last click to this one, in either direction", () => {
  const page = ["A", "B", "C", "D"];
  assertEquals(toggleRange(choose("B"), page, "B", "D"), choose("B", "C", "D"));
  assertEquals(toggleRange(choose("D"), page, "D", "B"), choose("D", "B", "C"));
  assertEquals(toggleRange(choose("A", "B", "C"), page, "A", "C"), choose());
  assertEquals(toggleRange(NOTHING, page, "from another page", "C"), choose("C"));
});

Deno.test("coverPage() tells all, some and none", () => {
  assertEquals(coverPage(choose("A", "B"), ["A", "B"]), "all");
  assertEquals(coverPage(choose("A"), ["A", "B"]), "some");
  assertEquals(coverPage(choose("X"), ["A", "B"]), "none");
  assertEquals(coverPage({ ...NOTHING, all: true }, ["A"]), "all");
  assertEquals(coverPage(NOTHING, []), "none");
});

Deno.test("readFilter() takes what can be, and leaves what cannot", () => {
  assertEquals(readFilter({ state: "failed", fingerprint: "x", search: "G3-1", after: "G3-0" }), {
    states: ["failed"],
    fingerprint: "x",
    search: "G3-1",
  });
  assertEquals(readFilter({ state: "synced", search: "" }), {});
});

Deno.test("describeWhole() names all of a cause and all that failed as the database does, other filters by number", () => {
  assertEquals(describeWhole({ fingerprint: "x" }, { ...COUNTS, total: 1200 }), {
    words: "all 1,200 of this cause",
    count: 1200,
    choice: { fingerprint: "x" },
    filter: { fingerprint: "x" },
  });
  assertEquals(describeWhole({}, COUNTS), {
    words: "all 1,234 that failed or are parked",
    count: 1234,
    choice: { everything: true },
    filter: { states: ["failed", "parked"] },
  });
  // A cause in one state, or with a number, is less than the cause.
  for (const filter of [{ states: ["gone"] }, { search: "G3" }, { fingerprint: "x", states: ["failed"] }]) {
    assertEquals(describeWhole(filter, { ...COUNTS, total: 7 }), { words: "all 7 of this filter", count: 7, filter });
  }
});

Deno.test("toChoice() is nothing when nothing is chosen", () => {
  const whole = describeWhole({ fingerprint: "x" }, COUNTS);
  assertEquals(toChoice(NOTHING, whole), undefined);
  assertEquals(toChoice(choose("A", "B"), whole), { applications: ["A", "B"] });
  assertEquals(toChoice({ ...NOTHING, all: true }, whole), { fingerprint: "x" });
});
