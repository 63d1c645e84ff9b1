-- Put the application's number here.
with wanted as (select 'G3-100001' as id)
select
  w.id,
  m.lastSavedDateTime as stored_last_saved,
  m.updated_at,
  s.state,
  s.listed_last_saved,
  s.stale_since,
  s.requested_at,
  s.attempts,
  s.next_attempt_at,
  s.last_error,
  case
    when s.g3_application_number is null then 'OCC never listed it, or it was forgotten'
    when s.state = 'synced' then 'it is current, as far as OCC''s list says'
    when s.state = 'gone' then 'OCC has it no more: sync_gone says since when'
    when s.claimed_by in (select l.lease from tblSovereignApplicationsSyncLog as l where l.status = 'running')
      then 'it is being fetched'
    when s.requested_at is not null then 'somebody asked for it: the open run or the next one fetches it before all others'
    when s.state = 'parked' then 'it failed for good: mend it at OCC, then select retry_parked(array[''' || w.id || ''']), or forget_application()'
    when s.missing_since is not null then 'OCC''s list lacks it: it is asked for whether OCC still has it'
    else 'it waits for its next attempt'
  end as answer
from wanted as w
left join sync_status as s on s.g3_application_number = w.id
left join tblSovereignApplications as m on m.G3_application_number = w.id;
