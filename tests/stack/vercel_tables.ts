/** What the Vercel version may have left: quoted names, some of the columns, a run that never ended. */
export const QUOTED_TABLES = `
  create table public."tblSovereignApplications" (
    "G3_application_number" text primary key, "applicationName" text, "appStatusCode" text,
    "lastSavedDateTime" timestamptz, "notes" text, created_at timestamptz default now(), updated_at timestamptz default now()
  );
  insert into public."tblSovereignApplications" values
    ('G3-1', 'one', 'APP', '2026-01-01T00:00:00Z', 'kept', '2025-01-01', '2025-01-02'), ('G3-2', 'two', null, null, null, now(), now());
  create table public."tblSovereignApplicationsSyncLog" (
    id uuid primary key default gen_random_uuid(), since_date date not null, sync_started_at timestamptz default now(),
    sync_completed_at timestamptz, applications_found integer default 0, status text
  );
  insert into public."tblSovereignApplicationsSyncLog" (since_date, status, sync_completed_at)
  values ('2025-06-01', 'completed', now()), ('2025-06-02', 'running', null), ('2025-06-03', 'running', null);
  grant all on all tables in schema public to anon, authenticated, service_role;
  grant select ("applicationName") on public."tblSovereignApplications" to anon;
  create unique index idx_sovereign_apps_g3_number on public."tblSovereignApplications" ("G3_application_number");
  create index idx_sovereign_apps_status on public."tblSovereignApplications" ("appStatusCode");
  create index idx_sync_log_status on public."tblSovereignApplicationsSyncLog" (status)`;

/** The specification's DDL, as printed: folded. */
export const FOLDED_TABLES = `
  create table public.tblSovereignApplications (
    G3_application_number text primary key, applicationInternalNumber text, applicationName text, clientApplication text,
    loadedByClientNumber text, owner text, applicationTitle text, tradingBranch text, salesChannel text, subPrime text,
    comparisonRatesSupplied text, paymentMethod text, type text, appStatusDesc text, appStatusCode text,
    currentTaskWith text, lastSavedDateTime timestamptz, created_at timestamptz default now(), updated_at timestamptz default now()
  );
  insert into public.tblSovereignApplications (G3_application_number, applicationName) values ('G3-1', 'one'), ('G3-2', 'two');
  create table public.tblSovereignApplicationsSyncLog (
    id uuid primary key default gen_random_uuid(), since_date date not null, sync_started_at timestamptz default now(),
    sync_completed_at timestamptz, applications_found integer default 0, applications_fetched integer default 0,
    applications_upserted integer default 0, fetch_failures integer default 0, upsert_failures integer default 0,
    status text check (status in ('running', 'completed', 'failed')), error_details jsonb
  );
  insert into public.tblSovereignApplicationsSyncLog (since_date, status) values ('2025-06-01', 'running'), ('2025-06-02', 'failed')`;
