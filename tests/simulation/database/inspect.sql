-- How everything stands: read after each statement of a pass, of a job or of a person.
-- stable, as what it calls: so it is inlined.
create or replace function sim.milliseconds(t timestamptz)
returns bigint
language sql
stable
as $$ select round(extract(epoch from t) * 1000)::bigint; $$;

create or replace function sim.inspect()
returns json
language plpgsql
as $$
declare
  requests json;
begin
  with taken as (delete from sim.requests returning id, url, body)
  select coalesce(json_agg(t order by t.id), '[]') into requests from taken as t;

  return json_build_object(
    'applications', (
      select coalesce(json_agg(json_build_object(
        'id', m.g3_application_number, 'owner', m.owner, 'saved', sim.milliseconds(m.lastsaveddatetime),
        'changes', (select count(*) from sovereign_sync.changes as h where h.application = m.g3_application_number)
      ) order by m.g3_application_number), '[]')
      from public.tblsovereignapplications as m
    ),
    'statuses', (
      select coalesce(json_agg(json_build_object(
        'id', s.g3_application_number, 'state', s.state,
        'listed', sim.milliseconds(s.listed_last_saved), 'settled', sim.milliseconds(s.settled_last_saved),
        'wasListed', s.listed_at is not null,
        'syncedAt', sim.milliseconds(s.synced_at), 'nextAttemptAt', sim.milliseconds(s.next_attempt_at),
        'staleSince', sim.milliseconds(s.stale_since),
        'attempts', s.attempts, 'failingSince', sim.milliseconds(s.failing_since), 'lapses', s.lapses,
        'claimed', s.claimed_by is not null and s.claimed_by = (
          select l.lease from public.tblsovereignapplicationssynclog as l where l.status = 'running'
        ),
        'requestedAt', sim.milliseconds(s.requested_at), 'force', s.force,
        'heldSince', sim.milliseconds(s.held_since), 'disagreed', s.disagreed, 'rechecking', s.rechecking,
        'noCanaryUntil', sim.milliseconds(s.no_canary_until), 'lastError', s.last_error,
        'missingSince', sim.milliseconds(s.missing_since), 'notFoundSince', sim.milliseconds(s.not_found_since)
      ) order by s.g3_application_number), '[]')
      from public.sync_status as s
    ),
    'runs', (
      select coalesce(json_agg(json_build_object(
        'id', l.id, 'trigger', l.trigger, 'status', l.status, 'force', l.force, 'movesWatermark', l.moves_watermark,
        'held', l.lease is not null, 'startedAt', sim.milliseconds(l.sync_started_at),
        'completedAt', sim.milliseconds(l.sync_completed_at), 'heartbeatAt', sim.milliseconds(l.heartbeat_at),
        'cancelledAt', sim.milliseconds(l.cancelled_at), 'passes', l.passes, 'listed', l.listed_at is not null, 'since', l.since_date, 'listedSince', l.listed_since,
        'listedParts', l.listed_parts, 'listedSkipped', l.listed_skipped,
        'found', l.applications_found, 'unchanged', l.applications_unchanged, 'enqueued', l.applications_enqueued,
        'fetched', l.applications_fetched, 'upserted', l.applications_upserted,
        'fetchFailures', l.fetch_failures, 'upsertFailures', l.upsert_failures, 'missed', l.changes_missed,
        'occ', l.occ, 'reason', l.error_details ->> 'reason',
        'warnings', coalesce(l.error_details -> 'warnings', '[]'), 'anomalies', coalesce(l.error_details -> 'anomalies', '[]')
      ) order by l.sync_started_at, l.id), '[]')
      from (
        select l.* from public.tblsovereignapplicationssynclog as l
        order by l.status = 'running' desc, l.sync_started_at desc nulls last limit 3
      ) as l
    ),
    'running', (
      select count(*) from public.tblsovereignapplicationssynclog as l where l.status = 'running'
    ),
    'gap', (
      select json_build_object('id', g.id, 'from', g.from_date, 'to', g.to_date)
      from public.sync_gaps as g where g.closed_at is null
    ),
    'lastGapClosedBy', (select g.closed_by from public.sync_gaps as g where g.closed_at is not null order by g.id desc limit 1),
    'waiting', (
      select json_build_object('requestedAt', sim.milliseconds(w.requested_at), 'sentAt', sim.milliseconds(w.sent_at))
      from sovereign_sync.queued_sync as w
    ),
    'paused', (select s.paused_at is not null from public.sync_settings as s),
    'alerts', (
      select coalesce(json_agg(a.condition order by a.condition), '[]')
      from public.sync_alerts as a where a.resolved_at is null
    ),
    'requests', requests
  );
end;
$$;
