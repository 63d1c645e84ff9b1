// What an operator did, as people say it. Pure.
import type { Action } from "./api.ts";
import { formatCount } from "./format.ts";

const VERBS: Record<string, string> = {
  sync_now: "Synced now",
  request_applications: "Asked for applications",
  cancel_sync: "Cancelled the run",
  pause_sync: "Paused the schedule",
  resume_sync: "Resumed the schedule",
  accept_gap: "Accepted the gap",
  start_from: "Moved the start",
  reconcile: "Reconciled",
  retry: "Tried again",
  forget_application: "Forgot an application",
  connect_sync: "Connected the project",
  "update sync_settings": "Changed the settings",
};

/** `retry` -> `Tried again`; of what is not known here its own name. */
export function describeAction(action: string): string {
  const words = VERBS[action] ?? action.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `since 2026-11-01, everything again`; a dash where there was nothing to say. */
export function describeArguments({ arguments: given }: Pick<Action, "arguments">): string {
  if (given === null || typeof given !== "object") return given === null || given === undefined ? "–" : String(given);
  const entries = Object.entries(given).sort(([, a], [, b]) => Number(a === true) - Number(b === true));
  const words = entries.flatMap(([name, value]) => describeArgument(name, value));
  return words.length === 0 ? "–" : words.join(", ");
}

function describeArgument(name: string, value: unknown): string[] {
  if (value === null || value === false || value === undefined) return [];
  if (value === true) return [name === "force" ? "everything again" : name.replaceAll("_", " ")];
  if (Array.isArray(value)) {
    return [
      value.length <= 3
        ? value.join(", ")
        : `${value.slice(0, 3).join(", ")} and ${formatCount(value.length - 3, "other")}`,
    ];
  }
  if (isChange(value)) return [`${name.replaceAll("_", " ")}: ${value.from} → ${value.to}`];
  if (typeof value === "object") return [`${name.replaceAll("_", " ")} ${JSON.stringify(value)}`];
  if (name === "id" || name === "fingerprint") return [String(value)];
  if (name === "reason") return [`because: ${value}`];
  return [`${name.replaceAll("_", " ")} ${value}`];
}

function isChange(value: unknown): value is { from: unknown; to: unknown } {
  return typeof value === "object" && value !== null && "from" in value && "to" in value;
}
