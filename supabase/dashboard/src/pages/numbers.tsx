import { formatCount, formatNumber } from "../format.ts";
import { useKept } from "../kept.ts";
import type { PageProps } from "../page_props.ts";
import { ChangesADay } from "../parts/changes_a_day.tsx";
import { Choices } from "../parts/choices.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Shares } from "../parts/shares.tsx";
import { Stale } from "../parts/stale.tsx";
import { usePoll } from "../poll.ts";
import { DAYS, listBranches, listStatuses, readDays } from "../statistics.ts";

/** It costs a look at every application, and changes slowly. */
const REFRESH_MS = 300_000;

/** The specification's statistics: applications by status and branch, and how many change. */
export function NumbersPage({ api, overview, route }: PageProps) {
  const days = readDays(route.query);
  const polled = useKept(usePoll((signal) => api.statistics(days, signal), String(days), () => REFRESH_MS));
  const { counts } = overview;
  return (
    <>
      <section class="panel" aria-labelledby="numbers">
        <h1 id="numbers">Applications in numbers</h1>
        <Stale polled={polled} />
        <Loaded polled={polled} what="the numbers">
          {({ total, stored_today, changes_a_day }) => (
            <dl class="figures">
              <Figure name="Stored" value={total} note={total === 1 ? "application" : "applications"} />
              <Figure name="New today" value={stored_today} note="stored for the first time" />
              <Figure
                name="Changed today"
                value={changes_a_day.at(-1)?.applications ?? 0}
                note={formatCount(changes_a_day.at(-1)?.changes ?? 0, "change")}
              />
              <Figure
                name="Not current"
                value={counts.pending + counts.failed + counts.parked}
                note="pending, failed or parked"
              />
            </dl>
          )}
        </Loaded>
      </section>
      {polled.value && (
        <>
          <section class="panel" aria-labelledby="changes" aria-busy={polled.busy}>
            <header class="row">
              <h2 id="changes">Changes a day</h2>
              <Choices
                route={{ ...route, query: { ...route.query, days: String(days) } }}
                name="days"
                words="How far back"
                choices={DAYS}
                clears={[]}
                none={false}
              />
            </header>
            <ChangesADay days={polled.value.changes_a_day} />
          </section>
          <div class="columns">
            <Shares title="By status" heading="Status" bars={listStatuses(polled.value)} total={polled.value.total} />
            <Shares title="By branch" heading="Branch" bars={listBranches(polled.value)} total={polled.value.total} />
          </div>
        </>
      )}
    </>
  );
}

function Figure({ name, value, note }: { name: string; value: number; note: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <strong>{formatNumber(value)}</strong> <span class="faint">{note}</span>
      </dd>
    </div>
  );
}
