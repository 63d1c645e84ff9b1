import { setTimeout as delay } from "node:timers/promises";
import type { Sql } from "../support/database.ts";
import type { Host } from "./start_host.ts";

const POLL_MS = 10;

/** Invokes the function once and waits until its run has ended, in however many passes. @throws when it failed */
export async function untilRunEnds(sql: Sql, host: Host): Promise<{ passes: number }> {
  const { syncLogId } = await host.sync({ respondAsync: true });
  for (;;) {
    const [run] = await sql<{ status: string; passes: number; error_details: unknown }[]>`
      select status, passes, error_details from public.tblsovereignapplicationssynclog where id = ${String(syncLogId)}`;
    if (run?.status === "completed") return { passes: run.passes };
    if (run?.status !== "running") throw new Error(`The run failed: ${JSON.stringify(run?.error_details)}`);
    await delay(POLL_MS);
  }
}
