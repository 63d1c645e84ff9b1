import { setTimeout as delay } from "node:timers/promises";
import type postgres from "postgres";
import { createProgressBar } from "../../supabase/tools/terminal/progress_bar.ts";
import { StackError } from "./stack_error.ts";

const TIMEOUT_MS = 300_000;

/**
 * Draws the newest run's progress from its log row until it has ended, or the signal says that nobody looks any more.
 *
 * @throws StackError when none ends in 5 minutes
 */
export async function watchRun(sql: postgres.Sql, signal: AbortSignal): Promise<void> {
  const startedAt = Date.now();
  const bar = createProgressBar();
  try {
    while (Date.now() - startedAt < TIMEOUT_MS) {
      if (signal.aborted) return;
      const [run] = await sql`
        select status, listed_at is not null as listed, applications_enqueued as total,
          applications_fetched + fetch_failures as done, fetch_failures as failed
        from public.tblsovereignapplicationssynclog order by sync_started_at desc limit 1`;
      show(bar, run, (Date.now() - startedAt) / 1000);
      if (run && run.status !== "running") return;
      await delay(200);
    }
  } finally {
    bar.stop();
  }
  throw new StackError("No sync has ended in 5 minutes");
}

function show(bar: ReturnType<typeof createProgressBar>, run: postgres.Row | undefined, seconds: number): void {
  if (!run) return bar.show("waiting for the function");
  if (!run.listed) return bar.show(run.status === "running" ? "listing what changed" : run.status);
  const text = `${run.done} of ${run.total} applications, ${run.failed} failed, ${seconds.toFixed(0)} s`;
  bar.show(text, run.total === 0 ? 1 : run.done / run.total);
}
