import type { Inspection } from "../database/inspection.ts";
import type { Simulation } from "../simulation.ts";

/** No request by number is lost: each is followed by a fetch, and none is acknowledged that is not stored. */
export function createRequestsCheck({ occ, promised, forgotten, see }: Simulation) {
  const stored: { id: string; at: number }[] = [];
  return {
    step(before: Inspection, after: Inspection, what: string): string[] {
      const known = new Map(before.statuses.map((status) => [status.id, status]));
      for (const { id, requestedAt } of after.statuses) {
        const was = known.get(id);
        if (requestedAt === null || requestedAt === was?.requestedAt) continue;
        stored.push({ id, at: requestedAt });
        if (was?.claimed) see("requested while in flight");
      }
      const isTaken = /open_sync_run|cancel_sync/.test(what);
      return before.waiting && !after.waiting && !isTaken ? [`the sync that waited was lost by ${what}`] : [];
    },
    end(): string[] {
      // Who takes an application off the queue takes back what was asked.
      const kept = stored.filter(({ id, at }) => at > (forgotten.get(id) ?? 0));
      const unfetched = kept.filter(({ id, at }) => !(occ.fetches.get(id) ?? []).some((time) => time >= at));
      const unstored = promised.filter(({ id, at }) =>
        !stored.some((request) => request.id === id && request.at >= at)
      );
      return [
        ...unfetched.map(({ id, at }) => `the request for ${id} of ${new Date(at).toISOString()} was lost`),
        ...unstored.map(({ id, at }) =>
          `the request for ${id} of ${new Date(at).toISOString()} was acknowledged and not stored`
        ),
      ];
    },
  };
}
