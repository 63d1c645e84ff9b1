import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import type postgres from "postgres";
import type { Database } from "../../../supabase/functions/sync-applications/database/database.types.ts";
import type { Random } from "../../support/random.ts";
import type { Owner, Scheduler } from "../scheduler.ts";
import type { See } from "../sightings.ts";
import type { DataApiFaults, Fate } from "./data_api_faults.ts";
import { type SimDatabase, StatementError } from "./sim_database.ts";

/** A function of the database as PostgREST calls it. */
interface Rpc {
  /** By the names of its arguments, their types. */
  types: Map<string, string>;
  /** Its rows have columns; otherwise they are bare values. */
  isTable: boolean;
  returns: "rows" | "value" | "nothing";
}

/** PostgreSQL lets nobody wait longer for a lock: `lock_timeout` of PostgREST's role. Milliseconds. */
const LOCK_TIMEOUT_MS = 8000;

/** The functions of the schema `public`, as the Data API's schema cache has them. */
export async function readRpcs(sql: postgres.Sql): Promise<Map<string, Rpc>> {
  const rows = await sql`
    select p.proname as name, p.proretset as is_set, p.prorettype = 'void'::regtype as is_void, p.proargmodes is not null as is_table,
      coalesce(p.proargnames[1:p.pronargs], '{}') as names,
      array(select t.type::regtype::text from unnest(p.proargtypes) with ordinality as t (type, n) order by n) as types
    from pg_proc as p where p.pronamespace = 'public'::regnamespace`;
  return new Map(rows.map(({ name, is_set, is_void, is_table, names, types }) => {
    const byName = (names as string[]).map((argument, index) => [argument, types[index]] as const);
    return [name, {
      types: new Map(byName),
      isTable: is_table,
      returns: is_void ? "nothing" : is_set ? "rows" : "value",
    }];
  }));
}

/** The project's Data API: real supabase-js, real SQL, latency and faults from the seed. */
export function createDataApi(
  { rpcs, database, faults, scheduler, random, see }: {
    rpcs: Map<string, Rpc>;
    database: SimDatabase;
    faults: DataApiFaults;
    scheduler: Scheduler;
    random: Random;
    see: See;
  },
) {
  /** What the server does with a call, and how long that takes it. */
  async function serve(name: string, args: Record<string, unknown>): Promise<{ response: Response; ms: number }> {
    const rpc = rpcs.get(name);
    if (!rpc) throw new Error(`The simulation knows no function ${name}`);
    const columns = Object.keys(args).map((argument) => `${argument} ${rpc.types.get(argument)}`).join(", ");
    const named = Object.keys(args).map((argument) => `${argument} => a.${argument}`).join(", ");
    const call = `public.${name}(${named})`;
    const rows = rpc.isTable ? `(select * from ${call})` : call;
    const from = columns === "" ? rows : `jsonb_to_record($1) as a (${columns}), lateral ${rows}`;
    const lease = typeof args.lease === "string" && name !== "open_sync_run" ? args.lease : undefined;
    try {
      const result = await database.carryOut({
        text: `select coalesce(json_agg(r), '[]') from ${from} as r`,
        args,
        ...(lease === undefined ? {} : { lease }),
      });
      const values = Array.isArray(result) ? result : [];
      if (rpc.returns === "nothing") return { response: new Response(null, { status: 204 }), ms: 0 };
      return { response: Response.json(rpc.returns === "rows" ? values : values[0]), ms: 0 };
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      const { code, message } = error;
      see(`database answers ${code}`);
      // No such function, no right to: nothing a pass may ever meet.
      if (code.startsWith("42")) throw error;
      const waited = code === "55P03";
      return {
        response: Response.json({ code, message, details: null, hint: null }, {
          status: /^PT4\d\d$/.test(code) ? Number(code.slice(2)) : 400,
        }),
        ms: waited ? LOCK_TIMEOUT_MS : 0,
      };
    }
  }

  function fetchFor(worker: Owner): typeof globalThis.fetch {
    return (input, init = {}) => {
      const url = new URL(input instanceof Request ? input.url : input);
      const name = /^\/rest\/v1\/rpc\/(\w+)$/.exec(url.pathname)?.[1];
      if (name === undefined) throw new Error(`The simulation does not know ${url.pathname}`);
      const single = new Headers(init.headers).get("accept")?.includes("vnd.pgrst.object") ?? false;
      const args = JSON.parse(String(init.body));
      const fate = faults.draw();
      return new Promise((resolve, reject) => {
        const abort = () => reject(init.signal?.reason);
        if (init.signal?.aborted) return abort();
        init.signal?.addEventListener("abort", abort, { once: true });
        // The server carries out what has been sent, whether its client lives or not.
        const owner = random.chance(0.5) ? worker : undefined;
        const delay = random.whole(1, 30) + (fate === "late" ? random.whole(5000, 60_000) : 0);
        scheduler.after(delay, owner, async () => {
          if (fate !== "served") see(`Data API: ${fate}`);
          const instead = insteadOf(fate);
          if (instead === "nothing") return;
          if (instead) return instead instanceof Error ? reject(instead) : resolve(instead);
          const { response, ms } = await serve(name, args);
          const answer = await answerOf(fate, response, single);
          scheduler.after(ms, worker, () => answer instanceof Error ? reject(answer) : resolve(answer));
        });
      });
    };
  }

  return {
    client(worker: Owner): SupabaseClient<Database> {
      return createClient<Database>("http://simulation", "sb_secret_simulation", {
        auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
        global: { fetch: fetchFor(worker) },
      });
    },
  };
}

/** What is answered although nothing is carried out. */
function insteadOf(fate: Fate): Response | Error | "nothing" | undefined {
  if (fate === "refused") return new TypeError("connection refused");
  if (fate === "hangs") return "nothing";
  if (fate === "cancelled") return Response.json({ code: "57014", message: "statement timeout" }, { status: 500 });
  if (fate === "bad gateway") return new Response("<html>502 Bad Gateway</html>", { status: 502 });
  if (fate === "empty") return new Response("", { status: 200 });
  return undefined;
}

/** The answer to what was carried out, as it arrives. */
async function answerOf(fate: Fate, response: Response, single: boolean): Promise<Response | Error> {
  if (fate === "lost") return new TypeError("connection reset");
  if (fate === "lost, 502") return new Response("<html>502 Bad Gateway</html>", { status: 502 });
  if (fate === "lost, empty") return new Response("", { status: 200 });
  if (!single || !response.ok) return response;
  const body = await response.json();
  return Response.json(Array.isArray(body) ? body[0] : body);
}
