import postgres from "postgres";
import * as z from "zod";
import { randomHex } from "../stack/secrets.ts";
import type { DeployedFunction, HostedProject } from "./hosted_project.ts";
import { unpackFunction } from "./unpack_function.ts";

const secretsSchema = z.array(z.object({ name: z.string(), value: z.string() }));
const namesSchema = z.array(z.string());
const querySchema = z.object({ query: z.string(), read_only: z.boolean().optional() });

export interface ManagementApiOptions {
  project: HostedProject;
  /** What the CLI must present. */
  accessToken: string;
  /** Where the project's pooler listens. */
  poolerPort: number;
  /** For what is uploaded. */
  folder: string;
  /** A function or its secrets have changed. */
  changed: () => void;
}

type Route = (request: Request, found: Record<string, string | undefined>) => Promise<Response> | Response;

/** As much of the Management API as the CLI 3.1 asks for to link, push, query, set secrets and deploy functions. */
export function createManagementApi(options: ManagementApiOptions): (request: Request) => Promise<Response> {
  const { project } = options;
  const routes: [string, string, Route][] = [
    ["GET", "/v1/projects/:ref", () => Response.json(describeProject(project))],
    ["GET", "/v1/projects/:ref/api-keys", () => Response.json(describeKeys(project))],
    ["GET", "/v1/projects/:ref/config/database/pooler", () => Response.json(describePooler(options))],
    ["POST", "/v1/projects/:ref/cli/login-role", () => createLoginRole(project)],
    ["POST", "/v1/projects/:ref/network-bans/retrieve", () => Response.json({ banned_ipv4_addresses: [] })],
    ["POST", "/v1/projects/:ref/database/query", (request) => runQuery(request, project)],
    ["GET", "/v1/projects/:ref/secrets", () => Response.json(describeSecrets(project))],
    ["POST", "/v1/projects/:ref/secrets", async (request) => {
      for (const { name, value } of secretsSchema.parse(await request.json())) {
        if (name.startsWith("SUPABASE_")) return failure(400, `Name must not start with the SUPABASE_ prefix: ${name}`);
        project.secrets.set(name, value);
      }
      options.changed();
      return new Response(null, { status: 201 });
    }],
    ["DELETE", "/v1/projects/:ref/secrets", async (request) => {
      for (const name of namesSchema.parse(await request.json())) project.secrets.delete(name);
      options.changed();
      return Response.json({});
    }],
    ["GET", "/v1/projects/:ref/functions", () => Response.json([...project.functions.values()].map(describeFunction))],
    ["GET", "/v1/projects/:ref/functions/:slug", (_, { slug = "" }) => {
      const found = project.functions.get(slug);
      return found ? Response.json(describeFunction(found)) : failure(404, "Function not found");
    }],
    ["POST", "/v1/projects/:ref/functions/deploy", async (request) => {
      const slug = new URL(request.url).searchParams.get("slug") ?? "";
      const folder = await Deno.makeTempDir({ dir: options.folder, prefix: `${slug}-` });
      const deployed = await unpackFunction(slug, await request.formData(), folder, project.functions.get(slug));
      project.functions.set(slug, deployed);
      options.changed();
      return Response.json(describeFunction(deployed), { status: 201 });
    }],
    ["DELETE", "/v1/projects/:ref/functions/:slug", (_, { slug = "" }) => {
      if (!project.functions.delete(slug)) return failure(404, "Function not found");
      options.changed();
      return Response.json({ message: "ok" });
    }],
  ];
  const compiled = routes.map(([method, pathname, route]) => ({
    method,
    pattern: new URLPattern({ pathname }),
    route,
  }));

  return async (request) => {
    if (request.headers.get("authorization") !== `Bearer ${options.accessToken}`) return failure(401, "Unauthorized");
    for (const { method, pattern, route } of compiled) {
      const found = request.method === method ? pattern.exec(request.url)?.pathname.groups : undefined;
      if (!found) continue;
      if (found.ref !== project.ref) return failure(404, "Project not found");
      return await route(request, found);
    }
    return failure(404, `Cannot ${request.method} ${new URL(request.url).pathname}`);
  };
}

