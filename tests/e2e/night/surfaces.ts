import { stripVTControlCharacters } from "node:util";
import { createClient } from "@supabase/supabase-js";
import type { Database } from "../../../supabase/functions/sync-applications/database/database.types.ts";
import { renderChecks } from "../../../supabase/tools/doctor/render.ts";
import { readStatus } from "../../../supabase/tools/status/read_status.ts";
import { renderStatus } from "../../../supabase/tools/status/render_status.ts";
import type { Night } from "./night.ts";

/** What people look at, at one moment. */
export interface Surfaces {
  alerts: { condition: string; message: string }[];
  /** `sync_health`: the verdict's reason. */
  verdict: string;
  reason: string;
  /** `deno task status`. */
  status: string;
  /** What the page begins with. */
  page: { verdict: string; reason: string; what_to_do: string | null };
  /** The doctor's lines that are not ok, with what mends them. */
  doctor: string;
  /** The newest run, in `sync_runs`. */
  run: string;
  /** What the function logged since the fault. */
  log: string;
}

export async function look({ patient }: Night, logFrom: number): Promise<Surfaces> {
  const { admin, stack: { env } } = patient;
  const alerts = await admin<Surfaces["alerts"]>`
    select condition, message from public.sync_alerts where resolved_at is null order by condition`;
  const [health] = await admin`select verdict, reason from public.sync_health`;
  const client = createClient<Database>(env.API_URL, env.SECRET_KEY, { auth: { persistSession: false } });
  const status = await readStatus({ apiUrl: env.API_URL, client });
  const { data: page, error } = await client.rpc("sync_overview");
  if (error) throw new Error(error.message);
  const { verdict, reason, what_to_do } = page as Surfaces["page"];
  const [run] = await admin`select status, outcome from public.sync_runs order by started_at desc limit 1`;
  const unwell = (await patient.examine()).filter(({ state }) => state !== "ok");
  return {
    alerts: [...alerts],
    verdict: health?.verdict,
    reason: health?.reason,
    status: stripVTControlCharacters(renderStatus(status, Date.now())),
    page: { verdict, reason, what_to_do },
    doctor: unwell.length === 0 ? "" : stripVTControlCharacters(renderChecks(unwell)),
    run: `${run?.status}: ${run?.outcome}`,
    log: patient.log.slice(logFrom).join("\n"),
  };
}
