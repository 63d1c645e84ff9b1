import type { Fault } from "./fault.ts";
import type { Patient } from "./patient.ts";

const aMinuteLater = (patient: Patient) => patient.admin`select net.worker_restart()`.catch(() => {});

/** Extensions, workers, settings, and how the sync is by its own account. */
export const FAULTS_OF_HEALTH: Fault[] = [
  {
    what: "pg_net is missing",
    seed: "alter schema net rename to net_away",
    line: "extensions",
    detail: /missing: pg_net/,
    // It is in no package for this machine.
    standIn: async (p, step) => {
      if (!step.startsWith("create extension if not exists pg_net with schema extensions")) return false;
      await p.admin`alter schema net_away rename to net`;
      return true;
    },
  },
  {
    what: "Vault is missing",
    seed: "alter schema vault rename to vault_away",
    line: "extensions",
    detail: /missing: supabase_vault/,
    standIn: async (p, step) => {
      if (!step.startsWith("create extension if not exists supabase_vault with schema vault")) return false;
      await p.admin`alter schema vault_away rename to vault`;
      return true;
    },
  },
  {
    what: "pg_net's worker hangs",
    seed: `create function net.hang() returns trigger language plpgsql as 'begin return null; end';
      create trigger hang before delete on net.http_request_queue for each row execute function net.hang();
      select public.sync_now(); update sovereign_sync.dispatches set dispatched_at = now() - interval '5 minutes'
      where outcome is null`,
    line: "pg_net",
    detail: /has not sent 1 of our requests, the oldest for 5 minutes/,
    standIn: async (p, step) => {
      if (step !== "select net.worker_restart();") return false;
      await aMinuteLater(p);
      await p.admin`drop function net.hang() cascade`;
      return true;
    },
  },
  {
    what: "the clocks differ",
    seed: (p) => void (p.now = () => Date.now() + 120_000),
    line: "clock",
    state: "warn",
    detail: /differ by 1[12]\d s/,
    standIn: (p, step) => {
      if (step === "sudo timedatectl set-ntp true") p.now = () => Date.now();
      return step === "sudo timedatectl set-ntp true";
    },
  },
  {
    what: "the database's time zone is another than OCC's",
    seed: "update public.sync_settings set time_zone = 'Pacific/Auckland'",
    line: "time zone",
    state: "warn",
    detail: /sync_settings has Pacific\/Auckland, the function's OCC_TIME_ZONE is UTC/,
  },
  {
    what: "OCC_TIME_ZONE is no time zone",
    seed: async (p) => {
      await Deno.writeTextFile(p.envFile, "\nOCC_TIME_ZONE=Auckland\n", { append: true });
      await p.stack.restartFunction({ OCC_TIME_ZONE: "Auckland" });
    },
    line: "time zone",
    detail: /OCC_TIME_ZONE is no time zone/,
    also: ["function settings"],
  },
  {
    what: "service_role's statements end too soon",
    seed: "alter role service_role set statement_timeout = '2s'",
    line: "timeouts",
    state: "warn",
    detail: /end after 2 s, by service_role's setting/,
    tidy: (p) => p.admin`alter role service_role reset statement_timeout`,
  },
  {
    what: "authenticator's statements end too soon",
    seed: "alter role authenticator set statement_timeout = 3000",
    line: "timeouts",
    state: "warn",
    detail: /end after 3 s, by authenticator's setting/,
    tidy: (p) =>
      p.admin`alter role authenticator set statement_timeout = '8s'; alter role service_role reset statement_timeout`
        .simple(),
  },
  {
    what: "the schedule is paused",
    seed: "select public.pause_sync()",
    line: "schedule",
    state: "warn",
    detail: /paused/,
  },
  {
    what: "a gap is open",
    seed: "insert into public.sync_gaps (from_date, to_date) values ('2026-01-01', '2026-02-01')",
    line: "gap",
    state: "warn",
    detail: /could not list 2026-01-01 to 2026-01-31/,
  },
  {
    what: "the last run failed",
    seed:
      `insert into public.tblsovereignapplicationssynclog (since_date, status, sync_started_at, sync_completed_at, error_details)
      values (now(), 'failed', now(), now(), '{"reason": "OCC answered 503"}')`,
    line: "last run",
    state: "warn",
    detail: /failed: .*OCC answered 503/,
  },
  {
    what: "nothing has completed for an hour",
    seed: `update public.tblsovereignapplicationssynclog
      set sync_started_at = now() - interval '61 minutes', sync_completed_at = now() - interval '1 hour'
      where status <> 'running'`,
    line: "last run",
    state: "warn",
    detail: /completed 60 minutes ago/,
  },
  {
    what: "nothing has completed for two minutes, and one is what sync_settings allows",
    seed: `update public.sync_settings set alert_no_completed_run_after = '1 minute';
      update public.tblsovereignapplicationssynclog
      set sync_started_at = now() - interval '121 seconds', sync_completed_at = now() - interval '2 minutes'
      where status <> 'running'`,
    line: "last run",
    state: "warn",
    detail: /completed 2 minutes ago/,
    tidy: (p) => p.admin`update public.sync_settings set alert_no_completed_run_after = '15 minutes'`,
  },
  {
    what: "an application is parked",
    seed: `update public.sync_status
      set state = 'parked', attempts = 9, failing_since = now() - interval '2 days', last_error = 'OCC answered 500',
        next_attempt_at = now() + interval '1 day', stale_since = now()
      where g3_application_number = (select min(g3_application_number) from public.sync_status)`,
    line: "health",
    state: "warn",
    detail: /1 application is parked|1 application .*parked/,
  },
  {
    what: "the last call of the function was refused",
    seed: `insert into sovereign_sync.dispatches (trigger, outcome, status_code) values ('schedule', 'refused', 401)`,
    line: "health",
    state: "warn",
    detail: /last call of the function failed \(refused\)/,
  },
  {
    what: "pg_cron's worker hangs",
    seed: async (p) => {
      await p.admin`update public.sync_settings set installed_at = now() - interval '1 day'`;
      const [worker] = await p.admin`select pid from pg_stat_activity where application_name = 'pg_cron scheduler'`;
      // A stand-in of pg_cron has none: it is only silent.
      if (worker) Deno.kill(worker.pid, "SIGSTOP");
      await p.admin`
        update cron.job_run_details set start_time = start_time - interval '10 minutes',
          end_time = end_time - interval '10 minutes'`;
    },
    line: "pg_cron",
    detail: /has run no job (ever|for \d+ minutes): its worker is not there/,
    standIn: async (p, step) => {
      if (!step.startsWith("restart the database: ")) return false;
      await p.stack.killPostgres();
      return true;
    },
  },
];
