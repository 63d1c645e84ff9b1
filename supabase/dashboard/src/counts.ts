// How a run's counts add up, in words and in parts that can be drawn. Pure.
import type { Run } from "./api.ts";
import { formatCount, formatNumber } from "./format.ts";
import type { Tone } from "./words.ts";

export interface Part {
  words: string;
  count: number;
  tone: Tone | "faint";
}

/** A whole that is the sum of its parts. */
export interface Sum {
  /** `120 applications listed`. */
  title: string;
  whole: number;
  parts: Part[];
  /** What somebody who adds up would ask. */
  note?: string;
}

/** What OCC listed, what was asked for, and what came of the answers; what did not happen is left out. */
export function addUpRun(run: Run): Sum[] {
  const fetched = run.fetched ?? 0;
  const fetchFailures = run.fetch_failures ?? 0;
  const attempted = fetched + fetchFailures;
  return [
    ...(run.listed_at === null ? [] : [describeListed(run)]),
    ...(attempted === 0 ? [] : [describeAttempted(run, attempted)]),
    ...(fetched === 0 ? [] : [describeStored(run, fetched)]),
  ];
}

function describeListed(run: Run): Sum {
  const found = run.found ?? 0;
  const since = run.listed_since ?? run.since;
  return {
    title: `${formatCount(found, "application")} listed by OCC, changed since ${since}`,
    whole: found,
    parts: [
      { words: "known to be current already", count: run.unchanged, tone: "faint" },
      { words: "to be fetched", count: run.enqueued, tone: "busy" },
    ],
    ...(since === run.since ? {} : { note: `It was to list since ${run.since}; OCC could not give so long a list.` }),
  };
}

function describeAttempted(run: Run, attempted: number): Sum {
  const failures = run.fetch_failures ?? 0;
  const more = attempted - run.enqueued;
  return {
    title: `${formatCount(attempted, "application")} asked for, one by one`,
    whole: attempted,
    parts: [
      { words: "answered", count: run.fetched ?? 0, tone: "good" },
      {
        words: run.gone > 0 ? `failed, ${formatNumber(run.gone)} of them no longer at OCC` : "failed",
        count: failures,
        tone: "bad",
      },
    ],
    ...(more > 0 && run.outcome !== "running"
      ? {
        note: `${formatNumber(more)} more than it listed: earlier runs had left them, or somebody had asked for them.`,
      }
      : more < 0 && run.outcome !== "running"
      ? {
        note: `${
          formatNumber(-more)
        } fewer than were to be fetched: they wait for their next attempt, or for the next run.`,
      }
      : {}),
  };
}

function describeStored(run: Run, fetched: number): Sum {
  const failures = run.upsert_failures ?? 0;
  return {
    title: `${formatCount(fetched, "answer")} to store`,
    whole: fetched,
    parts: [
      { words: "synced", count: run.synced ?? 0, tone: "good" },
      {
        words: run.locked > 0
          ? `not stored, ${formatNumber(run.locked)} of them held locked by somebody`
          : "not stored",
        count: failures,
        tone: "bad",
      },
    ],
  };
}

/** `1,200 + 30 = 1,230`, or what it lacks: counts of a log that was changed by hand need not add up. */
export function checkSum({ whole, parts }: Sum): string | undefined {
  const sum = parts.reduce((total, { count }) => total + count, 0);
  if (sum === whole) return undefined;
  return `${parts.map(({ count }) => formatNumber(count)).join(" + ")} is ${formatNumber(sum)}, not ${
    formatNumber(whole)
  }`;
}
