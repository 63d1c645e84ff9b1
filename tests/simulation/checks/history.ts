import type { Inspection } from "../database/inspection.ts";

/** A change of a stored application, and only a change, is in the history, whoever made it. */
export function checkHistory(before: Inspection, after: Inspection): string[] {
  const rows = new Map(before.applications.map((row) => [row.id, row]));
  return after.applications.flatMap(({ id, owner, saved, changes }) => {
    const was = rows.get(id);
    if (was === undefined) return [];
    const isChanged = was.owner !== owner || was.saved !== saved;
    if ((changes > was.changes) === isChanged) return [];
    return [`${id} has ${isChanged ? "changed without a trace" : "a history of no change"}`];
  });
}
