import { useState } from "preact/hooks";
import { acceptGap, type Act, CANCEL, makeOperator, PAUSE, RESUME } from "../acts.ts";
import { useNow } from "../now.ts";
import type { PageProps } from "../page_props.ts";
import { ActionLog } from "../parts/action_log.tsx";
import { Confirm } from "../parts/confirm.tsx";
import { NumberForm, ReconcileForm, StartForm, SyncForm } from "../parts/act_forms.tsx";
import { Statement } from "../parts/statement.tsx";
import { Thresholds } from "../parts/thresholds.tsx";
import { Time } from "../parts/time.tsx";
import { formatRoute } from "../route.ts";
import { describeNextTick } from "../words.ts";

/** What an operator can do, from when there is an alert, and what operators did. */
export function ActPage({ api, overview, refresh }: PageProps) {
  const [asked, setAsked] = useState<Act>();
  const { operator, gap } = overview;
  const act = async () => {
    const { message } = await asked!.act(api);
    refresh();
    return message;
  };
  return (
    <>
      {operator ? <h1 class="page-title">Act</h1> : <MayOnlyLook email={overview.email} />}
      {operator && (
        <>
          {gap && (
            <section class="panel warned row" aria-label="Open gap">
              <p>
                <strong>OCC could not list {gap.from} to {gap.to}.</strong>{" "}
                What changed on these days and not since is not known. A reconciliation from there on looks again.
              </p>
              <button type="button" class="end" onClick={() => setAsked(acceptGap(gap))}>Accept the gap…</button>
            </section>
          )}
          <div class="acts">
            <SyncForm ask={setAsked} />
            <Schedule overview={overview} ask={setAsked} />
            <NumberForm ask={setAsked} />
            <ReconcileForm ask={setAsked} />
            <StartForm ask={setAsked} />
          </div>
        </>
      )}
      <Thresholds api={api} operator={operator} />
      {operator && <ActionLog api={api} cause={asked === undefined} />}
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
    <section class="panel" aria-labelledby="may-only-look">
      <h1 id="may-only-look">You may look, not act</h1>
      <p>
        {email ?? "You"}{" "}
        can see all of this page, but only an operator may start, pause or change anything. Whoever may open the
        project's SQL editor makes you one with this statement. It counts once you have signed in anew.
      </p>
      <Statement label="" text={makeOperator(email)} />
    </section>
  );
}

function Schedule({ overview, ask }: { overview: PageProps["overview"]; ask(act: Act): void }) {
  const now = useNow();
  const paused = overview.paused_at !== null;
  const { running } = overview;
  return (
    <section class="panel" aria-labelledby="schedule">
      <h2 id="schedule">Schedule</h2>
      <p>
        {paused
          ? (
            <>
              <strong class="warn">Paused</strong> since <Time at={overview.paused_at} />: no tick starts a sync.
            </>
          )
          : overview.next_tick_at === null
          ? (
            <>
              <strong class="warn">No next tick</strong> is known: its job is not there, or has a schedule of its own.
            </>
          )
          : (
            <>
              <strong class="good">On</strong>, the next tick is {describeNextTick(overview, now)}.
            </>
          )}
      </p>
      {running && (
        <p>
          <a href={formatRoute(["runs", running.id])}>A run</a> is going on since <Time at={running.started_at} />.
        </p>
      )}
      <div class="row">
        <button type="button" class={paused ? "main" : ""} onClick={() => ask(paused ? RESUME : PAUSE)}>
          {paused ? "Resume the schedule…" : "Pause the schedule…"}
        </button>
        {running?.cancelled_by === null && <button type="button" onClick={() => ask(CANCEL)}>Cancel this run…</button>}
      </div>
    </section>
  );
}
