import type { Inspection } from "../database/inspection.ts";
import type { Done } from "../database/sim_database.ts";
import type { Simulation } from "../simulation.ts";

/** What a call of settle_applications() says it stored is stored, and is what the run counts. */
export function checkStored(simulation: Simulation, before: Inspection, after: Inspection, done: Done): string[] {
  if (!done.text.includes("settle_applications")) return [];
  const { applications } = done.args as { applications: Record<string, string | null>[] };
  const [count = 0] = done.result as number[];
  const rows = new Map(after.applications.map((row) => [row.id, row]));
  const stored = applications.filter(({ g3_application_number: id, owner, lastsaveddatetime: saved }) => {
    const row = rows.get(id ?? "");
    // Whole milliseconds are enough to tell two of OCC's dates.
    return row !== undefined && row.owner === owner && (!saved || row.saved === Date.parse(saved));
  });
  const open = after.runs.find(({ status }) => status === "running");
  const was = before.runs.find(({ id }) => id === open?.id);
  const counted = (open?.upserted ?? 0) - (was?.upserted ?? 0);
  const problems: string[] = [];
  if (count > stored.length) problems.push(`settle_applications() says it stored ${count}, ${stored.length} are`);
  if (counted !== count) problems.push(`settle_applications() stored ${count}, the run counts ${counted}`);
  if (applications.length > count) simulation.see("an answer is not stored");
  return problems;
}
