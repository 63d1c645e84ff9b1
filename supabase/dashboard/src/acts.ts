// What an operator can do to the sync as a whole: what is said before it is done, and the call. Pure.
import type { Api, Done, Overview } from "./api.ts";

export interface Act {
  title: string;
  verb: string;
  /** What it does, and what it costs. */
  text: string;
  danger?: boolean;
  act(api: Api): Promise<Done>;
}

export function syncNow(since: string, force: boolean): Act {
  return {
    title: `${force ? "Sync everything again" : "Sync"} ${since ? `since ${since}` : "since the last sync"}?`,
    verb: "Sync now",
    text: force ? FORCE_COSTS : "OCC is asked for what changed, and what is not current is fetched.",
    act: (api) => api.syncNow(since || undefined, force),
  };
}

export const FORCE_COSTS =
  "Every application OCC lists is fetched again, those that are current too: one call of OCC for each. " +
  "What it answers is stored whatever its date. The further back, the more they are and the longer it takes.";

export function reconcile(since: string): Act {
  return {
    title: since ? `Reconcile since ${since}?` : "Reconcile now?",
    verb: "Reconcile",
    text: "OCC lists far back, to find what the runs have missed and what is gone. It takes longer than a usual sync.",
    act: (api) => api.reconcile(since || undefined),
  };
}

export function startFrom(day: string): Act {
  return {
    title: `Let the schedule start from ${day}?`,
    verb: "Start from there",
    text: "The next scheduled run lists from that day instead of from where the last one began. " +
      "A later day leaves out what changed between.",
    act: (api) => api.startFrom(day),
  };
}

export const PAUSE: Act = {
  title: "Pause the schedule?",
  verb: "Pause",
  text: "No tick starts a sync until somebody resumes it; what people ask for by hand still runs.",
  act: (api) => api.pause(),
};

export const RESUME: Act = {
  title: "Resume the schedule?",
  verb: "Resume",
  text: "The next tick lists from where the last one began: nothing that changed meanwhile is lost.",
  act: (api) => api.resume(),
};

export const CANCEL: Act = {
  title: "Cancel this run?",
  verb: "Cancel the run",
  danger: true,
  text: "It stops within half a minute. What is stored stays, and what it had not come to is done by the next tick. " +
    "To stop that too, pause the schedule first.",
  act: (api) => api.cancel(),
};

export function acceptGap({ from, to }: NonNullable<Overview["gap"]>): Act {
  return {
    title: "Accept this gap?",
    verb: "Accept the gap",
    danger: true,
    text: `What changed from ${from} to ${to} and was not listed is not looked for any more. ` +
      "A list that covers these days would close the gap too.",
    act: (api) => api.acceptGap(),
  };
}

/** Makes somebody an operator, in the SQL editor. */
export function makeOperator(email: string | null): string {
  const who = (email ?? "…").replaceAll("'", "''");
  return "update auth.users set raw_app_meta_data = coalesce(raw_app_meta_data, '{}') || '{\"sync_role\": \"operator\"}' " +
    `where email = '${who}';`;
}
