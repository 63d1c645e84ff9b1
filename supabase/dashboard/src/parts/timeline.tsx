import type { Change } from "../api.ts";
import { formatCount } from "../format.ts";
import { formatRoute } from "../route.ts";
import { toMoments } from "../timeline.ts";
import { DownloadCsv } from "./download_csv.tsx";
import { Time } from "./time.tsx";

interface TimelineProps {
  application: string;
  history: Change[];
  /** Whether there are older ones. */
  more: boolean;
}

/** What changed in an application, newest first: when, by which run, from what to what. */
export function Timeline({ application, history, more }: TimelineProps) {
  return (
    <section class="panel" aria-labelledby="history">
      <h2 id="history">History</h2>
      {history.length === 0 && <p class="empty">Nothing of it has changed since it was first stored.</p>}
      <ol class="timeline">
        {toMoments(history).map(({ at, run, changes }) => (
          <li key={`${at} ${run}`}>
            <p>
              <strong>
                <Time at={at} />
              </strong>{" "}
              <span class="faint">
                <Time at={at} age /> · {run ? <a href={formatRoute(["runs", run])}>a sync</a> : "not by the sync"}
              </span>
            </p>
            <dl>
              {changes.map(({ attribute, old, new: now }) => (
                <div key={attribute}>
                  <dt>{attribute}</dt>
                  <dd>
                    <Value text={old} />{" "}
                    <span class="faint">
                      <span aria-hidden="true">→</span>
                      <span class="unseen">became</span>
                    </span>{" "}
                    <strong>
                      <Value text={now} />
                    </strong>
                  </dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ol>
      {more && (
        <p class="faint">
          These are the newest {formatCount(history.length, "change")}; older ones are in sync_changes.
        </p>
      )}
      {history.length > 0 && (
        <DownloadCsv
          name={`History of ${application}`}
          columns={[
            { heading: "Changed at", text: ({ changed_at }: Change) => changed_at },
            { heading: "Attribute", text: ({ attribute }: Change) => attribute },
            { heading: "Was", text: ({ old }: Change) => old },
            { heading: "Became", text: (change: Change) => change.new },
            { heading: "Run", text: ({ run }: Change) => run },
          ]}
          rows={history}
        />
      )}
    </section>
  );
}

function Value({ text }: { text: string | null }) {
  return text === null ? <span class="none">nothing</span> : <>{text}</>;
}
