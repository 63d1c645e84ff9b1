import type pg from "pg";
import type { ApplicationRow } from "../../../supabase/functions/sync-applications/database/application_row.ts";
import { systemClock } from "../../../supabase/functions/sync-applications/clock.ts";
import { fetchApplicationsSinceData } from "../../../supabase/functions/sync-applications/occ/fetch_applications_since_data.ts";
import { fetchMediumApplicationData } from "../../../supabase/functions/sync-applications/occ/fetch_medium_application_data.ts";
import type { Occ } from "../../../supabase/functions/sync-applications/occ/invoke_occ.ts";
import { createLambdaInvoker } from "../../../supabase/functions/sync-applications/occ/lambda_invoker.ts";
import { type Environment, readSettings } from "../../../supabase/functions/sync-applications/settings.ts";
import { toApplicationRow } from "../../../supabase/functions/sync-applications/sync/to_application_row.ts";
import { createTimeZone } from "../../../supabase/functions/sync-applications/time_zone.ts";
import { OPEN_GATE } from "../baseline.ts";

/** What the schedule asks for. */
export interface Tick {
  /** `YYYY-MM-DD` */
  since: string;
  /** Whether only those are queued whose listed date is not the stored one: more than the libraries' pages advise. */
  compare: boolean;
}

/** The two jobs whoever builds on a queue has to write, free of the queue. */
export interface SyncWork {
  /** The ids to queue. */
  list(tick: Tick): Promise<string[]>;
  fetch(id: string): Promise<ApplicationRow>;
  /** One statement, however many rows. */
  store(rows: ApplicationRow[]): Promise<void>;
}

/** A statement over one of the worker's own connections. */
export type Query = (text: string, values: unknown[]) => Promise<{ rows: pg.QueryResultRow[] }>;

/** With the function's own SDK, client, parser and settings: only the queue differs. */
export function createSyncWork(env: Environment, query: Query): SyncWork {
  const { aws, occ: { mainFunction, timeZone, ...occSettings } } = readSettings(env);
  const occ: Occ = {
    ...occSettings,
    timeZone: createTimeZone(timeZone),
    invokeLambda: createLambdaInvoker(aws, mainFunction, OPEN_GATE),
    onThrottled: OPEN_GATE.throttled,
    clock: systemClock,
  };
  return {
    async list({ since, compare }) {
      const { applications } = await fetchApplicationsSinceData(occ, since);
      if (!compare) return applications.map(({ id }) => id);
      const { rows } = await query(
        "select g3_application_number, lastsaveddatetime from peers.applications where g3_application_number = any ($1)",
        [applications.map(({ id }) => id)],
      );
      const stored = new Map(rows.map((row) => [row.g3_application_number, row.lastsaveddatetime?.getTime()]));
      return applications.filter(({ id, attributes }) =>
        stored.get(id) !== new Date(attributes.lastSavedDateTime ?? NaN).getTime()
      ).map(({ id }) => id);
    },
    fetch: async (id) => toApplicationRow(await fetchMediumApplicationData(occ, id)),
    async store(rows) {
      if (rows.length === 0) return;
      await query(upsertOf(rows), rows.flatMap((row) => Object.values(row)));
    },
  };
}

function upsertOf(rows: ApplicationRow[]): string {
  const columns = Object.keys(rows[0] ?? {});
  const tuples = rows.map((_, row) => `(${columns.map((_, column) => `$${row * columns.length + column + 1}`)})`);
  const changes = columns.slice(1).map((name) => `${name} = excluded.${name}`);
  return `insert into peers.applications (${columns}) values ${tuples}
    on conflict (g3_application_number) do update set ${changes}, updated_at = now()`;
}
