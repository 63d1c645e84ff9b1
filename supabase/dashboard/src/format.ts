// Words and numbers as people read them. Pure: the clock and the zone come in.

const NUMBER = new Intl.NumberFormat("en");

/** 26000 -> `26,000`. */
export function formatNumber(value: number): string {
  return NUMBER.format(value);
}

/** `1 application`, `2,000 applications`; the plural is the singular with an s unless it is given. */
export function formatCount(value: number, one: string, many = `${one}s`): string {
  return `${formatNumber(value)} ${value === 1 ? one : many}`;
}

/** Seconds in the two largest units: `0.8 s`, `42 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`. */
export function formatDuration(seconds: number): string {
  if (seconds < 0) return "0 s";
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return two(Math.floor(whole / 60), "min", whole % 60, "s");
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return two(Math.floor(minutes / 60), "h", minutes % 60, "min");
  const hours = Math.round(seconds / 3600);
  return two(Math.floor(hours / 24), "d", hours % 24, "h");
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** How long ago, or in how long; within five seconds it is now. */
export function formatAge(at: string | number, now: number): string {
  const seconds = (now - new Date(at).getTime()) / 1000;
  if (Math.abs(seconds) < 5) return "now";
  return seconds > 0 ? `${formatSince(seconds)} ago` : `in ${formatSince(-seconds)}`;
}

/** For what grows while one looks: from ten minutes on the seconds are left out, so that the page is calm. */
export function formatSince(seconds: number): string {
  return formatDuration(seconds < 600 ? seconds : Math.round(seconds / 60) * 60);
}

/** `24 Nov 09:00 to 25 Nov 09:00`, `25 Nov 08:00 to 09:00`: the year only where it is not this one. */
export function formatSpan(from: string | number, to: string | number, now: number, timeZone?: string): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  const year = (moment: string | number) => new Date(moment).toLocaleDateString("en-CA", zone).slice(0, 4);
  const day = (moment: string | number) =>
    new Date(moment).toLocaleDateString("en-GB", {
      ...zone,
      day: "numeric",
      month: "short",
      ...(year(moment) === year(now) ? {} : { year: "numeric" }),
    });
  const time = (moment: string | number) =>
    new Date(moment).toLocaleTimeString("en-GB", { ...zone, hour: "2-digit", minute: "2-digit" });
  return `${day(from)} ${time(from)} to ${day(from) === day(to) ? "" : `${day(to)} `}${time(to)}`;
}

/** In the viewer's zone, or another; the day is left out when it is today's. */
export function formatTime(at: string | number, now: number, timeZone?: string): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  const day = (moment: string | number) => new Date(moment).toLocaleDateString("en-CA", zone);
  const time = new Date(at).toLocaleTimeString("en-GB", zone);
  return day(at) === day(now) ? time : `${day(at)} ${time}`;
}

/** To the minute, as in a sentence: `06:31`, `24 Nov 06:31`, `24 Nov 2025 06:31`. */
export function formatMoment(at: string | number, now: number, timeZone?: string): string {
  const zone = timeZone === undefined ? {} : { timeZone };
  const day = (moment: string | number) => new Date(moment).toLocaleDateString("en-CA", zone);
  const time = new Date(at).toLocaleTimeString("en-GB", { ...zone, hour: "2-digit", minute: "2-digit" });
  if (day(at) === day(now)) return time;
  const year = day(at).slice(0, 4) === day(now).slice(0, 4) ? {} : { year: "numeric" as const };
  return `${new Date(at).toLocaleDateString("en-GB", { ...zone, day: "numeric", month: "short", ...year })} ${time}`;
}

/** `2026-11-25 06:31:31 UTC`. */
export function formatUtc(at: string | number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** How much of the whole; 100 % only when nothing is left. */
export function formatShare(part: number, whole: number): string {
  if (whole === 0) return "0 %";
  const percent = (part / whole) * 100;
  return `${part < whole ? Math.min(99, Math.round(percent)) : 100} %`;
}

/** A second: `0.25`, `6.1`, `140`. */
export function formatRate(perSecond: number): string {
  return formatNumber(Number(perSecond.toFixed(perSecond < 1 ? 2 : perSecond < 10 ? 1 : 0)));
}
