import { describeApiError, type Project } from "../connect.ts";
import type { Status } from "./render_status.ts";

const SHOWN_RUNS = 12;
const SHOWN_FAILURES = 5;

/** It could not be asked how the sync is; the message says why. */
export class UnknownStatusError extends Error {
  override name = "UnknownStatusError";
}

/** @throws UnknownStatusError */
export async function readStatus({ client, apiUrl }: Project): Promise<Status> {
  const [health, runs, failures] = await Promise.all([
    client.from("sync_health").select().single(),
    client.from("sync_runs").select().order("started_at", { ascending: false }).limit(SHOWN_RUNS),
    client.from("sync_failures").select().order("next_attempt_at").limit(SHOWN_FAILURES),
  ]);
  for (const { error, status } of [health, runs, failures]) {
    if (error) throw new UnknownStatusError(describeApiError(error, status, apiUrl));
  }
  if (!health.data) throw new UnknownStatusError("Cannot read how the sync is: sync_health is empty");
  return { health: health.data, runs: runs.data ?? [], failures: failures.data ?? [] };
}
