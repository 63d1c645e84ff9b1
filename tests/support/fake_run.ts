import type { Failure, SyncRun } from "../../supabase/functions/sync-applications/database/sync_run.ts";

type Calls = Pick<SyncRun, "enqueue" | "claim" | "settle" | "chooseCanaries" | "finish">;
type State = Pick<SyncRun, "mayShorten" | "occUnwell" | "listed" | "due" | "sinceDate">;

export interface FakeRun extends SyncRun {
  /** How many each claim asked for. */
  claims: number[];
  /** What each call settled, rows by their ids. */
  settled: { rows: string[]; failures: Failure[] }[];
  /** The run is lost by this. */
  lose(error: Error): void;
}

/** A run without a database. What the test does not bring must not be called. */
export function createFakeRun(calls: Partial<Calls> = {}, state: Partial<State> = {}): FakeRun {
  const lost = new AbortController();
  const claims: FakeRun["claims"] = [];
  const settled: FakeRun["settled"] = [];
  return {
    id: "11111111-1111-4111-8111-111111111111",
    sinceDate: "2026-01-01",
    hasWatermark: false,
    mayShorten: true,
    pass: 1,
    listed: true,
    due: 0,
    occUnwell: false,
    ...state,
    lost: lost.signal,
    enqueue: calls.enqueue ?? refuse("enqueue"),
    async claim(maxClaims) {
      claims.push(maxClaims);
      return await (calls.claim ?? refuse("claim"))(maxClaims);
    },
    async settle(applications, failures) {
      settled.push({ rows: applications.map(({ row }) => row.g3_application_number), failures: [...failures] });
      return await (calls.settle ?? refuse("settle"))(applications, failures);
    },
    chooseCanaries: calls.chooseCanaries ?? refuse("chooseCanaries"),
    finish: calls.finish ?? refuse("finish"),
    claims,
    settled,
    lose: (error) => lost.abort(error),
  };
}

function refuse(name: string): () => never {
  return () => {
    throw new Error(`${name}() must not be called`);
  };
}

/** Hands out what is due, each once. */
export function claimFrom(ids: Iterable<string>): SyncRun["claim"] {
  const due = [...ids];
  return (maxClaims) => Promise.resolve(due.splice(0, maxClaims));
}

/** Stores all it is given. */
export const settleAll: SyncRun["settle"] = (applications) => Promise.resolve(applications.length);
