import { setTimeout as delay } from "node:timers/promises";
import type postgres from "postgres";
import { StackError } from "./stack_error.ts";

const WIDTH = 40;
const TIMEOUT_MS = 300_000;

/** Draws the newest run's progress from its log row until it has ended. @throws StackError when none ends in 5 minutes */
export async function watchRun(sql: postgres.Sql): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  const startedAt = Date.now();
  let shown = "";
  while (Date.now() < deadline) {
    const [run] = await sql`
      select status, listed_at is not null as listed, applications_enqueued as total,
        applications_fetched + fetch_failures as done, fetch_failures as failed
      from public.tblsovereignapplicationssynclog order by sync_started_at desc limit 1`;
    const line = run ? progress(run, (Date.now() - startedAt) / 1000) : "  waiting for the function";
    shown = draw(line, shown);
    if (run && run.status !== "running") {
      if (Deno.stdout.isTerminal()) console.log();
      return;
    }
    await delay(200);
  }
  throw new StackError("No sync has ended in 5 minutes");
}

function progress(run: postgres.Row, seconds: number): string {
  if (!run.listed) return run.status === "running" ? "  listing what changed" : `  ${run.status}`;
  const share = run.total === 0 ? 1 : run.done / run.total;
  const filled = Math.round(share * WIDTH);
  const bar = "█".repeat(filled) + "░".repeat(WIDTH - filled);
  return `  ${bar} ${run.done} of ${run.total} applications, ${run.failed} failed, ${seconds.toFixed(0)} s`;
}

/** On a terminal the line is redrawn; elsewhere a changed line is printed below the last. */
function draw(line: string, shown: string): string {
  if (Deno.stdout.isTerminal()) {
    Deno.stdout.writeSync(new TextEncoder().encode(`\r\x1b[K${line}`));
    return line;
  }
  const withoutTime = line.replace(/, \d+ s$/, "");
  if (withoutTime !== shown) console.log(line);
  return withoutTime;
}
