import { setTimeout as delay } from "node:timers/promises";
import { describeApiError, type Project } from "../connect.ts";
import { describeProgress, type Run } from "../describe_progress.ts";
import type { ProgressBar } from "../terminal/progress_bar.ts";

const LOOK_EVERY_MS = 500;
/** So long the project may be away while its run is watched. */
const AWAY_MS = 60_000;

/** What was watched cannot be seen any more; the sync itself goes on. */
export class LostSightError extends Error {
  override name = "LostSightError";
}

/**
 * Watches a run until it is over or, without `wait`, until its first pass is. `bar` shows how far it is.
 *
 * @throws LostSightError
 */
export async function followRun(
  project: Project,
  id: string,
  wait: boolean,
  bar: ProgressBar | undefined,
): Promise<Run> {
  let seenAt = Date.now();
  for (;;) {
    const { data: run, error, status } = await project.client.from("sync_runs").select().eq("id", id).maybeSingle();
    if (!error) {
      if (!run) throw new LostSightError(`Sync ${id} is not in the log any more`);
      const { text, share } = describeProgress(run);
      bar?.show(text, share);
      if (run.status !== "running" || !wait && handsOver(run)) return run;
      seenAt = Date.now();
    } else if (Date.now() - seenAt > AWAY_MS) {
      throw new LostSightError(`Sync ${id} runs on, unseen: ${describeApiError(error, status, project.apiUrl)}`);
    }
    await delay(LOOK_EVERY_MS);
  }
}

function handsOver({ passes, outcome }: Run): boolean {
  return Number(passes) > 1 || String(outcome).startsWith("waiting for its next pass");
}
