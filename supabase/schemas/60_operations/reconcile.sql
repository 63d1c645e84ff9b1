-- The nightly reconciliation: a long list finds what the short ones missed.

create function sovereign_sync.reconcile_since()
returns date
language sql
stable
set search_path = ''
as $$
  select least(
    sovereign_sync.today() - s.reconcile_days, (select g.from_date from sovereign_sync.gaps as g where g.closed_at is null)
  )
  from sovereign_sync.settings as s;
$$;

comment on function sovereign_sync.reconcile_since() is
  'The day the nightly reconciliation lists from: 30 days ago, or the beginning of the open gap.';

-- Asked for every hour, because cron knows UTC only; and every hour of the night until it ran: another sync may have
-- been in its way.
create function sovereign_sync.reconcile_sync()
returns bigint
language sql
set search_path = ''
as $$
  select sovereign_sync.dispatch_sync('reconciliation', jsonb_build_object(
    'since', sovereign_sync.reconcile_since()
  ))
  from sovereign_sync.settings as s
  where s.paused_at is null
    and extract(hour from now() at time zone s.time_zone) between 1 and 5
    and not exists (
      select from public.tblsovereignapplicationssynclog as l
      where l.trigger = 'reconciliation' and l.listed_at is not null
        -- Not one that somebody asked for and that goes less far back.
        and l.since_date <= sovereign_sync.today() - s.reconcile_days
        and l.sync_started_at between now() - interval '20 hours' and now()
    );
$$;

comment on function sovereign_sync.reconcile_sync() is
  'At night, where the credit union is: lists the last 30 days, or from the beginning of the open gap. Finds changes the '
  'five-minute runs missed, and says how many (changes_missed), and applications that are gone at OCC.';

create function public.reconcile(since date default null)
returns text
language plpgsql
set search_path = ''
as $$
declare
  dispatch_id bigint;
begin
  perform sovereign_sync.require_past('Cannot reconcile since', reconcile.since);
  dispatch_id := sovereign_sync.dispatch_sync(
    'reconciliation', jsonb_build_object('since', coalesce(reconcile.since, sovereign_sync.reconcile_since()))
  );
  return sovereign_sync.record_action(
    'reconcile', jsonb_build_object('since', reconcile.since),
    coalesce(sovereign_sync.why_not_sent(dispatch_id), format(
      'Requested (dispatch %s) since %s. Watch it in sync_runs; sync_dispatches says whether the function took it. What is '
        'found to be gone at OCC stands in sync_gone a quarter of an hour later.',
      dispatch_id, coalesce(reconcile.since, sovereign_sync.reconcile_since())
    ))
  );
end;
$$;

comment on function public.reconcile(date) is
  'Asks for a reconciliation now, since a date or as the nightly one: finds changes that were missed, and applications that '
  'are gone at OCC.';
