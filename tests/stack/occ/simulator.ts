import { setTimeout as delay } from "node:timers/promises";
import { answerFault } from "./answer_fault.ts";
import { createFaultPlan, type Fault, type FaultPlan, parseFaults } from "./faults.ts";
import { type Latency, parseLatency } from "./latency.ts";
import { envelope, lambdaError, textResponse, tooLarge } from "./lambda_answers.ts";
import { checkSignature, type Credentials } from "./signature.ts";
import { createWorld, type World } from "./world.ts";

export interface OccOptions {
  applications: number;
  /** See parseFaults(). */
  faults: string;
  /** See parseLatency(). */
  latency: string;
  seed: number;
  /** More calls at once are throttled, as Lambda's reserved concurrency does. */
  maxConcurrent: number;
  credentials: Credentials;
  /** The OCC function's name; another one is unknown to Lambda. */
  occFunction: string;
  applicationsByDate: string;
  applicationMedium: string;
  clientNumber: string;
}

export interface OccStats {
  list: number;
  detail: number;
  throttled: number;
  inFlight: number;
  maxInFlight: number;
  /** Of all calls together, as drawn: divided by how many may run at once, no caller can be faster. */
  latencyMs: number;
}

/** OCC as its callers see it: Lambda's Invoke API in front of a small world. */
export interface OccSimulator {
  world: World;
  stats(): OccStats;
  /** How often each application was fetched. */
  fetchCounts(): Map<string, number>;
  /** Forgets what was counted. */
  resetStats(): void;
  /** With another latency, calls that are waiting are answered at once. */
  configure(changes: { faults?: string; latency?: string; maxConcurrent?: number; largestAnswer?: number }): void;
  /** Whose calls are answered from now on: while keys are rotated, two pairs. Those of `expired` are known, and too old. */
  accept(credentials: Credentials[], expired?: Credentials[]): void;
  /** `hungUp` aborts when nobody waits for the answer any more. */
  fetch(request: Request, hungUp: AbortSignal): Promise<Response>;
}

interface Invocation {
  functionName?: string;
  changed_date_since?: string;
  client_id?: string;
  application_external_number?: string;
  staff_client_number?: string;
}

const PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/** @throws FaultsError when faults or latency cannot be read */
export function createOccSimulator(options: OccOptions): OccSimulator {
  const world = createWorld(options.applications, options.seed);
  const attempts = new Map<string, number>();
  const counts: OccStats = { list: 0, detail: 0, throttled: 0, inFlight: 0, maxInFlight: 0, latencyMs: 0 };
  let plan = createPlan(options.faults);
  let latency: Latency = parseLatency(options.latency);
  let endWaiting = new AbortController();
  let { maxConcurrent } = options;
  let largestAnswer = Infinity;
  let accepted = [options.credentials];
  let tooOld: Credentials[] = [];

  function createPlan(faults: string): FaultPlan {
    return createFaultPlan(parseFaults(faults), options.seed, () => world.applications.keys());
  }

  async function invoke(invocation: Invocation, signal: AbortSignal): Promise<Response> {
    if (counts.inFlight >= maxConcurrent) {
      counts.throttled++;
      return lambdaError("throttle");
    }
    counts.maxInFlight = Math.max(counts.maxInFlight, ++counts.inFlight);
    try {
      const call = invocation.functionName === options.applicationsByDate ? "list" : "detail";
      const id = invocation.application_external_number ?? "";
      counts[call]++;
      const key = `${call} ${id}`;
      const attempt = attempts.get(key) ?? 0;
      attempts.set(key, attempt + 1);
      const fault = plan(call, id, attempt);
      const ms = latency(options.seed, key, attempt) * (fault === "slow" ? 10 : 1);
      // A throttled call never reaches OCC, so it takes no time.
      if (fault !== "throttle") counts.latencyMs += ms;
      if (ms > 0 && fault !== "throttle") await wait(ms, signal);
      return await answer(call, invocation, fault, signal);
    } catch (error) {
      // The caller hung up; nobody reads this.
      if (signal.aborted) return new Response(null, { status: 499 });
      throw error;
    } finally {
      counts.inFlight--;
    }
  }

  async function wait(ms: number, hungUp: AbortSignal): Promise<void> {
    const { signal: ended } = endWaiting;
    try {
      await delay(ms, undefined, { signal: AbortSignal.any([hungUp, ended]) });
    } catch (error) {
      if (!ended.aborted || hungUp.aborted) throw error;
    }
  }

  async function answer(
    call: "list" | "detail",
    invocation: Invocation,
    fault: Fault | undefined,
    signal: AbortSignal,
  ): Promise<Response> {
    const client = call === "list" ? invocation.client_id : invocation.staff_client_number;
    if (client !== options.clientNumber) return envelope(403, "unknown client number");
    if (call === "list") {
      const since = invocation.changed_date_since ?? "";
      if (!/^\d{4}-\d{2}-\d{2}$/.test(since)) return envelope(400, "changed_date_since is not a date");
      const listed = list(since);
      if (JSON.stringify(listed).length > largestAnswer) return tooLarge();
      return await answerFault(fault, listed, signal);
    }
    if (invocation.functionName !== options.applicationMedium) return envelope(404, "unknown function name");
    const application = world.applications.get(invocation.application_external_number ?? "");
    if (!application) return envelope(404, "application not found");
    return await answerFault(fault, {
      type: "application",
      id: application.id,
      attributes: world.attributes(application),
      relationships: { originator: {}, associatedClients: {} },
    }, signal);
  }

  function list(since: string) {
    return [...world.applications.values()]
      .filter(({ lastSavedDateTime }) => lastSavedDateTime.slice(0, 10) >= since)
      .map(({ id, lastSavedDateTime }) => ({
        type: "application",
        id,
        attributes: { lastSavedDateTime },
        links: { self: `/applications/${id}` },
      }));
  }

  return {
    world,
    stats: () => ({ ...counts }),
    fetchCounts: () =>
      new Map([...attempts].filter(([key]) => key.startsWith("detail ")).map(([key, n]) => [key.slice(7), n])),
    resetStats() {
      Object.assign(counts, { list: 0, detail: 0, throttled: 0, maxInFlight: counts.inFlight, latencyMs: 0 });
      attempts.clear();
    },
    configure(changes) {
      const newPlan = changes.faults === undefined ? plan : createPlan(changes.faults);
      if (changes.latency !== undefined) {
        latency = parseLatency(changes.latency);
        endWaiting.abort();
        endWaiting = new AbortController();
      }
      plan = newPlan;
      maxConcurrent = changes.maxConcurrent ?? maxConcurrent;
      largestAnswer = changes.largestAnswer ?? largestAnswer;
    },
    accept(credentials, expired = []) {
      accepted = credentials;
      tooOld = expired;
    },
    async fetch(request, hungUp) {
      const url = new URL(request.url);
      const name = PATH.exec(url.pathname)?.[1];
      if (request.method !== "POST" || name === undefined) {
        return textResponse(
          404,
          { Type: "User", Message: "Not a call of Lambda's Invoke API" },
          "UnknownOperationException",
        );
      }
      const body = new Uint8Array(await request.arrayBuffer());
      const signed = { method: "POST", url, headers: request.headers, body };
      if (tooOld.some((credentials) => checkSignature(signed, credentials) === undefined)) {
        const Message = "The security token included in the request is expired";
        return textResponse(403, { Message }, "ExpiredTokenException");
      }
      const problems = accepted.map((credentials) => checkSignature(signed, credentials));
      const wrong = problems.includes(undefined) ? undefined : problems[0];
      if (wrong) return textResponse(403, { Message: wrong }, "InvalidSignatureException");
      if (decodeURIComponent(name) !== options.occFunction) {
        return textResponse(404, { Message: `Function not found: ${name}` }, "ResourceNotFoundException");
      }
      if (request.headers.get("x-amz-invocation-type") === "DryRun") return new Response(null, { status: 204 });
      return await invoke(JSON.parse(new TextDecoder().decode(body)), hungUp);
    },
  };
}
