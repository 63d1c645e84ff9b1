-- One line an application that fails, and one line an application that is gone at OCC.

create view public.sync_failures with (security_invoker = true) as
select
  s.g3_application_number as application,
  s.state,
  s.attempts,
  s.failing_since,
  s.next_attempt_at,
  s.last_error,
  s.stale_since,
  s.requested_at,
  s.force,
  s.listed_last_saved,
  s.settled_last_saved
from sovereign_sync.status as s
where s.next_attempt_at is not null and s.state in ('failed', 'parked');

comment on view public.sync_failures is
  'Applications that could not be synced: parked ones want an operator, failed ones are tried again by themselves.';

create view public.sync_gone with (security_invoker = true) as
select
  s.g3_application_number as application,
  s.gone_at,
  case
    when s.missing_since is not null then 'OCC''s list lacks it, and OCC answers that it does not have it'
    else 'OCC lists it, and answers that it does not have it; asked again once a day'
  end as why,
  m.lastsaveddatetime as last_saved,
  m.updated_at as stored_at,
  s.synced_at,
  s.listed_last_saved,
  s.missing_since,
  s.next_attempt_at,
  s.last_error
from sovereign_sync.status as s
left join public.tblsovereignapplications as m using (g3_application_number)
where s.state = 'gone';

comment on view public.sync_gone is
  'Applications that OCC has no more. What was stored of them stays; they come back by themselves when OCC lists them again.';
