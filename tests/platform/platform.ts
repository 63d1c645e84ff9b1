import { hostedRuntime } from "../bench/start_host.ts";
import { serve } from "../stack/serve.ts";
import { randomHex } from "../stack/secrets.ts";
import { type Stack, startStack } from "../stack/stack.ts";
import { createEdgeFunctions, type EdgeFunctions } from "./edge_functions.ts";
import { type HostedProject, randomRef } from "./hosted_project.ts";
import { type Limits, PLATFORM_LIMITS } from "./limits.ts";
import { createManagementApi } from "./management_api.ts";
import { startPooler } from "./pooler.ts";

/** A hosted project, empty at first, with the platform's APIs around it. */
export interface Platform {
  stack: Stack;
  project: HostedProject;
  functions: EdgeFunctions;
  /** What the functions logged. */
  log: string[];
  managementUrl: string;
  accessToken: string;
  /** The session pooler's connection string, as the dashboard shows it. */
  poolerUrl: string;
  stop(): Promise<void>;
}

export interface PlatformOptions {
  applications: number;
  latency: string;
  limits?: Limits;
}

/**
 * Starts a stand-in for the hosted platform: the database, Data API and OCC are a local stack's, the functions run on the
 * hosted runtime's Deno inside its limits, and the CLI finds a Management API.
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { path: deno } = await hostedRuntime();
  // There before the stack is, which tells where the database is.
  const behind: { functions?: EdgeFunctions } = {};
  const stack = await startStack({
    applications: options.applications,
    latency: options.latency,
    faults: "",
    seed: 1,
    // As a hosted project that was made before October 2026.
    postgres: "embedded",
    grantingDefaults: true,
    cron: true,
    report: () => {},
    functionLog: () => {},
    functions: (request) => behind.functions?.handle(request) ?? Promise.resolve(new Response(null, { status: 503 })),
  });
  const project: HostedProject = {
    ref: randomRef(),
    apiUrl: stack.env.API_URL,
    databaseUrl: stack.env.DB_URL,
    adminUrl: stack.env.ADMIN_DB_URL,
    secretKey: stack.env.SECRET_KEY,
    publishableKey: stack.env.PUBLISHABLE_KEY,
    jwtSecret: randomHex(32),
    secrets: new Map(),
    functions: new Map(),
  };
  const log: string[] = [];
  const edge = createEdgeFunctions({
    project,
    deno,
    limits: options.limits ?? PLATFORM_LIMITS,
    log: (line) => void log.push(line),
  });
  behind.functions = edge;
  const { port, password } = new URL(project.databaseUrl);
  const pooler = startPooler(project.ref, Number(port));
  const folder = await Deno.makeTempDir({ prefix: "platform-" });
  const accessToken = `sbp_${randomHex(20)}`;
  const management = serve(
    0,
    createManagementApi({ project, accessToken, poolerPort: pooler.port, folder, changed: edge.changed }),
  );
  return {
    stack,
    project,
    functions: edge,
    log,
    managementUrl: management.url,
    accessToken,
    poolerUrl: `postgresql://postgres.${project.ref}:${password}@127.0.0.1:${pooler.port}/postgres`,
    async stop() {
      await edge.stop();
      await management.stop();
      pooler.stop();
      await stack.stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}
