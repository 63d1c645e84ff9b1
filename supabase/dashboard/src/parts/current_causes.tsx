import type { NotCurrentPage } from "../api.ts";
import { formatCount } from "../format.ts";
import { formatRoute } from "../route.ts";

/** What applications fail with now, one entry a cause, each a filter. */
export function CurrentCauses({ causes }: Pick<NotCurrentPage, "causes">) {
  if (causes.length === 0) return null;
  return (
    <ul class="current-causes">
      {causes.map(({ fingerprint, applications, what_to_do }) => (
        <li key={fingerprint}>
          <a href={formatRoute(["not-current"], { fingerprint })}>{fingerprint}</a>
          <span class="faint">{formatCount(applications, "application")}</span>
          {what_to_do && <code>{what_to_do}</code>}
        </li>
      ))}
    </ul>
  );
}
