import { styleText } from "node:util";
import type { Database } from "../../functions/sync-applications/database/database.types.ts";
import { describeProgress, type Run } from "../describe_progress.ts";
import { renderBar } from "../terminal/progress_bar.ts";
import { renderTable } from "../terminal/render_table.ts";
import { counted, describeDuration } from "../terminal/words.ts";

type Views = Database["public"]["Views"];

export interface Status {
  health: Views["sync_health"]["Row"];
  /** Newest first. */
  runs: Run[];
  /** The first of them. */
  failures: Views["sync_failures"]["Row"][];
}

const BAR_WIDTH = 30;
const SPARKS = "▁▂▃▄▅▆▇█";
/** Three ticks: what was last called before tells nothing of today. */
const OLD_SECONDS = 15 * 60;

/** The status as a person reads it: the verdict, the run under way, what failed, the last runs. */
export function renderStatus(status: Status, now: number): string {
  const { runs } = status;
  return [
    renderTable([[renderVerdict(status), String(status.health.reason)]]),
    renderTable(listFacts(status, now)),
    ...(runs.length > 0 ? [renderRuns(runs)] : []),
  ].join("\n\n");
}

/** The same in one line, for who does not redraw. */
export function summarize({ health, runs }: Status): string {
  const running = runs.find(({ status }) => status === "running");
  const progress = running ? ` ${describeProgress(running).text}` : "";
  return `${describeVerdict(health)}  ${health.reason}${progress}`;
}

function describeVerdict({ verdict, paused_at }: Status["health"]): string {
  return paused_at !== null && verdict !== "paused" ? `${verdict}, paused` : String(verdict);
}

function renderVerdict({ health }: Status): string {
  const color = health.verdict === "unhealthy" ? "red" : health.verdict === "paused" ? "yellow" : "green";
  return styleText(["bold", color], describeVerdict(health));
}

function listFacts({ health, runs, failures }: Status, now: number): string[][] {
  const running = runs.find(({ status }) => status === "running");
  const stale = health.oldest_stale_minutes === null
    ? ""
    : `; the oldest out of date for ${describeDuration(60 * health.oldest_stale_minutes)}`;
  const unshown = Number(health.failed) + Number(health.parked) - failures.length;
  return [
    ...(running ? [["running", renderProgress(running)]] : []),
    [
      "queue",
      `${health.pending} pending, ${health.failed} failed, ${health.parked} parked, ${health.gone} gone${stale}`,
    ],
    ...failures.map((failure) => ["", describeFailure(failure, now)]),
    ...(failures.length > 0 && unshown > 0 ? [["", `and ${unshown} more in sync_failures`]] : []),
    ["dispatch", describeDispatch(health, now)],
    ["refused", `${counted(Number(health.refused_last_hour), "request")} in the last hour`],
    ...(health.gap_from === null ? [] : [["gap", `${health.gap_from} to ${health.gap_to} not listed`]]),
    ...(health.post_error === null ? [] : [["alerts", `not posted: ${health.post_error}`]]),
    ...(health.heartbeat_error === null ? [] : [["heartbeat", `does not arrive: ${health.heartbeat_error}`]]),
    ...(runs.length > 0 ? [["durations", renderDurations(runs)]] : []),
  ];
}

function renderProgress(run: Run): string {
  const { text, share } = describeProgress(run);
  return share === undefined ? text : `${renderBar(share, BAR_WIDTH)} ${text}`;
}

function describeFailure(failure: Status["failures"][0], now: number): string {
  const { application, state, attempts, next_attempt_at, last_error } = failure;
  const seconds = next_attempt_at === null ? 0 : (Date.parse(next_attempt_at) - now) / 1000;
  const next = seconds > 0 ? `in ${describeDuration(seconds)}` : "with the next run";
  const when = state === "parked" ? `wants somebody, asked for again ${next}` : `tried again ${next}`;
  return `${application} ${state} after ${counted(Number(attempts), "attempt")}, ${when}: ${last_error}`;
}

function describeDispatch(health: Status["health"], now: number): string {
  if (health.last_dispatch_at === null) return "none yet";
  const age = (now - Date.parse(health.last_dispatch_at)) / 1000;
  const status = health.last_dispatch_status === null ? "" : ` (${health.last_dispatch_status})`;
  const outcome = `${health.last_dispatch_outcome}${status}`;
  if (age > OLD_SECONDS) return `none for ${describeDuration(age)}; the last one: ${outcome}`;
  const isWell = ["accepted", "busy"].includes(String(health.last_dispatch_outcome));
  const message = isWell || health.last_dispatch_message === null ? "" : `: ${health.last_dispatch_message}`;
  return `${outcome}, ${describeDuration(age)} ago${message}`;
}

/** Durations, oldest first, against the longest. */
function renderDurations(runs: Run[]): string {
  const seconds = runs.map((run) => Number(run.seconds)).reverse();
  const longest = Math.max(...seconds, 0.001);
  const sparks = seconds.map((value) => SPARKS[Math.round((value / longest) * (SPARKS.length - 1))]).join("");
  return `${sparks}  longest ${longest} s`;
}

function renderRuns(runs: Run[]): string {
  return renderTable([
    ["started (UTC)", "trigger", "status", "took", "found", "outcome"],
    ...runs.map((run) => [
      String(run.started_at).replace("T", " ").slice(5, 19),
      String(run.trigger),
      String(run.status),
      `${run.seconds} s`,
      String(run.found),
      String(run.outcome),
    ]),
  ]);
}
