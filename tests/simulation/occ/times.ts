/** How OCC writes its times: in UTC, with its zone's offset, or as local time, which says nothing of the zone. */
export interface TimeStyle {
  zone: string;
  offsets: "Z" | "written" | "left out";
}

export const TIME_STYLES: readonly TimeStyle[] = [
  { zone: "UTC", offsets: "Z" },
  { zone: "UTC", offsets: "left out" },
  { zone: "Pacific/Auckland", offsets: "written" },
  { zone: "Pacific/Auckland", offsets: "left out" },
  { zone: "Asia/Kolkata", offsets: "left out" },
  { zone: "America/New_York", offsets: "left out" },
  { zone: "America/New_York", offsets: "Z" },
];

/** Zones whose clock is put back, and an instant some hours before. */
export const CLOCKS_PUT_BACK: readonly { style: TimeStyle; start: string }[] = [
  { style: { zone: "Pacific/Auckland", offsets: "left out" }, start: "2026-04-04T12:30:00Z" },
  { style: { zone: "America/New_York", offsets: "left out" }, start: "2026-11-01T04:30:00Z" },
  { style: { zone: "Pacific/Auckland", offsets: "written" }, start: "2026-04-04T12:30:00Z" },
];

const QUARTER_MS = 900_000;

/** Writes an instant, milliseconds since the epoch, as OCC does. */
export function createTimeWriter({ zone, offsets }: TimeStyle): (instant: number) => string {
  const format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
  const known = new Map<number, string>();

  /** `+13:00`; offsets change on the quarter hour at the earliest. */
  function offsetAt(instant: number): string {
    const quarter = Math.floor(instant / QUARTER_MS);
    let offset = known.get(quarter);
    if (offset === undefined) {
      const name = format.formatToParts(instant).find(({ type }) => type === "timeZoneName")?.value ?? "";
      offset = name.slice("GMT".length) || "+00:00";
      known.set(quarter, offset);
    }
    return offset;
  }

  return (instant) => {
    if (offsets === "Z") return new Date(instant).toISOString();
    const offset = offsetAt(instant);
    const [hours = 0, minutes = 0] = offset.slice(1).split(":").map(Number);
    const east = (offset.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
    const local = new Date(instant + east).toISOString().slice(0, -1);
    return offsets === "written" ? `${local}${offset}` : local;
  };
}
