import type { NotCurrentPage } from "../api.ts";
import { formatCount, formatNumber } from "../format.ts";
import { Statement } from "./statement.tsx";

interface CurrentCausesProps extends Pick<NotCurrentPage, "causes"> {
  /** The fingerprint the list is filtered by. */
  chosen: string | undefined;
  address(fingerprint: string | undefined): string;
  /** Where the viewer may; else the statement stands in its place. */
  retry: ((fingerprint: string) => void) | undefined;
}

/** What applications fail with now, one entry a cause, each a filter and what can be done about it. */
export function CurrentCauses({ causes, chosen, address, retry }: CurrentCausesProps) {
  const known = causes.some(({ fingerprint }) => fingerprint === chosen);
  const shown = chosen ? causes.filter(({ fingerprint }) => fingerprint === chosen) : causes;
  if (shown.length === 0 && !chosen) return null;
  return (
    <section aria-labelledby="causes">
      <header class="row">
        <h2 id="causes">{chosen ? "Only this cause" : formatCount(causes.length, "cause")}</h2>
        {chosen && <a href={address(undefined)}>All causes</a>}
      </header>
      {chosen && !known && <p>Nothing fails with “{chosen}” any more.</p>}
      <ul class="current-causes">
        {shown.map(({ fingerprint, applications, what_to_do }) => (
          <li key={fingerprint}>
            <b class="number" aria-label={formatCount(applications, "application")}>{formatNumber(applications)}</b>
            <a href={address(fingerprint)} aria-current={fingerprint === chosen ? "true" : undefined}>{fingerprint}</a>
            {retry
              ? (
                <button type="button" aria-label={`Try again: ${fingerprint}`} onClick={() => retry(fingerprint)}>
                  Try again
                </button>
              )
              : what_to_do && <Statement label="Tries them again:" text={what_to_do} />}
          </li>
        ))}
      </ul>
    </section>
  );
}
