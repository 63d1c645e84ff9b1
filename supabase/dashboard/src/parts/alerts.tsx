import type { Alert } from "../api.ts";
import { formatCount } from "../format.ts";
import { capitalize } from "../words.ts";
import { Time } from "./time.tsx";

/** What is wrong now; each closes by itself when it is no more. */
export function Alerts({ alerts }: { alerts: Alert[] }) {
  if (alerts.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="alerts">
      <h2 id="alerts">{formatCount(alerts.length, "open alert")}</h2>
      <ul class="alerts">
        {alerts.map(({ condition, message, opened_at }) => (
          <li key={condition}>
            <strong class="bad">{capitalize(condition)}</strong>
            <span>{message}</span>
            <span class="faint">
              opened <Time at={opened_at} age />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
