-- A dead man's switch. What runs inside the database cannot tell that the database is down, paused, or without pg_cron:
-- so after each completed run of the schedule an outside service is called, which raises the alarm when the call does
-- not come.
--
-- The minutely watch calls, not the run that completes: no Vault and no pg_net can fail a run then, and the call also
-- vouches for the watch, without which there are no alerts.

-- Who is called from time to time need not be called again: the next run is five minutes away. security definer: it reads
-- Vault. No error of it is told in its own words: they quote the URL.
create function sovereign_sync.send_heartbeat()
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  last_completed timestamptz;
  heartbeat_url text;
  request bigint;
  problem text;
begin
  begin
    heartbeat_url := sovereign_sync.read_secret('heartbeat_url');
  exception when others then
    problem := format('Vault''s heartbeat_url cannot be read (%s)', sqlstate);
  end;
  if coalesce(heartbeat_url, '') = '' and problem is null then
    update sovereign_sync.uptime_ping as h
    set request_id = null, error = null
    where h.request_id is not null or h.error is not null;
    return;
  end if;

  -- One that completed long ago is no sign of life.
  select l.sync_completed_at into last_completed
  from public.tblsovereignapplicationssynclog as l
  where l.trigger = 'schedule' and l.status = 'completed'
    and l.sync_completed_at between now() - interval '10 minutes' and now()
  order by l.sync_completed_at desc
  limit 1;
  if last_completed is null or last_completed <= (select h.completed_at from sovereign_sync.uptime_ping as h) then
    return;
  end if;
  if problem is null then
    begin
      request := net.http_get(url => heartbeat_url, timeout_milliseconds => 10000);
    exception when others then
      problem := format('pg_net does not take Vault''s heartbeat_url (%s): is it a URL?', sqlstate);
    end;
  end if;
  update sovereign_sync.uptime_ping as h
  set
    completed_at = last_completed,
    sent_at = now(),
    request_id = request,
    -- What was wrong is so until the answer says otherwise.
    error = case when request is null then problem else h.error end
  where h.one_row;
end;
$$;

comment on function sovereign_sync.send_heartbeat() is
  'Calls the URL that Vault names heartbeat_url, if there is one, once for each completed run of the schedule.';

create function sovereign_sync.collect_heartbeat()
returns void
language sql
set search_path = ''
as $$
  update sovereign_sync.uptime_ping as h
  set
    request_id = null,
    error = case
      when r.status_code between 200 and 299 then null
      when r.status_code is not null then format('heartbeat_url answered %s', r.status_code)
      when r.timed_out then 'heartbeat_url did not answer in 10 s'
      else 'heartbeat_url cannot be reached'
    end
  from net._http_response as r
  where r.id = h.request_id and sovereign_sync.is_answer_of(r.created, h.sent_at);

  update sovereign_sync.uptime_ping as h
  set request_id = null, error = 'pg_net brought no answer of heartbeat_url'
  where h.request_id is not null and h.sent_at < now() - interval '3 minutes';
$$;

comment on function sovereign_sync.collect_heartbeat() is 'Reads back from pg_net what became of the last call.';