function failure(status: number, message: string): Response {
  return Response.json({ message }, { status });
}

function describeProject({ ref }: HostedProject): unknown {
  return {
    id: ref,
    ref,
    organization_id: "organization",
    organization_slug: "organization",
    name: "sovereign",
    region: "ap-southeast-2",
    status: "ACTIVE_HEALTHY",
    created_at: "2026-11-01T00:00:00Z",
    database: {
      host: `db.${ref}.supabase.invalid`,
      version: "17.6.1.111",
      postgres_engine: "17",
      release_channel: "ga",
    },
  };
}

function describeKeys({ secretKey, publishableKey }: HostedProject): unknown {
  return [
    { id: crypto.randomUUID(), name: "default", type: "publishable", api_key: publishableKey },
    { id: crypto.randomUUID(), name: "default", type: "secret", api_key: secretKey },
  ];
}

/** The second host is the one that is there: the CLI takes no pooler whose name is an address. */
function describePooler({ project: { ref }, poolerPort }: ManagementApiOptions): unknown {
  const host = `aws-0-ap-southeast-2.pooler.supabase.invalid:6543,127.0.0.1:${poolerPort}`;
  const url = `postgresql://postgres.${ref}:[YOUR-PASSWORD]@${host}/postgres?sslmode=disable`;
  return [{
    identifier: ref,
    database_type: "PRIMARY",
    db_user: `postgres.${ref}`,
    db_host: host,
    db_port: 6543,
    db_name: "postgres",
    connection_string: url,
    connectionString: url,
    pool_mode: "transaction",
    default_pool_size: null,
    max_client_conn: null,
    is_using_scram_auth: true,
  }];
}

function describeSecrets({ secrets }: HostedProject): unknown {
  return [...secrets.keys()].map((name) => ({ name, value: "a digest", updated_at: "2026-11-01T00:00:00Z" }));
}

function describeFunction(deployed: DeployedFunction): unknown {
  return {
    id: deployed.slug,
    slug: deployed.slug,
    name: deployed.slug,
    status: "ACTIVE",
    version: deployed.version,
    created_at: deployed.createdAt,
    updated_at: deployed.updatedAt,
    verify_jwt: deployed.verifyJwt,
    import_map: deployed.importMap !== undefined,
    entrypoint_path: deployed.entrypoint,
    import_map_path: deployed.importMap,
  };
}

/** A role for five minutes that may become postgres: what the CLI connects as when it has no database password. */
async function createLoginRole({ adminUrl }: HostedProject): Promise<Response> {
  const password = randomHex(16);
  const sql = postgres(adminUrl, { max: 1, onnotice: () => {} });
  try {
    await sql.unsafe(`
      do $$ begin
        if to_regrole('cli_login_postgres') is null then create role cli_login_postgres login noinherit in role postgres; end if;
      end $$;
      alter role cli_login_postgres password '${password}' valid until 'infinity'`);
  } finally {
    await sql.end({ timeout: 1 });
  }
  return Response.json({ role: "cli_login_postgres", password, ttl_seconds: 300 }, { status: 201 });
}

async function runQuery(request: Request, { databaseUrl }: HostedProject): Promise<Response> {
  const { query, read_only } = querySchema.parse(await request.json());
  const sql = postgres(databaseUrl, { max: 1, onnotice: () => {} });
  try {
    if (read_only) await sql`set default_transaction_read_only = on`;
    const rows = await sql.unsafe(query);
    // Of several statements the last one's.
    const last: unknown = Array.isArray(rows[0]) ? rows.at(-1) : rows;
    return Response.json(last, { status: 201 });
  } catch (error) {
    if (!(error instanceof postgres.PostgresError)) throw error;
    return failure(400, `Failed to run sql query: ${error.severity}:  ${error.code}: ${error.message}`);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
