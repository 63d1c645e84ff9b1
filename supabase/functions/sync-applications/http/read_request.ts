import { Buffer } from "node:buffer";
import * as z from "zod";
import { isUsableId } from "../application_id.ts";
import { isCalendarDate } from "../calendar.ts";
import type { Clock } from "../clock.ts";
import type { SyncRequest } from "../sync/start_sync.ts";
import type { TimeZone } from "../time_zone.ts";

/** The request cannot be used; the message names the field and the fix. */
export class RequestError extends Error {
  override name = "RequestError";
  constructor(message: string, readonly status: 400 | 408 | 413 | 415) {
    super(message);
  }
}

/** As many as one pass can fetch. */
const MAX_APPLICATIONS = 500;

const MAX_BODY_BYTES = 64 * 1024;
const BODY_TIMEOUT_MS = 10_000;

const bodySchema = z.strictObject({
  since: z.string().optional(),
  force: z.boolean().optional(),
  applications: z.array(z.string().refine(isUsableId)).min(1).max(MAX_APPLICATIONS).optional(),
  trigger: z.enum(["schedule", "manual", "reconciliation", "next_pass"]).optional(),
  syncLogId: z.uuid().optional(),
});

/**
 * Reads `GET ?since=YYYY-MM-DD` or `POST {"since"?, "force"?}` or `POST {"applications": [id, …]}`.
 *
 * @throws RequestError
 */
export async function readSyncRequest(request: Request, clock: Clock, timeZone: TimeZone): Promise<SyncRequest> {
  // The runtime makes the URL of the Host header, which may be anything.
  if (!URL.canParse(request.url)) throw new RequestError("The request's URL cannot be read: see its Host header", 400);
  const query = new URL(request.url).searchParams;
  const input = request.method === "GET" ? readQuery(query) : await readBody(request, query, clock);
  const { since, force = false, trigger = "manual", applications, syncLogId } = input;
  if (applications !== undefined) {
    if (Object.keys(input).length > 1) {
      throw new RequestError("applications stands alone: leave out the other fields", 400);
    }
    return { applications: [...new Set(applications)], force, trigger };
  }
  if ((trigger === "next_pass") !== (syncLogId !== undefined)) {
    throw new RequestError("trigger next_pass and syncLogId, the run to go on with, stand together", 400);
  }
  const rest = { force, trigger, ...(syncLogId === undefined ? {} : { syncLogId }) };
  if (since === undefined) return rest;
  if (!isCalendarDate(since)) {
    throw new RequestError("since must be a day of the calendar, written YYYY-MM-DD, such as 2025-06-01", 400);
  }
  const today = timeZone.dateAt(clock.now());
  if (since > today) {
    throw new RequestError(`since must not be in the future: today is ${today} in ${timeZone.name}`, 400);
  }
  return { since, ...rest };
}

type Input = z.infer<typeof bodySchema>;

function readQuery(query: URLSearchParams): Input {
  for (const name of query.keys()) {
    if (name !== "since") throw new RequestError(`Unknown query parameter ${quote(name)}: only since is known`, 400);
  }
  const values = query.getAll("since");
  if (values.length > 1) throw new RequestError("since must be given once", 400);
  return values[0] === undefined ? {} : { since: values[0] };
}

async function readBody(request: Request, query: URLSearchParams, clock: Clock): Promise<Input> {
  for (const name of query.keys()) {
    throw new RequestError(`Unknown query parameter ${quote(name)}: a POST takes its input in the JSON body`, 400);
  }
  const bytes = await readBytes(request, clock);
  if (bytes.length === 0) return {};
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new RequestError("Content-Type must be application/json", 415);
  }
  let body: unknown;
  try {
    body = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new RequestError('The body must be JSON in UTF-8, such as {"since": "2025-06-01"}', 400);
  }
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) throw new RequestError(describe(parsed.error), 400);
  return parsed.data;
}

function describe({ issues: [issue] }: z.ZodError): string {
  if (issue?.code === "unrecognized_keys") {
    return `Unknown field ${quote(issue.keys[0] ?? "")}: only since, force and applications are known`;
  }
  const field = issue?.path[0];
  if (field === "since") return "since must be a text, YYYY-MM-DD";
  if (field === "force") return "force must be true or false";
  if (field === "trigger") return "trigger must be schedule, manual, reconciliation or next_pass";
  if (field === "syncLogId") return "syncLogId must be the id of a run";
  if (field === "applications") return `applications must be a list of 1 to ${MAX_APPLICATIONS} application numbers`;
  return 'The body must be a JSON object, such as {"since": "2025-06-01"}';
}

/** What a caller sent comes back shortened, and only what is printable. */
function quote(name: string): string {
  return JSON.stringify(name.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 40));
}

async function readBytes(request: Request, clock: Clock): Promise<Uint8Array> {
  const tooLarge = () => new RequestError("The body must not be larger than 64 KB", 413);
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  if (!request.body) return new Uint8Array();
  const reader = request.body.getReader();
  let late = false;
  const cancelTimeout = clock.after(BODY_TIMEOUT_MS, () => {
    late = true;
    reader.cancel().catch(() => {});
  });
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (late) throw new RequestError("The body must arrive within 10 seconds", 408);
      if (done) break;
      length += value.length;
      if (length > MAX_BODY_BYTES) throw tooLarge();
      parts.push(value);
    }
  } catch (error) {
    if (error instanceof RequestError) throw error;
    throw new RequestError("The body could not be read", 400);
  } finally {
    cancelTimeout();
    reader.cancel().catch(() => {});
  }
  return Buffer.concat(parts);
}
