import type { Overview, State } from "../api.ts";
import { formatNumber } from "../format.ts";
import { formatRoute } from "../route.ts";

const WORDS: [Exclude<State, "synced">, string][] = [
  ["pending", "waiting to be fetched"],
  ["failed", "failed, tried again soon"],
  ["parked", "failed for a day, tried once a day"],
  ["gone", "no longer at OCC"],
];

/** How many applications are in each state that is not "current", each a way to them. */
export function States({ counts }: { counts: Overview["counts"] }) {
  return (
    <nav class="states" aria-label="Applications by state">
      <a class="panel" href={formatRoute(["numbers"])}>
        <strong>{counts.synced_is_about ? "about " : ""}{formatNumber(counts.synced)}</strong>
        <span>as OCC has them</span>
      </a>
      {WORDS.map(([state, words]) => (
        <a
          key={state}
          class={`panel ${counts[state] > 0 && state !== "gone" && state !== "pending" ? "bad" : ""}`}
          href={formatRoute(["not-current"], { state })}
        >
          <strong>{formatNumber(counts[state])}</strong>
          <span>{words}</span>
        </a>
      ))}
    </nav>
  );
}
