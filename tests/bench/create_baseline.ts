import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "@supabase/supabase-js";
import type { Database } from "../../supabase/functions/sync-applications/database/database.types.ts";
import { daysBefore } from "../../supabase/functions/sync-applications/calendar.ts";
import { systemClock } from "../../supabase/functions/sync-applications/clock.ts";
import type { Occ } from "../../supabase/functions/sync-applications/occ/invoke_occ.ts";
import { createLambdaInvoker } from "../../supabase/functions/sync-applications/occ/lambda_invoker.ts";
import { type Environment, readSettings } from "../../supabase/functions/sync-applications/settings.ts";
import { createTimeZone } from "../../supabase/functions/sync-applications/time_zone.ts";
import { type BaselineResult, type BaselineStore, OPEN_GATE, syncAsSpecified } from "./baseline.ts";

/** The baseline with the function's own SDK, client and settings: only the algorithm differs. */
export function createBaseline(env: Environment, pauseMs: number): () => Promise<BaselineResult> {
  const settings = readSettings(env);
  const { aws, occ: { mainFunction, timeZone, ...occSettings } } = settings;
  const database = createClient<Database>(settings.supabaseUrl, settings.secretKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
  });
  const occ: Occ = {
    ...occSettings,
    timeZone: createTimeZone(timeZone),
    invokeLambda: createLambdaInvoker(aws, mainFunction, OPEN_GATE),
    onThrottled: OPEN_GATE.throttled,
    clock: systemClock,
  };
  const log = () => database.from("tblsovereignapplicationssynclog");
  const store: BaselineStore = {
    async openLog(since_date) {
      const { data } = await log().insert({ since_date, status: "running" }).select("id").single().throwOnError();
      return data.id;
    },
    async upsert(rows) {
      await database.from("tblsovereignapplications").upsert(rows, { onConflict: "g3_application_number" })
        .throwOnError();
    },
    async closeLog(id, { found, fetched, failed }) {
      await log().update({
        status: "completed",
        sync_completed_at: new Date().toISOString(),
        applications_found: found,
        applications_fetched: fetched,
        applications_upserted: fetched,
        fetch_failures: failed,
      }).eq("id", id).throwOnError();
    },
  };
  const pause = () => delay(pauseMs);
  const since = daysBefore(new Date().toISOString().slice(0, 10), 7);
  return () => syncAsSpecified(occ, store, since, pause);
}
