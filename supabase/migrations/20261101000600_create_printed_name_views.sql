-- Callers of the Data API use the specification's spelling, which unquoted DDL folds to lower case. Each table gets a
-- view by its printed name, with its printed columns; updatable, and with the caller's own rights.
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

create view public."tblSovereignApplicationsSyncLog" with (security_invoker = true) as
select
  id, since_date, sync_started_at, sync_completed_at,
  applications_found, applications_fetched, applications_upserted, fetch_failures, upsert_failures,
  status, error_details,
  trigger, force, moves_watermark, lease, heartbeat_at, ended_lease, passes, listed_at, listed_since, listed_parts,
  listed_skipped, claimed_parts, claimed_last_at, applications_unchanged, applications_enqueued, applications_parked,
  applications_locked, applications_missing, applications_gone, changes_missed, cancelled_at, cancelled_by, occ,
  date_offsets
from public.tblsovereignapplicationssynclog;

comment on view public."tblSovereignApplications" is
  'tblsovereignapplications by the names the specification prints.';
comment on view public."tblSovereignApplicationsSyncLog" is
  'tblsovereignapplicationssynclog by the name the specification prints.';

revoke all on table
  public."tblSovereignApplications",
  public."tblSovereignApplicationsSyncLog"
from public, anon, authenticated, service_role;

grant select on table
  public."tblSovereignApplications",
  public."tblSovereignApplicationsSyncLog"
to authenticated;

grant select, insert, update, delete on table
  public."tblSovereignApplications",
  public."tblSovereignApplicationsSyncLog"
to service_role;
