import type { Fault } from "./fault.ts";
import type { Patient } from "./patient.ts";

const UNSCHEDULE = `select cron.unschedule(jobname) from cron.job where username = current_user`;
const OBJECTS = `drop schema sovereign_sync cascade;
  do $$ declare o record; begin
    for o in select p.oid::regprocedure as f from pg_proc as p where p.pronamespace = 'public'::regnamespace loop
      execute format('drop function if exists %s cascade', o.f);
    end loop;
    for o in select c.relname as r from pg_class as c where c.relnamespace = 'public'::regnamespace and c.relkind = 'v' loop
      execute format('drop view if exists public.%I cascade', o.r);
    end loop;
  end $$`;
const DATA = "drop table public.tblsovereignapplications, public.tblsovereignapplicationssynclog";
const HISTORY = "delete from supabase_migrations.schema_migrations where version > '20261101000000'";

const asOwner = (...statements: string[]) => (patient: Patient) => patient.owner.unsafe(statements.join(";\n"));

/** What is there of the sync, and what the history of the migrations says of it. */
export const FAULTS_OF_INSTALLATION: Fault[] = [
  {
    what: "the sync has been removed, and all of its data",
    seed: asOwner(UNSCHEDULE, OBJECTS, DATA, HISTORY),
    line: "installation",
    detail: /^nothing is installed$/,
  },
  {
    what: "the sync has been removed, but for the data and its record",
    seed: asOwner(UNSCHEDULE, OBJECTS, HISTORY),
    line: "installation",
    detail: /nothing is installed but the data and its record$/,
  },
  {
    what: "the sync has been removed, and the history says it is applied",
    seed: asOwner(UNSCHEDULE, OBJECTS, DATA),
    line: "installation",
    detail: /^nothing is installed; the history says they are applied/,
  },
  {
    what: "the sync is half removed: schema sovereign_sync is gone",
    seed: asOwner("drop schema sovereign_sync cascade"),
    line: "installation",
    detail: /\d+ of \d+ tables, views and functions are missing: sovereign_sync\./,
  },
  {
    what: "the sync is half removed: the data and the jobs are left",
    seed: asOwner(OBJECTS, HISTORY),
    line: "installation",
    detail: /\d+ of \d+ tables, views and functions are missing: sovereign_sync/,
  },
  {
    what: "the sync has been removed, but its jobs are left and fail",
    seed: asOwner(OBJECTS, DATA, HISTORY),
    line: "installation",
    detail: /\d+ of \d+ tables, views and functions are missing: sovereign_sync/,
  },
  {
    what: "a function is missing",
    seed: "drop function public.start_from(date)",
    line: "installation",
    detail: /^missing: public\.start_from$/,
  },
  {
    what: "views and a trigger's function are missing",
    seed: `drop view public.sync_health, public.sync_failures;
      drop function sovereign_sync.requeue_deleted_applications() cascade`,
    line: "installation",
    detail: /^missing: sovereign_sync\.requeue_deleted_applications, public\.sync_failures, public\.sync_health$/,
    also: ["triggers"],
  },
  {
    what: "a migration is not applied",
    seed: "delete from supabase_migrations.schema_migrations where version = '20261101000400'",
    line: "migrations",
    detail: /not recorded as applied: 20261101000400$/,
  },
  {
    what: "the history has lost a migration that is applied",
    seed: "delete from supabase_migrations.schema_migrations where version = '20261101000200'",
    line: "migrations",
    detail: /not recorded as applied: 20261101000200$/,
  },
  {
    what: "views are missing, and the history has lost their migration",
    seed: `drop view public.sync_health, public.sync_gone;
      delete from supabase_migrations.schema_migrations where version = '20261101000200'`,
    line: "installation",
    detail: /^missing: public\.sync_gone, public\.sync_health$/,
    also: ["migrations"],
  },
  {
    what: "there is no history: the migrations were run by hand",
    seed: "drop schema supabase_migrations cascade",
    line: "migrations",
    detail: /not recorded as applied: 20261101000000, .*20261101000400$/,
  },
  {
    what: "the checkout is older than the database",
    seed: "insert into supabase_migrations.schema_migrations (version, name) values ('20991231000000', 'later')",
    line: "checkout",
    state: "warn",
    detail: /older than the database, which has 20991231000000 too/,
    // What a pull brings.
    standIn: (p, step) => {
      if (step === "git pull --ff-only") {
        p.expected = { ...p.expected, versions: [...p.expected.versions, "20991231000000"] };
      }
      return step === "git pull --ff-only";
    },
    tidy: async (p) => {
      p.expected = { ...p.expected, versions: p.expected.versions.filter((version) => version < "2099") };
      await p.admin`delete from supabase_migrations.schema_migrations where version = '20991231000000'`;
    },
  },
  {
    what: "tables of the Vercel version are another role's, and nothing is installed",
    seed: async (p) => {
      await asOwner(UNSCHEDULE, OBJECTS, DATA, HISTORY)(p);
      await p.admin.unsafe(
        `set role postgres; create role vercel; reset role; create table public."tblSovereignApplications" (
        "G3_application_number" text primary key, "lastSavedDateTime" timestamptz
      ); alter table public."tblSovereignApplications" owner to vercel`,
      );
    },
    line: "ownership",
    detail: /table public\."tblSovereignApplications" of vercel/,
    also: ["installation"],
    tidy: (p) =>
      p.admin`drop table if exists public."tblSovereignApplications_before_sync"; drop owned by vercel; drop role vercel`
        .simple(),
  },
];
