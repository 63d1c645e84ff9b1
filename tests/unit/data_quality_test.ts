import { assertEquals } from "../support/assert.ts";
import {
  applicationMediumSchema,
  STORED_ATTRIBUTES,
} from "../../supabase/functions/sync-applications/occ/application_medium.ts";
import { createDataQuality } from "../../supabase/functions/sync-applications/occ/data_quality.ts";

const NOW = Date.parse("2026-03-02T09:00:00Z");
const MINUTE = 60_000;

interface Seen {
  names?: readonly string[];
  /** Milliseconds after now; null for no date. */
  savedIn?: number | null;
}

/** The report on so many applications of each kind. */
function reportOn(...kinds: [count: number, seen: Seen][]) {
  const quality = createDataQuality();
  for (const [count, { names = STORED_ATTRIBUTES, savedIn = -MINUTE }] of kinds) {
    const lastSavedDateTime = savedIn === null ? null : new Date(NOW + savedIn).toISOString();
    const application = applicationMediumSchema.parse({ id: "G3-1", attributes: { lastSavedDateTime } });
    for (let index = 0; index < count; index++) quality.observe({ ...application, sentAttributes: names }, NOW);
  }
  return quality.report();
}

Deno.test("createDataQuality() has nothing to say of a run that is well, nor of one that fetched nothing", () => {
  assertEquals(reportOn([500, {}]), { warnings: [], anomalies: [] });
  assertEquals(reportOn([500, { savedIn: null }]), { warnings: [], anomalies: [] });
  assertEquals(reportOn(), { warnings: [], anomalies: [] });
});

Deno.test("createDataQuality() leaves it to the database to miss what OCC never sent, or sends no longer", () => {
  assertEquals(reportOn([500, { names: [] }]), { warnings: [], anomalies: [] });
});

Deno.test("createDataQuality() takes a date as one of the future from more than 10 minutes ahead", () => {
  assertEquals(reportOn([1, { savedIn: 10 * MINUTE }]).warnings, []);
  assertEquals(reportOn([1, { savedIn: 10 * MINUTE + 1 }]), {
    warnings: ["1 of 1 applications have a lastSavedDateTime in the future"],
    anomalies: [],
  });
});

Deno.test("createDataQuality() finds it an anomaly when more than half of at least 20 are of the future", () => {
  const savedIn = 60 * MINUTE;
  assertEquals(reportOn([19, { savedIn }]).anomalies, []);
  assertEquals(reportOn([10, { savedIn }], [10, {}]).anomalies, []);
  const anomaly = "11 of 20 applications were saved in the future";
  assertEquals(reportOn([11, { savedIn }], [9, {}]), {
    warnings: ["11 of 20 applications have a lastSavedDateTime in the future", anomaly],
    anomalies: [anomaly],
  });
});

Deno.test("createDataQuality() names unknown attributes as a warning, whatever their number", () => {
  assertEquals(reportOn([1, { names: [...STORED_ATTRIBUTES, "riskGrade", "shoeSize"] }]), {
    warnings: ["OCC sends attributes that are not stored: riskGrade, shoeSize"],
    anomalies: [],
  });
});

Deno.test("createDataQuality() shortens and scrubs the names OCC made up", () => {
  const names = ["a".repeat(41), "it's\n<b>", "ok_1.2-3", "né"];
  const [warning] = reportOn([1, { names }]).warnings;
  assertEquals(
    warning,
    `OCC sends attributes that are not stored: ${"a".repeat(40)}, it?s??b?, ok_1.2-3, n?`,
  );
});

Deno.test("createDataQuality() shows 10 names, and the number of the others", () => {
  const names = (count: number) => Array.from({ length: count }, (_, index) => `x${index}`);
  const shown = names(10).join(", ");
  const warning = "OCC sends attributes that are not stored: ";
  assertEquals(reportOn([1, { names: names(10) }]).warnings, [warning + shown]);
  assertEquals(reportOn([1, { names: names(11) }]).warnings, [`${warning}${shown} and 1 more`]);
});

Deno.test("createDataQuality() keeps at most 100 names, whatever OCC sends", () => {
  const names = Array.from({ length: 300_000 }, (_, index) => `x${index}`);
  const [warning] = reportOn([1, { names }], [1, { names: ["later"] }]).warnings;
  assertEquals(warning?.endsWith("x9 and 90 more"), true, warning);
});
