import { fileURLToPath } from "node:url";
import { bootstrap, standIns } from "./bootstrap.ts";
import { createCluster } from "./cluster.ts";
import { findTemplate } from "./cluster_template.ts";
import { createDataApi } from "./data_api.ts";
import { removeEnv, type StackEnv, writeEnv, writeFunctionEnv } from "./env_file.ts";
import { describePostgres, findPostgres, type PostgresChoice, type PostgresServer } from "./find_postgres.ts";
import { prepareFunction } from "./function_process.ts";
import { functionSettings } from "./function_settings.ts";
import { type Backends, createGateway } from "./gateway.ts";
import { migrate, moveProject, pauseSchedule, restoreSchedule } from "./migrate.ts";
import type { OccSimulator } from "./occ/simulator.ts";
import { startOcc } from "./occ/start_occ.ts";
import { chooseKept, keepPorts, readKeptPorts, type StackPorts } from "./kept_ports.ts";
import { startPage } from "./page.ts";
import { createPeople, listPeople } from "./people.ts";
import { createSecrets } from "./secrets.ts";
import { serve, serveApi } from "./serve.ts";
import { startPgCronWorker } from "./stand_ins/pg_cron_worker.ts";
import { startPgNetWorker } from "./stand_ins/pg_net_worker.ts";
import { cleanUp, isStackRunning, listStates, ownMark, type StackState, writeState } from "./state.ts";
import { createStudio } from "./studio.ts";
import { superviseFunction, type Supervisor } from "./supervisor.ts";

export interface StackOptions {
  /** Of the API. Without it 54321, or a free one when that is taken. */
  port?: number;
  /** Whether it listens where the folder's last start did, and the next one will. */
  keepPorts?: boolean;
  /** How many applications OCC holds. */
  applications: number;
  /** See parseLatency(). */
  latency: string;
  /** See parseFaults(). */
  faults: string;
  seed: number;
  /** Which PostgreSQL; without it the machine's own where it has pg_cron, else the one from npm. */
  postgres?: PostgresChoice;
  /** Whether a new table is granted to every role, as on projects that were made before grants had to be explicit. */
  grantingDefaults?: boolean;
  /** Whether the page is served too. */
  page?: boolean;
  /** Whether it is set up step by step even where the test command keeps a copy of a project that is. */
  fresh?: boolean;
  /** Whether pg_cron ticks. Without it the job is there, paused. */
  cron: boolean;
  /** Settings of the function that differ from the stack's. */
  env?: Record<string, string>;
  /** Answers what goes to /functions/v1/. With it the project is an empty one: no migrations and no function of ours. */
  functions?: (request: Request) => Promise<Response>;
  functionLog: (line: string) => void;
  /** Says what is being done. */
  report: (step: string) => void;
}

export interface Stack {
  env: StackEnv;
  server: PostgresServer;
  /** Undefined when AWS_ENDPOINT_URL_LAMBDA replaces it. */
  occ: OccSimulator | undefined;
  /** Starts the function anew, with changed settings. */
  restartFunction(settings: Record<string, string>): Promise<void>;
  /** SIGKILL; a new one comes up by itself. */
  killFunction(): void;
  /** SIGKILL for the whole cluster, then recovery. */
  killPostgres(): Promise<void>;
  stop(): Promise<void>;
}

type Undo = () => Promise<unknown> | unknown;

