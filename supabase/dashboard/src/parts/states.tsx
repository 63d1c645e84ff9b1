import type { Overview, State } from "../api.ts";
import { formatNumber } from "../format.ts";
import { formatRoute } from "../route.ts";

const WORDS: { state: Exclude<State, "synced">; title: string; words: string; alarming: boolean }[] = [
  { state: "pending", title: "Pending", words: "wait to be fetched", alarming: false },
  { state: "failed", title: "Failed", words: "tried again soon", alarming: true },
  { state: "parked", title: "Parked", words: "failed for a day, tried daily", alarming: true },
  { state: "gone", title: "Gone", words: "no longer at OCC", alarming: false },
];

/** How many applications are in each state, each a way to them. */
export function States({ counts }: { counts: Overview["counts"] }) {
  return (
    <nav class="states panel" aria-label="Applications by state">
      <a href={formatRoute(["numbers"])}>
        <span>Current</span>
        <strong>{counts.synced_is_about && <small>about</small>} {formatNumber(counts.synced)}</strong>
        <small>as OCC has them</small>
      </a>
      {WORDS.map(({ state, title, words, alarming }) => (
        <a
          key={state}
          class={alarming && counts[state] > 0 ? "bad" : ""}
          href={formatRoute(["not-current"], { state })}
        >
          <span>{title}</span>
          <strong class={counts[state] === 0 ? "none" : ""}>{formatNumber(counts[state])}</strong>
          <small>{words}</small>
        </a>
      ))}
    </nav>
  );
}
