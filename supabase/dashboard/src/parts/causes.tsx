import { formatCount } from "../format.ts";
import { formatRoute } from "../route.ts";
import { Statement } from "./statement.tsx";

interface Cause {
  fingerprint: string;
  applications: number;
  examples?: string[];
  what_to_do: string | null;
}

/** What fails, one entry a cause, with the way to the applications and what mends it. */
export function Causes({ causes }: { causes: Cause[] }) {
  return (
    <ul class="causes">
      {causes.map(({ fingerprint, applications, examples, what_to_do }) => (
        <li key={fingerprint}>
          <a href={formatRoute(["not-current"], { cause: fingerprint })}>{fingerprint}</a>
          <span class="faint">{formatCount(applications, "application")}</span>
          {examples && examples.length > 0 && (
            <span class="faint">
              such as {examples.map((id) => <a key={id} class="id" href={formatRoute(["applications", id])}>{id}</a>)}
            </span>
          )}
          {what_to_do &&
            (/^(select|update) /.test(what_to_do) ? <Statement text={what_to_do} /> : <span>{what_to_do}</span>)}
        </li>
      ))}
    </ul>
  );
}
