import postgres from "postgres";
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import type { Database } from "../../supabase/functions/sync-applications/database/database.types.ts";
import type { Random } from "../support/random.ts";
import type { Owner, Scheduler } from "./scheduler.ts";

/** The question `getLastSyncDate()` asks; any other is a mistake of the simulation. */
const WATERMARK_QUERY = "?select=sync_started_at&moves_watermark=eq.true" +
  "&or=%28listed_at.not.is.null%2Cstatus.eq.completed%29&sync_started_at=not.is.null&order=sync_started_at.desc&limit=1";

export interface SimDatabase {
  sql: postgres.Sql;
  /** Runs statements at the virtual time, as the role given. */
  at<T>(now: number, role: string, work: (sql: postgres.TransactionSql) => Promise<T>): Promise<T>;
  /** Calls that went through and must not have. */
  problems: string[];
  /** Runs a statement as a person with all rights. */
  operate(statement: string): Promise<void>;
  /** Whether anything was carried out, for a worker or a person, since this was last asked. */
  wasTouched(): boolean;
  /** supabase-js for a worker: real client, real SQL, latency and faults from the seed. */
  client(worker: Owner, conditions: () => DatabaseConditions): SupabaseClient<Database>;
}

/** Probabilities, for each call. */
export interface DatabaseConditions {
  /** The call never arrives. */
  refused: number;
  /** It is carried out, its answer is lost. */
  lost: number;
  /** It is carried out, and nothing is ever heard of it: not even that the connection is gone. */
  silent: number;
  /** Postgres cancels it: statement timeout. */
  cancelled: number;
}

export async function openSimDatabase(url: string): Promise<postgres.Sql> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  await sql.unsafe(await Deno.readTextFile(new URL("prepare_database.sql", import.meta.url)));
  return sql;
}

export function createSimDatabase(sql: postgres.Sql, scheduler: Scheduler, random: Random): SimDatabase {
  let touched = false;
  const problems: string[] = [];

  function at<T>(now: number, role: string, work: (sql: postgres.TransactionSql) => Promise<T>): Promise<T> {
    const seed = random.next() * 2 - 1;
    return sql.begin(async (transaction) => {
      await transaction`
        select setseed(${seed}), set_config('sim.now', ${new Date(now).toISOString()}, true),
          set_config('role', ${role}, true)`;
      return await work(transaction);
    }) as Promise<T>;
  }

  async function answer(url: URL, init: RequestInit): Promise<Response> {
    touched = true;
    try {
      const body = await at(scheduler.now(), "service_role", (transaction) => execute(transaction, url, init));
      const single = new Headers(init.headers).get("accept")?.includes("vnd.pgrst.object");
      return Response.json(single && Array.isArray(body) ? body[0] : body);
    } catch (error) {
      if (error instanceof ZombieError) problems.push(error.message);
      else if (!(error instanceof postgres.PostgresError)) throw error;
      if (!(error instanceof postgres.PostgresError)) {
        return Response.json({ code: "PT409", message: "" }, { status: 409 });
      }
      const status = error.code === "PT409" ? 409 : 400;
      return Response.json({ code: error.code, message: error.message, details: null, hint: null }, { status });
    }
  }

  return {
    sql,
    at,
    async operate(statement) {
      touched = true;
      await at(scheduler.now(), "supabase_admin", (transaction) => transaction.unsafe(statement));
    },
    problems,
    wasTouched() {
      const was = touched;
      touched = false;
      return was;
    },
    client(worker, conditions) {
      const fetch: typeof globalThis.fetch = (input, init = {}) => {
        const url = new URL(input instanceof Request ? input.url : input);
        const { refused, lost, silent, cancelled } = conditions();
        const fate = random.next();
        return new Promise((resolve, reject) => {
          // A GET that is refused would be sent again by supabase-js itself, in real time.
          const fail = () =>
            url.pathname.includes("/rpc/")
              ? reject(new TypeError("connection refused"))
              : resolve(Response.json({ message: "no connection" }, { status: 500 }));
          // The server carries out what has been sent, whether its client lives or not.
          const owner = random.chance(0.5) ? worker : undefined;
          const { signal } = init;
          const abort = () => reject(signal?.reason);
          if (signal?.aborted) return abort();
          signal?.addEventListener("abort", abort, { once: true });
          scheduler.after(random.whole(1, 30), owner, async () => {
            if (fate < refused) return fail();
            if (fate < refused + cancelled) {
              return resolve(Response.json({ code: "57014", message: "statement timeout" }, { status: 500 }));
            }
            const response = await answer(url, init);
            if (!worker.alive) return;
            if (fate < refused + cancelled + lost) return fail();
            if (fate >= refused + cancelled + lost + silent) resolve(response);
          });
        });
      };
      return createClient<Database>("http://simulation", "sb_secret_simulation", {
        auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
        global: { fetch },
      });
    },
  };
}

/** What a call with a lease that is not the running one's must meet; a zombie that gets past it is a bug. */
class ZombieError extends Error {
  override name = "ZombieError";
}

/** The answer's body: rows, or the value of a function that returns one. */
async function execute(transaction: postgres.TransactionSql, url: URL, init: RequestInit): Promise<unknown> {
  const rpc = /^\/rest\/v1\/rpc\/(\w+)$/.exec(url.pathname)?.[1];
  if (rpc) {
    const args: [string, unknown][] = Object.entries(JSON.parse(String(init.body)));
    const list = args.map(([name], index) => `${name} => $${index + 1}`).join(", ");
    const lease = args.find(([name]) => name === "lease")?.[1];
    const [held] = await transaction`select lease from public.tblsovereignapplicationssynclog where status = 'running'`;
    const values = args.map(([, value]) => value as postgres.ParameterOrJSON<never>);
    const [row] = await transaction.unsafe(
      `select coalesce(json_agg(r), '[]') as rows, (
        select p.proretset from pg_proc as p where p.pronamespace = 'public'::regnamespace and p.proname = '${rpc}'
      ) as is_set from public.${rpc}(${list}) as r`,
      values,
    );
    if (lease !== undefined && lease !== held?.lease) throw new ZombieError(`${rpc} went through without the lease`);
    return row?.is_set ? row.rows : row?.rows[0];
  }
  if (url.pathname !== "/rest/v1/tblsovereignapplicationssynclog" || url.search !== WATERMARK_QUERY) {
    throw new Error(`The simulation does not know ${url.pathname}${url.search}`);
  }
  const rows = await transaction`
    select sync_started_at from public.tblsovereignapplicationssynclog
    where moves_watermark and (listed_at is not null or status = 'completed') and sync_started_at is not null
    order by sync_started_at desc limit 1`;
  return [...rows];
}
