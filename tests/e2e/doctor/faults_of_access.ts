import type { Fault } from "./fault.ts";

// A role is given away by who made it.
const OPS = "set role postgres; create role ops; reset role; grant usage on schema cron, public to ops; ";
const DROP_OPS = "drop owned by ops; drop role ops";
const asOps = (statement: string) => `${OPS} set role ops; ${statement}; reset role`;

/** Jobs, privileges, Row Level Security, owners. */
export const FAULTS_OF_ACCESS: Fault[] = [
  {
    what: "a job is not scheduled",
    seed: "delete from cron.job where jobname = 'reconcile-sync'",
    line: "job reconcile-sync",
    detail: /not scheduled/,
  },
  {
    what: "a job is not active",
    seed: "update cron.job set active = false where jobname = 'watch-sync'",
    line: "job watch-sync",
    detail: /not active/,
  },
  {
    what: "a job has another schedule",
    seed: "update cron.job set schedule = '0 * * * *' where jobname = 'sync-applications'",
    line: "job sync-applications",
    state: "warn",
    detail: /0 \* \* \* \* instead of \*\/5/,
  },
  {
    what: "a job runs something else",
    seed: "update cron.job set command = 'select 1' where jobname = 'prune-sync-records'",
    line: "job prune-sync-records",
    detail: /something else than select sovereign_sync\.prune_sync_records/,
  },
  {
    what: "a job is scheduled twice, under two owners",
    seed: asOps("select cron.schedule('sync-applications', '*/5 * * * *', 'select 1')"),
    line: "job sync-applications",
    detail: /scheduled 2 times, by postgres, ops/,
    tidy: (p) => p.admin.unsafe(DROP_OPS),
  },
  {
    what: "a job is another user's",
    seed: `delete from cron.job where jobname = 'watch-sync';
      ${asOps("select cron.schedule('watch-sync', '* * * * *', 'select 1')")}`,
    line: "job watch-sync",
    detail: /scheduled by ops, not by postgres/,
    tidy: (p) => p.admin.unsafe(DROP_OPS),
  },
  {
    what: "anon may read applications",
    seed: "grant select on public.tblsovereignapplications to anon",
    line: "nobody gets in",
    detail: /anon may select table public\.tblsovereignapplications$/,
  },
  {
    what: "anon may read one column",
    seed: "grant select (clientapplication) on public.tblsovereignapplications to anon",
    line: "nobody gets in",
    detail: /anon may select \(clientapplication\) table/,
  },
  {
    what: "authenticated may write applications, by their printed name",
    seed: `grant insert, update on public."tblSovereignApplications" to authenticated`,
    line: "nobody gets in",
    detail: /authenticated may insert table public\."tblSovereignApplications"; authenticated may update/,
  },
  {
    what: "everybody may call a function",
    seed: "grant execute on function public.sync_now(date, boolean) to public",
    line: "nobody gets in",
    detail: /public may execute function public\.sync_now/,
  },
  {
    what: "anon may use schema sovereign_sync, and a sequence",
    seed: "grant usage on schema sovereign_sync to anon; grant usage on sequence sovereign_sync.alerts_id_seq to anon",
    line: "nobody gets in",
    detail: /anon may usage schema sovereign_sync; anon may usage sequence sovereign_sync\.alerts_id_seq/,
  },
  {
    what: "a kept table of the Vercel version is open to anon",
    seed: `create table public."tblSovereignApplications_before_sync" (owner text);
      alter table public."tblSovereignApplications_before_sync" owner to postgres;
      grant select on public."tblSovereignApplications_before_sync" to anon`,
    line: "nobody gets in",
    detail: /anon may select table public\."tblSovereignApplications_before_sync"/,
    also: ["row level security"],
    tidy: (p) => p.admin`drop table public."tblSovereignApplications_before_sync"`,
  },
  {
    what: "service_role may not call a function",
    seed: "revoke execute on function public.claim_applications(uuid, integer, integer) from service_role",
    line: "grants",
    detail: /service_role may not execute function public\.claim_applications/,
  },
  {
    what: "service_role may not write the queue, nor use schema sovereign_sync",
    seed:
      "revoke update on sovereign_sync.status from service_role; revoke usage on schema sovereign_sync from service_role",
    line: "grants",
    detail:
      /service_role may not usage schema sovereign_sync; service_role may not update table sovereign_sync\.status/,
  },
  {
    what: "authenticated has lost its read",
    seed: "revoke select on public.tblsovereignapplications from authenticated",
    line: "grants",
    detail: /authenticated may not select table public\.tblsovereignapplications/,
  },
  {
    what: "Row Level Security is off",
    seed: "alter table public.tblsovereignapplicationssynclog disable row level security",
    line: "row level security",
    detail: /off for public\.tblsovereignapplicationssynclog/,
  },
  {
    what: "a policy is gone",
    seed: `drop policy "Authenticated users may read" on public.tblsovereignapplications`,
    line: "policies",
    detail: /missing: "Authenticated users may read" on public\.tblsovereignapplications/,
  },
  {
    what: "the guard against older writes is disabled",
    seed: "alter table public.tblsovereignapplications disable trigger guard_application",
    line: "triggers",
    detail: /disabled: guard_application on public\.tblsovereignapplications/,
  },
  {
    what: "a table and a function are another role's",
    seed: `${OPS} grant create on schema public to ops; alter table sovereign_sync.gaps owner to ops;
      alter function public.pause_sync() owner to ops`,
    line: "ownership",
    detail: /not of postgres: function public\.pause_sync\(\) and 1 more of ops/,
    also: ["nobody gets in", "grants"],
    tidy: (p) => p.admin.unsafe(DROP_OPS),
  },
];
