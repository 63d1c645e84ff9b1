import postgres from "postgres";
import type { Random } from "../../support/random.ts";
import type { Scheduler } from "../scheduler.ts";
import type { Inspection } from "./inspection.ts";

/** A statement Postgres refused: the code as the Data API passes it on. */
export class StatementError extends Error {
  override name = "StatementError";
  constructor(message: string, readonly code: string) {
    super(message);
  }
}

export interface Statement {
  /** With arguments it takes them from `$1`, a json, and returns one json; without, nobody looks at what it returns. */
  text: string;
  args?: unknown;
  role?: "service_role" | "supabase_admin";
  /** The statement must not get through without it. */
  lease?: string;
}

/** A statement that was carried out, and what it returned. */
export interface Done extends Statement {
  result: unknown;
}

/** The project's database at the virtual time. One statement at a time; after each, everybody who looks is told. */
export interface SimDatabase {
  /** @throws StatementError */
  carryOut(statement: Statement): Promise<unknown>;
  /** A statement of a person with all rights, in one transaction; false when somebody's lock was in its way. */
  operate(text: string): Promise<boolean>;
  /** Notes the list of a tick that has nothing to do; false when it has. */
  skipIdleTick(undated: boolean): Promise<boolean>;
  onInspection(look: (after: Inspection, done: Done) => void): void;
  /** Whether a statement was carried out since this was last asked. */
  wasTouched(): boolean;
  problems: string[];
}

/** Codes of a wait for a lock that was given up. */
const LOCKED = new Set(["55P03", "57014"]);

export async function openSimDatabase(url: string): Promise<postgres.Sql> {
  const sql = postgres(url, {
    max: 1,
    onnotice: () => {},
    connection: { jit: false, lock_timeout: 10, plan_cache_mode: "force_generic_plan", statement_timeout: 20_000 },
  });
  for (const name of ["prepare_database.sql", "inspect.sql"]) {
    await sql.unsafe(await Deno.readTextFile(new URL(name, import.meta.url)));
  }
  return sql;
}

/** As after the migrations, with plans made anew: a seed must play the same whatever was played before it. */
export async function emptyDatabase(sql: postgres.Sql, now: number): Promise<void> {
  await sql.unsafe(`
    set sim.now = '${new Date(now).toISOString()}';
    -- pg_net's worker may be cleaning up.
    set lock_timeout = '10s';
    truncate public.tblsovereignapplications;
    truncate public.tblsovereignapplicationssynclog, sovereign_sync.status, sovereign_sync.gaps, sovereign_sync.dispatches,
      sovereign_sync.alerts, sovereign_sync.unauthorized_requests, sovereign_sync.actions, sovereign_sync.changes, sovereign_sync.errors,
      sovereign_sync.known_status_codes, sovereign_sync.queued_sync, net._http_response, sim.requests
      restart identity;
    delete from sovereign_sync.settings;
    insert into sovereign_sync.settings default values;
    reset lock_timeout;
    discard plans;
  `);
}

export function createSimDatabase(sql: postgres.Sql, scheduler: Scheduler, random: Random): SimDatabase {
  const looks: ((after: Inspection, done: Done) => void)[] = [];
  const problems: string[] = [];
  let touched = false;

  async function carryOut(statement: Statement): Promise<unknown> {
    const { text, args, role = "service_role", lease } = statement;
    touched = true;
    const seed = random.next() * 2 - 1;
    try {
      const [row] = await sql`
        select sim.carry_out(${new Date(scheduler.now()).toISOString()}, ${seed}, ${role}, ${text}, ${
        args === undefined ? null : sql.json(args as postgres.JSONValue)
      }, ${lease ?? null}) as done`;
      const { result, zombie, inspection } = row?.done ?? {};
      if (zombie) problems.push(`${text} went through without the lease`);
      for (const look of looks) look(inspection, { ...statement, result });
      return result;
    } catch (error) {
      if (!(error instanceof postgres.PostgresError)) throw error;
      throw new StatementError(error.message, error.code);
    }
  }

  return {
    carryOut,
    async operate(text) {
      try {
        await carryOut({ text, role: "supabase_admin" });
        return true;
      } catch (error) {
        if (error instanceof StatementError && LOCKED.has(error.code)) return false;
        throw error;
      }
    },
    async skipIdleTick(undated) {
      const [row] = await sql`
        select sim.skip_idle_tick(${new Date(scheduler.now()).toISOString()}, ${undated}) as skipped`;
      return row?.skipped;
    },
    wasTouched() {
      const was = touched;
      touched = false;
      return was;
    },
    onInspection: (look) => void looks.push(look),
    problems,
  };
}
