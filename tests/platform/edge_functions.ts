import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import { type DeployedFunction, functionEnvironment, type HostedProject } from "./hosted_project.ts";
import type { Limits } from "./limits.ts";
import { startWorker, type Worker, type WorkerEnd } from "./worker.ts";

/** What answers `/functions/v1/`. */
export interface EdgeFunctions {
  handle(request: Request): Promise<Response>;
  /** Every isolate that has ended, in this order. */
  ends: WorkerEnd[];
  /** What is deployed, or its secrets, have changed: no isolate that knows the former state gets a new request. */
  changed(): void;
  stop(): Promise<void>;
}

export interface EdgeFunctionsOptions {
  project: HostedProject;
  /** Path of the executable of Deno 2.1.4. */
  deno: string;
  limits: Limits;
  log: (line: string) => void;
}

export function createEdgeFunctions({ project, deno, limits, log }: EdgeFunctionsOptions): EdgeFunctions {
  /** The isolate that gets a function's next request. */
  const current = new Map<string, Worker>();
  const running = new Set<Worker>();
  const ends: WorkerEnd[] = [];

  function workerFor(deployed: DeployedFunction): Worker {
    const found = current.get(deployed.slug);
    if (found && !found.retired()) return found;
    const { folder, entrypoint, importMap } = deployed;
    const worker = startWorker({ deno, folder, entrypoint, importMap, env: functionEnvironment(project), limits, log });
    current.set(deployed.slug, worker);
    running.add(worker);
    worker.ended.then((end) => {
      running.delete(worker);
      ends.push(end);
    });
    return worker;
  }

  async function handle(request: Request): Promise<Response> {
    const slug = new URL(request.url).pathname.split("/")[3] ?? "";
    const deployed = project.functions.get(slug);
    if (!deployed) return failure(404, "NOT_FOUND", "Requested function was not found");
    if (deployed.verifyJwt && !isJwt(request.headers.get("authorization"), project.jwtSecret)) {
      return failure(401, "UNAUTHORIZED_INVALID_JWT", "Invalid JWT");
    }
    const worker = workerFor(deployed);
    return await worker.use(async (origin) => {
      if (origin === undefined) {
        const { killed } = await worker.ended;
        return killed ? killedFor() : failure(503, "BOOT_ERROR", "Function failed to start (please check logs)");
      }
      const timeout = Promise.withResolvers<Response>();
      const late = () => timeout.resolve(failure(504, "IDLE_TIMEOUT", "No response from the function"));
      const timer = setTimeout(late, limits.responseMs);
      try {
        return await Promise.race([passOn(request, origin), timeout.promise]);
      } catch {
        const { killed } = await worker.ended;
        return killed
          ? killedFor()
          : failure(503, "WORKER_ERROR", "Function exited before it answered (please check logs)");
      } finally {
        clearTimeout(timer);
      }
    });
  }

  return {
    handle,
    ends,
    changed() {
      for (const worker of current.values()) worker.retire();
    },
    async stop() {
      const all = [...running];
      for (const worker of all) worker.kill("termination");
      await Promise.all(all.map(({ ended }) => ended));
    },
  };
}

async function passOn(request: Request, origin: string): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const headers = new Headers(request.headers);
  for (const name of ["connection", "host", "content-length"]) headers.delete(name);
  // Read first: a body that streams cannot be sent again, and the caller's hanging up must not end the handler.
  const body = request.body ? await request.arrayBuffer() : null;
  const url = `${origin}${pathname}${search}`;
  const response = await fetch(url, { method: request.method, headers, body, redirect: "manual" });
  const text = response.body ? await response.arrayBuffer() : null;
  const answer = new Headers(response.headers);
  answer.delete("content-encoding");
  answer.delete("content-length");
  return new Response(text, { status: response.status, headers: answer });
}

function failure(status: number, code: string, message: string): Response {
  return Response.json({ code, message }, { status });
}

function killedFor(): Response {
  return failure(546, "WORKER_LIMIT", "Function failed due to not having enough compute resources");
}

function isJwt(authorization: string | null, secret: string): boolean {
  const [head, payload, signature, ...rest] = (authorization ?? "").replace(/^Bearer /, "").split(".");
  if (!head || !payload || !signature || rest.length > 0) return false;
  const expected = createHmac("sha256", secret).update(`${head}.${payload}`).digest();
  const given = Buffer.from(signature, "base64url");
  return given.length === expected.length && timingSafeEqual(given, expected);
}