const PROJECT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/**
 * Starts everything on this machine: PostgreSQL, migrations, Data API, OCC, the function.
 *
 * @throws StackError when something is missing, with what to do about it
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  // What killed stacks left behind.
  for (const state of listStates()) if (!isStackRunning(state)) await cleanUp(state);
  const undo: Undo[] = [];
  let stopping: Promise<void> | undefined;
  const stop = () =>
    stopping ??= (async () => {
      for (const step of undo.reverse()) await step();
    })();
  try {
    return { ...await bringUp(options, undo), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function bringUp(options: StackOptions, undo: Undo[]): Promise<Omit<Stack, "stop">> {
  const { report } = options;
  const server = await findPostgres(report, options.postgres);
  // The port is ours from here on; whoever calls too early is told so.
  const backends: Backends = { dataApi: undefined, supervisor: undefined, functions: options.functions };
  const kept = options.keepPorts ? readKeptPorts() : {};
  const gateway = serveApi({ wanted: options.port, kept: kept.api }, createGateway(backends), report);
  const { port } = gateway;
  undo.push(() => gateway.stop());
  const clusterFolder = Deno.makeTempDirSync({ prefix: "sovereign-sync-" });
  const state: StackState = { port, stack: ownMark(), clusterFolder };
  undo.push(() => cleanUp(state));
  writeState(state);
  const template = options.fresh
    ? undefined
    : findTemplate(server, options.functions ? "project" : "installed", options.grantingDefaults);
  const secrets = template?.secrets ?? await createSecrets();
  const prepared = options.functions ? undefined : prepareFunction(PROJECT);

  const ports: StackPorts = {
    api: port,
    database: chooseKept("database", kept.database, report),
    studio: chooseKept("studio", kept.studio, report),
    occ: chooseKept("simulated OCC", kept.occ, report),
  };

  report(`Starting ${describePostgres(server)}`);
  const cluster = await createCluster(server, clusterFolder, ports.database, secrets, template?.data);
  state.postmaster = cluster.mark();
  writeState(state);
  undo.push(() => cluster.stop());
  const adminUrl = cluster.url("supabase_admin", secrets.superuserPassword);
  const databaseUrl = cluster.url("postgres", secrets.postgresPassword);
  const { cronStandIn, netStandIn } = template ? standIns(server) : await bootstrap(adminUrl, server, secrets, options);
  const occ = startOcc(options, ports.occ);
  undo.push(() => occ.stop());
  if (cronStandIn) {
    const worker = startPgCronWorker(adminUrl);
    undo.push(() => worker.stop());
  }
  if (netStandIn) {
    const worker = startPgNetWorker(adminUrl);
    undo.push(() => worker.stop());
  }

  const apiUrl = gateway.url;
  // Auth is there before the migrations, as in a hosted project.
  if (!template) await createPeople(cluster, adminUrl, secrets);
  if (!options.functions) {
    if (template) {
      await moveProject(adminUrl, apiUrl);
      if (options.cron) await restoreSchedule(databaseUrl);
    } else {
      report("Applying the migrations (supabase db push)");
      await migrate(databaseUrl, PROJECT, { PROJECT_URL: apiUrl, CRON_SECRET: secrets.cronSecret });
      if (!options.cron) await pauseSchedule(databaseUrl);
    }
  }
  const dataApi = createDataApi(cluster, secrets, { studio: false });
  backends.dataApi = dataApi;
  undo.push(() => dataApi.close());
  const studioApi = createDataApi(cluster, secrets, { studio: true });
  const studio = serve(ports.studio, createStudio(studioApi));
  undo.push(() => studioApi.close(), () => studio.stop());

  const settings = functionSettings(apiUrl, secrets, occ.settings, options.env ?? {});
  let supervisor: Supervisor | undefined;
  if (!options.functions) {
    report("Starting the sync-applications function");
    await prepared;
    supervisor = superviseFunction(
      { deno: Deno.execPath(), project: PROJECT, reachable: [apiUrl, occ.url], log: options.functionLog },
      settings,
      (mark) => {
        if (mark) state.function = mark;
        writeState(state);
      },
    );
    undo.push(supervisor.stop);
    backends.supervisor = supervisor;
    await supervisor.ready();
  }

  const [operator, viewer] = listPeople(secrets);
  const env: StackEnv = {
    DB_URL: databaseUrl,
    ADMIN_DB_URL: adminUrl,
    API_URL: apiUrl,
    FUNCTION_URL: `${apiUrl}/functions/v1/sync-applications`,
    CRON_SECRET: secrets.cronSecret,
    SECRET_KEY: secrets.secretKey,
    PUBLISHABLE_KEY: secrets.publishableKey,
    OCC_URL: occ.url,
    STUDIO_URL: studio.url,
    OPERATOR_EMAIL: operator!.email,
    OPERATOR_PASSWORD: operator!.password,
    VIEWER_EMAIL: viewer!.email,
    VIEWER_PASSWORD: viewer!.password,
  };
  if (options.page) {
    const page = await startPage(env, chooseKept("dashboard", kept.dashboard, report));
    undo.push(() => page.stop());
    env.DASHBOARD_URL = page.url;
    ports.dashboard = page.port;
  }
  writeEnv(port, env);
  // What two stacks of one folder would take from each other is that of the first.
  if (options.keepPorts && listStates().filter(isStackRunning).length === 1) keepPorts(ports);
  writeFunctionEnv(port, settings);
  undo.push(() => removeEnv(port));
  return {
    env,
    server,
    occ: occ.simulator,
    restartFunction: async (changes) => await supervisor?.restart(changes),
    killFunction: () => supervisor?.kill(),
    async killPostgres() {
      await cluster.killAndRestart();
      state.postmaster = cluster.mark();
      writeState(state);
    },
  };
}
