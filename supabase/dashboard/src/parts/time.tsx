import { formatAge, formatTime, formatUtc } from "../format.ts";
import { useNow } from "../now.ts";

/** A moment in the viewer's zone, in UTC on hover; with `age`, how long ago it is. */
export function Time({ at, age = false }: { at: string | null; age?: boolean }) {
  const now = useNow();
  if (at === null) return <span class="none">never</span>;
  return <time dateTime={at} title={formatUtc(at)}>{age ? formatAge(at, now) : formatTime(at, now)}</time>;
}
