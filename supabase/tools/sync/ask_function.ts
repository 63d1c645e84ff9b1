import { FunctionsHttpError } from "@supabase/supabase-js";
import * as z from "zod";
import type { Project } from "../connect.ts";
import { denoTask } from "../terminal/deno_task.ts";

/** What the function is asked for. */
export type SyncBody = { since?: string; force?: boolean } | { applications: string[] };

export type Answer =
  /** The run's id: one that was opened, or the one that runs and takes the applications along. */
  | { kind: "started"; syncLogId: string }
  | { kind: "busy"; syncLogId: string }
  | { kind: "refused"; message: string; fix: string | undefined };

const answerSchema = z.object({ message: z.string().optional(), syncLogId: z.string().optional() });

/** Asks the function for a sync, which it answers as soon as the run is open. */
export async function askFunction({ apiUrl, client }: Project, body: SyncBody): Promise<Answer> {
  const { data, error } = await client.functions.invoke("sync-applications", {
    body,
    headers: { prefer: "respond-async" },
  });
  if (error instanceof FunctionsHttpError) {
    const response: Response = error.context;
    const { message = "", syncLogId } = read(await response.text());
    if (response.status === 409 && syncLogId !== undefined) return { kind: "busy", syncLogId };
    return { kind: "refused", ...explain(response.status, message) };
  }
  if (error) {
    const message = `Nobody answers at ${apiUrl}`;
    return { kind: "refused", message, fix: "see whether API_URL is right and the project is up" };
  }
  const { data: { syncLogId } = {} } = answerSchema.safeParse(data);
  if (syncLogId !== undefined) return { kind: "started", syncLogId };
  return { kind: "refused", ...explain(200, "") };
}

function read(text: string): z.infer<typeof answerSchema> {
  try {
    return answerSchema.parse(JSON.parse(text));
  } catch {
    return {};
  }
}

/** One readable line, and what mends it. */
function explain(status: number, message: string): { message: string; fix: string | undefined } {
  const said = message === "" ? "" : `: ${message}`;
  const doctor = `\`${denoTask("doctor")}\` says what to mend`;
  if (status === 400) return { message: message || "The function refuses the request (400)", fix: undefined };
  if (status === 401 || status === 403) {
    return { message: `The function refuses SECRET_KEY (${status})`, fix: "take the secret key of this project" };
  }
  if (status === 404) return { message: "The function is not deployed (404)", fix: doctor };
  if (status === 503) return { message: `The function or its database cannot be reached (503)${said}`, fix: doctor };
  return { message: `The function answered ${status}${said}`, fix: doctor };
}
