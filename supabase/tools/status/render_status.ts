import { styleText } from "node:util";
import type { Database } from "../../functions/sync-applications/database/database.types.ts";

type Views = Database["public"]["Views"];

export interface Status {
  health: Views["sync_health"]["Row"];
  /** Newest first. */
  runs: Views["sync_runs"]["Row"][];
  failures: Views["sync_failures"]["Row"][];
}

const BAR_WIDTH = 30;
const SPARKS = "▁▂▃▄▅▆▇█";

/** The status as a person reads it: the verdict, the run under way, what failed, the last runs. */
export function renderStatus({ health, runs, failures }: Status, now: number): string {
  const color = health.verdict === "unhealthy" ? "red" : health.verdict === "paused" ? "yellow" : "green";
  const lines = [`${styleText(["bold", color], String(health.verdict))}  ${health.reason}`, ""];
  const running = runs.find(({ status }) => status === "running");
  if (running) lines.push(progress(running), "");
  lines.push(
    `queue      ${health.pending} pending, ${health.failed} failed, ${health.parked} parked, ${health.gone} gone` +
      (health.oldest_stale_minutes === null ? "" : `; the oldest out of date for ${health.oldest_stale_minutes} min`),
    `dispatch   ${dispatch(health, now)}`,
    `refused    ${health.refused_last_hour} requests in the last hour`,
  );
  if (health.gap_from !== null) lines.push(`gap        ${health.gap_from} to ${health.gap_to} not listed`);
  if (health.post_error !== null) lines.push(`alerts     not posted: ${health.post_error}`);
  if (health.heartbeat_error !== null) lines.push(`heartbeat  does not arrive: ${health.heartbeat_error}`);
  for (const { application, state, attempts, last_error } of failures) {
    lines.push(`  ${application} ${state} after ${attempts}: ${last_error}`);
  }
  if (runs.length > 0) lines.push("", `durations  ${sparkline(runs)}`, "", ...table(runs));
  return lines.join("\n");
}

function progress(
  { found, unchanged, synced, failed, applications_per_second: rate, outcome }: Status["runs"][0],
): string {
  const total = Number(found) - Number(unchanged);
  const done = Number(synced) + Number(failed);
  // What earlier runs left is fetched too: of that nobody can say how much it is.
  if (total <= 0 || done > total) return `running    ${outcome}`;
  const filled = Math.min(BAR_WIDTH, Math.round((done / total) * BAR_WIDTH));
  const left = rate ? `, ${Math.ceil((total - done) / rate)} s left` : "";
  return `running    ${"█".repeat(filled)}${"░".repeat(BAR_WIDTH - filled)} ${done} of ${total}, ${rate ?? 0}/s${left}`;
}

function dispatch(health: Status["health"], now: number): string {
  if (health.last_dispatch_at === null) return "none yet";
  const seconds = Math.round((now - Date.parse(health.last_dispatch_at)) / 1000);
  const status = health.last_dispatch_status === null ? "" : ` (${health.last_dispatch_status})`;
  const message = health.last_dispatch_message === null ? "" : `: ${health.last_dispatch_message}`;
  return `${health.last_dispatch_outcome}${status}, ${seconds} s ago${message}`;
}

/** Durations, oldest first, against the longest. */
function sparkline(runs: Status["runs"]): string {
  const seconds = runs.map((run) => Number(run.seconds)).reverse();
  const longest = Math.max(...seconds, 0.001);
  const sparks = seconds.map((value) => SPARKS[Math.round((value / longest) * (SPARKS.length - 1))]).join("");
  return `${sparks}  longest ${longest} s`;
}

function table(runs: Status["runs"]): string[] {
  const rows = runs.map((run) => [
    String(run.started_at).replace("T", " ").slice(5, 19),
    String(run.trigger),
    String(run.status),
    `${run.seconds} s`,
    `${run.found} found`,
    `${run.synced} synced`,
    `${run.failed} failed`,
    String(run.outcome),
  ]);
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ").trimEnd());
}
