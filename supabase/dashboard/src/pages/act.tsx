import { useState } from "preact/hooks";
import type { Api, Done } from "../api.ts";
import type { PageProps } from "../page_props.ts";
import { ActionLog } from "../parts/action_log.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { Statement } from "../parts/statement.tsx";
import { ThresholdForm } from "../parts/threshold_form.tsx";

const MAKE_OPERATOR =
  `update auth.users set raw_app_meta_data = coalesce(raw_app_meta_data, '{}') || '{"sync_role": "operator"}' where email = '…';`;

interface Act {
  title: string;
  verb: string;
  text: string;
  danger?: boolean;
  act(api: Api): Promise<Done>;
}

/** What an operator can do, and what operators did. */
export function ActPage({ api, overview, refresh }: PageProps) {
  const [asked, setAsked] = useState<Act>();
  if (!overview.operator) return <MayOnlyLook email={overview.email} />;
  const act = async () => {
    const { message } = await asked!.act(api);
    refresh();
    return message;
  };
  return (
    <>
      <section class="panel acts">
        <h1>Act</h1>
        <SyncForm ask={setAsked} />
        <ScheduleForm paused={overview.paused_at !== null} ask={setAsked} />
        <NumberForm ask={setAsked} />
        {overview.gap && (
          <div class="row">
            <span>OCC could not list {overview.gap.from} to {overview.gap.to}.</span>
            <button type="button" onClick={() => setAsked(acceptGap(overview.gap!))}>Accept this gap</button>
          </div>
        )}
      </section>
      <ThresholdForm api={api} />
      <ActionLog api={api} />
      {asked && (
        <Confirm
          title={asked.title}
          verb={asked.verb}
          danger={asked.danger ?? false}
          act={act}
          close={() => setAsked(undefined)}
        >
          <p>{asked.text}</p>
        </Confirm>
      )}
    </>
  );
}

function MayOnlyLook({ email }: { email: string | null }) {
  return (
    <section class="panel">
      <h1>You may look, not act</h1>
      <p>
        {email ?? "You"}{" "}
        is signed in, but is no operator. Whoever has the database's password makes you one with this statement in the
        SQL editor; it counts from your next sign-in on.
      </p>
      <Statement text={MAKE_OPERATOR.replace("…", () => email?.replaceAll("'", "''") ?? "…")} />
    </section>
  );
}

function SyncForm({ ask }: { ask(act: Act): void }) {
  const [since, setSince] = useState("");
  const [force, setForce] = useState(false);
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        ask({
          title: since ? `Sync since ${since}?` : "Sync now?",
          verb: "Sync now",
          text: force
            ? "Everything that OCC lists is fetched again, also what is current: one call of OCC an application."
            : "OCC is asked for what changed, and what is not current is fetched.",
          act: (api) => api.syncNow(since || undefined, force),
        });
      }}
    >
      <label class="inline">
        Since
        <input type="date" value={since} onInput={(event) => setSince(event.currentTarget.value)} />
      </label>
      <label class="inline">
        <input type="checkbox" checked={force} onChange={(event) => setForce(event.currentTarget.checked)} />
        everything again
      </label>
      <button type="submit" class="main">Sync now</button>
      <button
        type="button"
        onClick={() =>
          ask({
            title: since ? `Reconcile since ${since}?` : "Reconcile now?",
            verb: "Reconcile",
            text: "OCC lists far back, to find what the runs have missed and what is gone. It takes a while.",
            act: (api) => api.reconcile(since || undefined),
          })}
      >
        Reconcile
      </button>
      <button
        type="button"
        disabled={!since}
        onClick={() =>
          ask({
            title: `Let the schedule start from ${since}?`,
            verb: "Start from there",
            text: "The next scheduled run lists from that day instead of from where the last one began.",
            act: (api) => api.startFrom(since),
          })}
      >
        Start from this day
      </button>
    </form>
  );
}

function ScheduleForm({ paused, ask }: { paused: boolean; ask(act: Act): void }) {
  const act: Act = paused
    ? {
      title: "Resume the schedule?",
      verb: "Resume",
      text: "The next tick lists from where the last one began: nothing that changed meanwhile is lost.",
      act: (api) => api.resume(),
    }
    : {
      title: "Pause the schedule?",
      verb: "Pause",
      text: "No tick starts a sync until somebody resumes it; what people ask for by hand still runs.",
      act: (api) => api.pause(),
    };
  return (
    <div class="row">
      <span>The schedule is {paused ? "paused" : "on"}.</span>
      <button type="button" onClick={() => ask(act)}>{act.verb} the schedule</button>
    </div>
  );
}

function NumberForm({ ask }: { ask(act: Act): void }) {
  const [text, setText] = useState("");
  const numbers = [...new Set(text.split(/[\s,;]+/).filter((number) => number !== ""))];
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        ask({
          title: `Fetch ${numbers.length === 1 ? numbers[0] : `${numbers.length} applications`} now?`,
          verb: "Fetch now",
          text: "OCC is asked for them before all others, whatever is known of them.",
          act: (api) => api.request(numbers),
        });
      }}
    >
      <label class="inline">
        Applications by number
        <input value={text} placeholder="G3-1042, G3-1043" onInput={(event) => setText(event.currentTarget.value)} />
      </label>
      <button type="submit" disabled={numbers.length === 0}>Fetch now</button>
    </form>
  );
}

function acceptGap({ from, to }: { from: string; to: string }): Act {
  return {
    title: "Accept this gap?",
    verb: "Accept",
    danger: true,
    text:
      `What changed from ${from} to ${to} and was not listed is not looked for any more. A list that covers these days would close the gap too.`,
    act: (api) => api.acceptGap(),
  };
}
