-- The applications, as the specification defines them. Its names are unquoted, so Postgres folds them to lower case.
-- The primary key's index has the name the specification gives it (idx_sovereign_apps_g3_number): a second unique index
-- on the same column would cost every write and find nothing.
--
-- "if not exists", because a project may have the table already, from the Vercel version or from an earlier
-- installation.

create table if not exists public.tblSovereignApplications (
  G3_application_number text constraint idx_sovereign_apps_g3_number primary key,
  applicationInternalNumber text,
  applicationName text,
  clientApplication text,
  loadedByClientNumber text,
  owner text,
  applicationTitle text,
  tradingBranch text,
  salesChannel text,
  subPrime text,
  comparisonRatesSupplied text,
  paymentMethod text,
  type text,
  appStatusDesc text,
  appStatusCode text,
  currentTaskWith text,
  lastSavedDateTime timestamptz,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);

create index if not exists idx_sovereign_apps_status
  on public.tblSovereignApplications (appStatusCode);

create index if not exists idx_sovereign_apps_last_saved
  on public.tblSovereignApplications (lastSavedDateTime desc);

create index if not exists idx_sovereign_apps_trading_branch
  on public.tblSovereignApplications (tradingBranch);

create index if not exists idx_sovereign_apps_created
  on public.tblSovereignApplications (created_at desc);

comment on table public.tblSovereignApplications is
  'Loan applications of OCC (Sovereign), one row each, kept current by the sync-applications Edge Function.';
comment on column public.tblSovereignApplications.lastSavedDateTime is
  'When OCC last saved the application; a write with an older value changes nothing.';
comment on column public.tblSovereignApplications.updated_at is
  'When this row last really changed; a write that changes nothing leaves it.';

alter table public.tblSovereignApplications enable row level security;

drop policy if exists "Service role has full access" on public.tblSovereignApplications;

create policy "Service role has full access"
  on public.tblSovereignApplications
  for all
  to service_role
  using (true)
  with check (true);

drop policy if exists "Authenticated users may read" on public.tblSovereignApplications;

create policy "Authenticated users may read"
  on public.tblSovereignApplications
  for select
  to authenticated
  using (true);

-- OCC's answers may arrive out of order: an older detail must never replace a newer one, whoever writes it and by
-- whatever statement. A trigger holds for the bulk upsert, for supabase-js and for Studio alike.
create function sovereign_sync.guard_application()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  -- The sync decides itself what may go back in time (sovereign_sync.store_answers).
  if new.lastsaveddatetime < old.lastsaveddatetime
    and coalesce(current_setting('sovereign_sync.settling', true), '') = ''
  then
    return null;
  end if;
  -- What the caller says of updated_at is no change of the application.
  new.created_at := old.created_at;
  new.updated_at := old.updated_at;
  if new is not distinct from old then
    return null;
  end if;
  new.updated_at := now();
  return new;
end;
$$;

comment on function sovereign_sync.guard_application() is
  'Skips an update that is older than the stored row or changes nothing; else moves updated_at.';

create or replace trigger guard_application
  before update on public.tblSovereignApplications
  for each row execute function sovereign_sync.guard_application();

create view public."tblSovereignApplications" with (security_invoker = true) as
select
  g3_application_number as "G3_application_number",
  applicationinternalnumber as "applicationInternalNumber",
  applicationname as "applicationName",
  clientapplication as "clientApplication",
  loadedbyclientnumber as "loadedByClientNumber",
  owner,
  applicationtitle as "applicationTitle",
  tradingbranch as "tradingBranch",
  saleschannel as "salesChannel",
  subprime as "subPrime",
  comparisonratessupplied as "comparisonRatesSupplied",
  paymentmethod as "paymentMethod",
  type,
  appstatusdesc as "appStatusDesc",
  appstatuscode as "appStatusCode",
  currenttaskwith as "currentTaskWith",
  lastsaveddatetime as "lastSavedDateTime",
  created_at,
  updated_at
from public.tblsovereignapplications;

comment on view public."tblSovereignApplications" is
  'tblsovereignapplications by the names the specification prints.';
