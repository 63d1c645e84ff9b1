import { formatAge, formatMoment, formatTime, formatUtc } from "../format.ts";
import { useNow } from "../now.ts";
import { useZone } from "../zone.tsx";

/** A moment in the viewer's zone with UTC on hover, or in UTC where they want it; with `age`, how long ago it is. */
export function Time({ at, age = false }: { at: string | null; age?: boolean }) {
  const now = useNow();
  const { utc } = useZone();
  if (at === null) return <span class="none">never</span>;
  const [shown, hovered] = utc ? [formatUtc(at), formatTime(at, now)] : [formatTime(at, now), formatUtc(at)];
  return (
    <time dateTime={at} title={hovered}>
      {age ? formatAge(at, now) : shown}
      {age && utc && <small class="faint">{` ${formatMoment(at, now, "UTC")} UTC`}</small>}
    </time>
  );
}
