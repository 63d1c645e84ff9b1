import { isTimeZone } from "../../functions/sync-applications/time_zone.ts";
import { type Check, fail, ok, warn } from "./check.ts";
import { changeSettings, literal, setSecrets, shell, sql, writeSetting } from "./steps.ts";
import type { Subject } from "./subject.ts";

const SKEW_SECONDS = 60;
/** What Supabase gives `authenticator`, whose timeout holds where service_role has none: settling a chunk fits. */
const STATEMENT_SECONDS = 8;

export async function checkClock({ sql: database, now }: Subject): Promise<Check> {
  const [row] = await database`select extract(epoch from clock_timestamp()) * 1000 as ms`;
  const seconds = Math.round(Math.abs(Number(row?.ms) - now) / 1000);
  if (seconds <= SKEW_SECONDS) return ok("clock", "in step");
  const detail = `this machine and the database differ by ${seconds} s; AWS refuses signatures that are 5 minutes off`;
  return warn("clock", detail, shell("sudo timedatectl set-ntp true"));
}

/** Whether the database's day and night are the function's, as far as its settings are known here. */
export async function checkTimeZone({ sql: database, functionEnv, envFile, ref }: Subject): Promise<Check[]> {
  const [row] = await database`select time_zone from public.sync_settings`;
  if (!row || Object.keys(functionEnv).length === 0) return [];
  const ours = functionEnv.OCC_TIME_ZONE || "UTC";
  if (!isTimeZone(ours)) {
    const fix = envFile === undefined
      ? changeSettings(ref, ["OCC_TIME_ZONE"], envFile)
      : [writeSetting(envFile, "OCC_TIME_ZONE", row.time_zone), ...setSecrets(ref, ["OCC_TIME_ZONE"], envFile)];
    return [fail("time zone", "the function's OCC_TIME_ZONE is no time zone", ...fix)];
  }
  if (row.time_zone === ours) return [ok("time zone", ours)];
  const detail = `sync_settings has ${row.time_zone}, the function's OCC_TIME_ZONE is ${ours}`;
  return [
    warn("time zone", detail, sql(`update public.sync_settings set time_zone = ${literal(ours)} where one_row;`)),
  ];
}

/** A call of the function works with up to 500 rows: one that is cut short fails, and is tried for ever. */
export async function checkTimeouts({ sql: database }: Subject): Promise<Check> {
  const [row] = await database`
    select extract(epoch from case when v.value ~ '^[0-9]+$' then v.value || 'ms' else v.value end::interval) as seconds,
      c.rolname as role
    from (
      select r.rolname, unnest(s.setconfig) as setting
      from pg_db_role_setting as s join pg_roles as r on r.oid = s.setrole
      where r.rolname in ('service_role', 'authenticator') and s.setdatabase in (0, (
        select d.oid from pg_database as d where d.datname = current_database()
      ))
    ) as c
    cross join lateral (select split_part(c.setting, '=', 2) as value) as v
    where c.setting like 'statement_timeout=%'
    order by c.rolname desc limit 1`;
  const seconds = row ? Number(row.seconds) : 0;
  if (seconds === 0 || seconds >= STATEMENT_SECONDS) return ok("timeouts", "long enough for a chunk");
  const detail =
    `service_role's statements end after ${seconds} s, by ${row?.role}'s setting: settling a chunk may fail`;
  return warn(
    "timeouts",
    detail,
    sql(`alter role service_role set statement_timeout = '${STATEMENT_SECONDS}s';`),
    sql("notify pgrst, 'reload config';"),
  );
}
