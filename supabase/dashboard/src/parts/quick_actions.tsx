import { useState } from "preact/hooks";
import type { PageProps } from "../page_props.ts";
import { Confirm } from "./confirm.tsx";

/** What an operator does most: sync now, pause, go on. */
export function QuickActions({ api, overview, refresh }: PageProps) {
  const [asking, setAsking] = useState<"sync" | "pause" | "resume">();
  if (!overview.operator) return null;
  const paused = overview.paused_at !== null;
  const actions = {
    sync: {
      title: "Sync now?",
      verb: "Sync now",
      text: "OCC is asked for what changed since the last sync, and that is fetched.",
      act: () => api.syncNow(),
    },
    pause: {
      title: "Pause the schedule?",
      verb: "Pause",
      text: "No tick starts a sync until somebody resumes it; what people ask for by hand still runs.",
      act: () => api.pause(),
    },
    resume: {
      title: "Resume the schedule?",
      verb: "Resume",
      text: "The next tick lists from where the last one began: nothing that changed meanwhile is lost.",
      act: () => api.resume(),
    },
  };
  const action = asking && actions[asking];
  const act = async () => {
    const { message } = await action!.act();
    refresh();
    return message;
  };
  return (
    <div class="actions">
      <button type="button" class="main" onClick={() => setAsking("sync")}>Sync now</button>
      <button type="button" onClick={() => setAsking(paused ? "resume" : "pause")}>
        {paused ? "Resume" : "Pause"}
      </button>
      {action && (
        <Confirm title={action.title} verb={action.verb} act={act} close={() => setAsking(undefined)}>
          <p>{action.text}</p>
        </Confirm>
      )}
    </div>
  );
}
