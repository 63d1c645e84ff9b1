import type { Inspection } from "../database/inspection.ts";
import type { Simulation } from "../simulation.ts";
import { MINUTE } from "../time_units.ts";

/** A state older than one that was stored before may be shown, but not for long. */
export function createRegressCheck({ scheduler, profile, see, trace }: Simulation) {
  const newest = new Map<string, number>();
  const since = new Map<string, number>();
  let longest = 0;

  function end(id: string): void {
    const from = since.get(id);
    if (from === undefined) return;
    since.delete(id);
    longest = Math.max(longest, scheduler.now() - from);
    trace(`regress: ${id} shows the newest state again after ${((scheduler.now() - from) / MINUTE).toFixed(1)} min`);
  }

  return {
    step(_before: Inspection, after: Inspection): void {
      const present = new Set(after.applications.map(({ id }) => id));
      for (const id of newest.keys()) {
        if (present.has(id)) continue;
        // What somebody deleted may come back in an older state, if that is what OCC answers.
        newest.delete(id);
        since.delete(id);
      }
      for (const { id, owner } of after.applications) {
        const k = Number(/^owner (\d+)$/.exec(owner ?? "")?.[1]);
        if (Number.isNaN(k)) continue;
        const known = newest.get(id) ?? -1;
        if (k >= known) end(id);
        else if (!since.has(id)) {
          see("an older state is stored for a while");
          trace(`regress: ${id} goes back from state ${known} to ${k}`);
          since.set(id, scheduler.now());
        }
        newest.set(id, Math.max(known, k));
      }
    },
    end(): string[] {
      const bound = profile.regress;
      if (bound === undefined || longest <= bound) return [];
      return [`an older state was shown for ${(longest / MINUTE).toFixed(1)} minutes`];
    },
  };
}
