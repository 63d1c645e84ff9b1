import { connect, emptyTables, NOBODY_URL, setProjectUrl, type Sql } from "../support/database.ts";
import { handleOcc } from "../stack/occ/control.ts";
import type { OccSimulator } from "../stack/occ/simulator.ts";
import { startOcc } from "../stack/occ/start_occ.ts";
import { serve } from "../stack/serve.ts";
import { startStack } from "../stack/stack.ts";
import { currentRuntime, type Host, type Runtime, startHost, writeBundle } from "./start_host.ts";

/** One stack for all benchmarks; each has its own OCC and its own process of the function. */
export interface Bench {
  sql: Sql;
  /** As the role the migrations run as. */
  databaseUrl: string;
  adminUrl: string;
  apiUrl: string;
  secretKey: string;
  /** Empties the tables and starts an OCC and the function in front of it. */
  open(options: SceneOptions): Promise<Scene>;
  close(): Promise<void>;
}

export interface SceneOptions {
  applications: number;
  /** See parseLatency(). */
  latency: string;
  /** OCC's list dates without `Z`: in the time zone the function is told. */
  withoutOffsets?: boolean;
  runtime?: Runtime;
  /** Settings of the function that differ from its defaults. */
  env?: Record<string, string>;
}

export interface Scene {
  occ: OccSimulator;
  host: Host;
  close(): Promise<void>;
}

export async function openBench(): Promise<Bench> {
  await writeBundle();
  const stack = await startStack({
    applications: 0,
    latency: "0",
    faults: "",
    seed: 1,
    cron: false,
    functionLog: () => {},
    report: () => {},
  });
  const { env } = stack;
  const sql = connect(env.DB_URL);
  const prepared = new Set<string>();
  return {
    sql,
    databaseUrl: env.DB_URL,
    adminUrl: env.ADMIN_DB_URL,
    apiUrl: env.API_URL,
    secretKey: env.SECRET_KEY,
    async open({ runtime = currentRuntime(), env: extra = {}, ...world }) {
      await emptyTables(sql);
      const occ = openOcc(world);
      const settings = {
        SUPABASE_URL: env.API_URL,
        SUPABASE_SECRET_KEYS: JSON.stringify({ default: env.SECRET_KEY }),
        CRON_SECRET: env.CRON_SECRET,
        OCC_ENVIRONMENT: "test",
        ...occ.settings,
        ...extra,
      };
      // The first process reads the bundle as nobody has before, and keeps what it finds, as a deployment does.
      if (!prepared.has(runtime.version)) await (await startHost(runtime, settings)).stop();
      prepared.add(runtime.version);
      const host = await startHost(runtime, settings);
      // The next pass goes to the same process.
      await setProjectUrl(sql, host.origin);
      return {
        occ: occ.simulator,
        host,
        async close() {
          await setProjectUrl(sql, NOBODY_URL);
          await host.stop();
          await occ.stop();
        },
      };
    },
    async close() {
      await sql.end();
      await stack.stop();
    },
  };
}

/** An OCC whose list leaves out `type` and `links`: only so do 50,000 entries fit into Lambda's 6 MB. */
function openOcc({ applications, latency, withoutOffsets = false }: SceneOptions) {
  const { simulator, settings, stop } = startOcc({ applications, latency, faults: "", seed: 1 }, 0);
  if (!simulator) throw new Error("The bench needs the simulated OCC: unset AWS_ENDPOINT_URL_LAMBDA");
  const handler = handleOcc(simulator);
  const server = serve(0, async (request, info) => await shortenList(await handler(request, info), withoutOffsets));
  return {
    simulator,
    settings: { ...settings, AWS_ENDPOINT_URL_LAMBDA: server.url },
    async stop() {
      await server.stop();
      await stop();
    },
  };
}

interface ListEntry {
  id: string;
  attributes: { lastSavedDateTime: string };
}

async function shortenList(response: Response, withoutOffsets: boolean): Promise<Response> {
  if (response.status !== 200) return response;
  const text = await response.text();
  // A list is a JSON text in a JSON text: its opening bracket follows a quote.
  if (!text.includes('"body":"[')) return new Response(text, response);
  const envelope: { body: string } = JSON.parse(text);
  const entries: ListEntry[] = JSON.parse(envelope.body);
  const body = JSON.stringify(entries.map(({ id, attributes: { lastSavedDateTime: saved } }) => ({
    id,
    attributes: { lastSavedDateTime: withoutOffsets ? saved.slice(0, -1) : saved },
  })));
  return Response.json({ ...envelope, body }, response);
}
