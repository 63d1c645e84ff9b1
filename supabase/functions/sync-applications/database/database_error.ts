/** Postgres' code for a write by a pass that no longer holds the run (`sovereign_sync.hold_sync_run`). */
const LEASE_LOST = "PT409";

/** Likewise, for any call but the last of a pass whose run somebody has cancelled. */
const CANCELLED = "PT410";

/** Worth another try at once: SQLSTATE, or PostgREST's own. */
const TRANSIENT_CODES = new Set([
  "40001", // serialization
  "40P01", // deadlock
  "55P03", // lock timeout
  "57014", // statement timeout
  "53300", // too many connections
  "57P01", // shutting down
  "57P02",
  "57P03",
  "08006",
  "PGRST000", // no connection
  "PGRST001",
  "PGRST002", // the schema cache is being built
  "PGRST003", // no free connection
  "PGRST202", // a function it does not know yet: the schema cache is older than the migration
  "PGRST205", // a table, likewise
]);

/** Data exceptions (22), integrity violations (23), program limits (54), and what a trigger raises (P0) lie in a row. */
const ROW_REJECTED = /^(21|22|23|54|P0)/;

/** Our own code for a call too large for the Data API: half of it may pass. */
const TOO_LARGE = "413";

/** The database rejected a call or could not be reached. Carries Postgres' code, never its detail: that quotes the row. */
export class DatabaseError extends Error {
  override name = "DatabaseError";
  constructor(
    message: string,
    /** SQLSTATE, PostgREST's code, or empty when nothing answered. */
    readonly code: string,
    /** Whether the same call may succeed a moment later. */
    readonly retriable: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  get leaseLost(): boolean {
    return this.code === LEASE_LOST;
  }

  get cancelled(): boolean {
    return this.code === CANCELLED;
  }

  /** Whether Postgres rejected a row that was written; without that row the call may succeed. */
  get rowRejected(): boolean {
    return !this.retriable && (ROW_REJECTED.test(this.code) || this.code === TOO_LARGE);
  }
}

/** Turns supabase-js' error into ours; `action` completes "Cannot …". A status of 0 means that nobody answered. */
export function toDatabaseError(
  action: string,
  error: { code?: string; message: string },
  status: number,
): DatabaseError {
  const code = error.code ?? "";
  if (code === LEASE_LOST) return new DatabaseError(`Cannot ${action}: another pass holds the run now`, code, false);
  if (code === CANCELLED) return new DatabaseError(`Cannot ${action}: the run is cancelled`, code, false);
  if (status === 413) return new DatabaseError(`Cannot ${action}: it is too large for the Data API`, TOO_LARGE, false);
  if (status === 0 || code === "") {
    const answer = status === 0 ? "the database cannot be reached" : `the database answered ${status}`;
    return new DatabaseError(`Cannot ${action}: ${answer}`, code, status === 0 || status === 429 || status >= 500);
  }
  const retriable = TRANSIENT_CODES.has(code) || status === 429 || status >= 502;
  return new DatabaseError(`Cannot ${action}: the database rejected it (${code})`, code, retriable);
}
