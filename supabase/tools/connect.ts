import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import type { Database } from "../functions/sync-applications/database/database.types.ts";
import { readAccess } from "./local_stack.ts";
import { exitWithUsage } from "./read_args.ts";
import { denoTask } from "./terminal/deno_task.ts";

export interface Project {
  apiUrl: string;
  client: SupabaseClient<Database>;
}

/** The running stack or, with API_URL and SECRET_KEY set, any project; without either it ends the process with 2. */
export function connectProject(): Project {
  const { API_URL: apiUrl, SECRET_KEY: secretKey } = readAccess();
  if (!apiUrl || !secretKey) {
    exitWithUsage(`No stack is running: start one with \`${denoTask("start")}\`, or set API_URL and SECRET_KEY`);
  }
  if (!URL.canParse(apiUrl)) exitWithUsage("API_URL is no URL such as https://<ref>.supabase.co");
  return { apiUrl, client: createClient<Database>(apiUrl, secretKey, { auth: { persistSession: false } }) };
}

/** What was not answered, in words, with what mends it. */
export function describeApiError(
  { message, code }: { message: string; code?: string },
  status: number,
  apiUrl: string,
) {
  if (status === 0) return `Nobody answers at ${apiUrl}: see whether API_URL is right and the project is up`;
  if (status === 401 || status === 403) return `SECRET_KEY is refused (${status}): take the secret key of this project`;
  // The table, or the schema's cache of it, is not there.
  if (code === "PGRST205" || code === "42P01") {
    return `The sync is not installed there: see \`${denoTask("doctor")}\``;
  }
  return `The Data API answered ${status}: ${message}`;
}
