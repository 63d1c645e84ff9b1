import type { RunReport } from "../api.ts";
import { formatCount } from "../format.ts";
import { formatRoute } from "../route.ts";
import { Statement } from "./statement.tsx";

/** A run's errors by their cause, most first. */
export function Causes({ errors }: Pick<RunReport, "errors">) {
  const total = errors.reduce((sum, { count }) => sum + count, 0);
  return (
    <section class="panel" aria-labelledby="errors">
      <h2 id="errors">
        {formatCount(total, "error")}
        {errors.length > 1 && `, ${formatCount(errors.length, "cause")}`}
      </h2>
      <ul class="causes">
        {errors.map(({ fingerprint, count, examples, what_to_do }) => (
          <li key={fingerprint}>
            <p class="row">
              <strong class="bad">{fingerprint}</strong>
              <span class="end">
                <a href={formatRoute(["not-current"], { fingerprint })}>Who fails so now</a>
              </span>
            </p>
            <p class="faint">
              {formatCount(count, "application")}
              {examples.length > 0 && ": "}
              {examples.map((example, at) => (
                <span key={example}>
                  {at > 0 && ", "}
                  <a href={formatRoute(["applications", example])}>{example}</a>
                </span>
              ))}
              {count > examples.length && examples.length > 0 && ", …"}
            </p>
            {what_to_do && <Statement label="Tries them again:" text={what_to_do} />}
          </li>
        ))}
      </ul>
    </section>
  );
}
