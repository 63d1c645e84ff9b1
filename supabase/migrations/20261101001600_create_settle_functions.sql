-- Claims are settled together with the rows they brought, in one transaction. Storing and settling are two things: what
-- OCC answers is stored when it is no step back; a claim is settled only when the answer agrees with OCC's list, or when
-- OCC says the same ten minutes later. So a lagging replica is never taken for OCC's last word, and a date that was
-- corrected downwards is.

create table private.known_status_codes (
  appstatuscode text primary key,
  first_seen_at timestamptz not null default now()
);

comment on table private.known_status_codes is 'Status codes OCC ever sent, so that a new one can be told.';

alter table private.known_status_codes enable row level security;

revoke all on table private.known_status_codes from public, anon, authenticated, service_role;

grant select, insert on table private.known_status_codes to service_role;

create policy "Service role has full access"
  on private.known_status_codes
  for all
  to service_role
  using (true)
  with check (true);

-- What OCC sends of an application varies: an attribute is missed only if it used to come, and more often than this.
create table private.known_attributes (
  attribute text primary key,
  position integer not null unique,
  answers bigint not null default 0,
  present bigint not null default 0,
  absent bigint not null default 0
) with (fillfactor = 50);

insert into private.known_attributes (attribute, position)
select a.name, a.position
from unnest(array[
  'applicationInternalNumber', 'applicationName', 'clientApplication', 'loadedByClientNumber', 'owner',
  'applicationTitle', 'tradingBranch', 'salesChannel', 'subPrime', 'comparisonRatesSupplied', 'paymentMethod', 'type',
  'appStatusDesc', 'appStatusCode', 'currentTaskWith', 'lastSavedDateTime'
]) with ordinality as a (name, position);

comment on table private.known_attributes is 'How often OCC sends each of the attributes that are stored.';
comment on column private.known_attributes.position is 'Its place in what private.note_attributes counts.';
comment on column private.known_attributes.answers is
  'Answers up to the last that had a value for it; halved together with present from time to time, so that what was long '
  'ago counts for less.';
comment on column private.known_attributes.present is 'How many of these answers had a value for it.';
comment on column private.known_attributes.absent is 'How many answers in a row have had none since.';

alter table private.known_attributes enable row level security;

revoke all on table private.known_attributes from public, anon, authenticated, service_role;

grant select, update on table private.known_attributes to service_role;

create policy "Service role has full access"
  on private.known_attributes
  for all
  to service_role
  using (true)
  with check (true);

-- The functions a settlement calls are in plpgsql, which keeps their plans; those of SQL would be planned for each call.
create type private.answer_decision as (
  id text,
  answer text,
  began_at timestamptz,
  disagrees boolean,
  requested_again boolean,
  is_locked boolean,
  is_stored boolean,
  is_settled boolean,
  date_offset interval
);

create function private.decide_answers(lease uuid, applications jsonb)
returns setof private.answer_decision
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    with answered as materialized (
      -- A claim whose status somebody else holds locked is left as it is: not stored, and due again.
      select
        s.g3_application_number as id,
        s.listed_last_saved,
        s.force or coalesce(s.requested_at <= s.claimed_at, false) as is_forced,
        coalesce(s.requested_at > s.claimed_at, false) as requested_again,
        s.held_answer,
        s.held_since,
        a.last_saved,
        a.began_at,
        a.answer
      from (
        select
          e.value ->> 'g3_application_number' as id,
          (e.value ->> 'lastsaveddatetime')::timestamptz as last_saved,
          (e.value ->> 'began_at')::timestamptz as began_at,
          md5((e.value - 'began_at')::text) as answer
        from jsonb_array_elements(decide_answers.applications) as e (value)
      ) as a
      join public.sync_status as s on s.g3_application_number = a.id
      where s.claimed_by = decide_answers.lease
      order by s.g3_application_number
      for update of s skip locked
    ),
    -- No key update: whoever refers to the row by a foreign key does not stand in the way.
    unlocked as materialized (
      select m.g3_application_number as id, m.lastsaveddatetime as last_saved
      from public.tblsovereignapplications as m
      where m.g3_application_number in (select a.id from answered as a)
      order by m.g3_application_number
      for no key update skip locked
    ),
    compared as (
      select
        a.*,
        u.id is null and m.g3_application_number is not null as is_locked,
        coalesce(a.last_saved = a.listed_last_saved, false) as agrees,
        coalesce(a.last_saved < u.last_saved, false) as is_older,
        coalesce(a.held_answer = a.answer and a.began_at >= a.held_since + private.settled_apart(), false) as is_repeated
      from answered as a
      left join unlocked as u on u.id = a.id
      left join public.tblsovereignapplications as m on m.g3_application_number = a.id
    )
    select
      c.id,
      c.answer,
      c.began_at,
      c.listed_last_saved is not null and not c.agrees,
      c.requested_again,
      c.is_locked,
      not c.is_locked and (c.agrees or c.is_repeated or c.is_forced or not c.is_older),
      not c.is_locked and not c.requested_again
        and (c.agrees or c.is_repeated or c.listed_last_saved is null and (c.is_forced or not c.is_older)),
      c.last_saved - c.listed_last_saved
    from compared as c;
end;
$$;

comment on function private.decide_answers(uuid, jsonb) is
  'What becomes of each answer of OCC. Stored: it agrees with OCC''s list, is not older than what is stored, was repeated '
  'after ten minutes, or is forced. Settled: it agrees or was repeated; without a listed version, when it is stored.';

-- An answer without a date says nothing of the one that is stored.
create function private.upsert_applications(applications public.tblsovereignapplications[])
returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
    insert into public.tblsovereignapplications as m (
      g3_application_number, applicationinternalnumber, applicationname, clientapplication, loadedbyclientnumber,
      owner, applicationtitle, tradingbranch, saleschannel, subprime, comparisonratessupplied, paymentmethod, type,
      appstatusdesc, appstatuscode, currenttaskwith, lastsaveddatetime
    )
    select
      a.g3_application_number, a.applicationinternalnumber, a.applicationname, a.clientapplication,
      a.loadedbyclientnumber, a.owner, a.applicationtitle, a.tradingbranch, a.saleschannel, a.subprime,
      a.comparisonratessupplied, a.paymentmethod, a.type, a.appstatusdesc, a.appstatuscode, a.currenttaskwith,
      a.lastsaveddatetime
    from unnest(upsert_applications.applications) as a
    order by a.g3_application_number
    on conflict (g3_application_number) do update set
      applicationinternalnumber = excluded.applicationinternalnumber,
      applicationname = excluded.applicationname,
      clientapplication = excluded.clientapplication,
      loadedbyclientnumber = excluded.loadedbyclientnumber,
      owner = excluded.owner,
      applicationtitle = excluded.applicationtitle,
      tradingbranch = excluded.tradingbranch,
      saleschannel = excluded.saleschannel,
      subprime = excluded.subprime,
      comparisonratessupplied = excluded.comparisonratessupplied,
      paymentmethod = excluded.paymentmethod,
      type = excluded.type,
      appstatusdesc = excluded.appstatusdesc,
      appstatuscode = excluded.appstatuscode,
      currenttaskwith = excluded.currenttaskwith,
      lastsaveddatetime = coalesce(excluded.lastsaveddatetime, m.lastsaveddatetime);
end;
$$;

comment on function private.upsert_applications(public.tblsovereignapplications[]) is 'Stores applications.';

create function private.store_answers(
  applications public.tblsovereignapplications[],
  decisions private.answer_decision[]
)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- The guard lets a step back pass that has been decided on here.
  perform set_config('private.settling', 'on', true);
  perform private.upsert_applications(array(
    select a
    from unnest(store_answers.applications) as a
    join unnest(store_answers.decisions) as d on d.id = a.g3_application_number
    where d.is_stored
  ));
  perform set_config('private.settling', '', true);
end;
$$;

comment on function private.store_answers(public.tblsovereignapplications[], private.answer_decision[]) is
  'Stores the answers that are to be stored, also those that go back in time.';

create function private.settle_answers(run_id uuid, decisions private.answer_decision[])
returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
    update public.sync_status as s
    set
      state = case when d.is_locked then 'failed' when d.is_settled then 'synced' else 'pending' end,
      settled_last_saved = case when d.is_settled then s.listed_last_saved else s.settled_last_saved end,
      synced_at = case when d.is_settled then now() else s.synced_at end,
      stale_since = case when not d.is_settled then coalesce(s.stale_since, now()) end,
      next_attempt_at = case
        when d.is_settled then null
        when d.requested_again then now()
        when d.is_locked then private.next_attempt_at(s.attempts + 1)
        else now() + interval '1 minute'
      end,
      -- A lock passes: it never parks an application.
      attempts = case when d.is_locked then s.attempts + 1 else 0 end,
      failing_since = null,
      last_error = case
        when d.is_locked then 'Cannot upsert application ' || d.id || ': somebody holds its row locked'
        when d.is_settled or d.requested_again then null
        else 'OCC''s details and its list differ: asked again, until it says the same ten minutes later'
      end,
      lapses = 0,
      held_answer = case when d.is_settled then null when d.is_locked then s.held_answer else d.answer end,
      held_since = case
        when d.is_settled then null
        when d.is_locked or s.held_answer = d.answer then s.held_since
        else d.began_at
      end,
      -- What was settled although it disagrees is asked for once more by the next reconciliation, and no more after that.
      disagreed = d.is_settled and d.disagrees and not s.rechecking,
      rechecking = s.rechecking and not d.is_settled,
      force = s.force and d.is_locked,
      requested_at = case when d.requested_again or d.is_locked then s.requested_at end,
      attempted_by_run = case when not d.requested_again then settle_answers.run_id end,
      claimed_by = null,
      claimed_at = null
    from unnest(settle_answers.decisions) as d
    where s.g3_application_number = d.id;
end;
$$;

comment on function private.settle_answers(uuid, private.answer_decision[]) is
  'Ends the claims of what was fetched: synced, or pending until OCC''s list and details agree, or failed when locked.';

create function private.settle_failures(lease uuid, run_id uuid, failures jsonb)
returns table (fetch_failed integer, upsert_failed integer, parked integer, errors jsonb)
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    with failed as materialized (
      select
        s.g3_application_number as id,
        f.error,
        f.step,
        coalesce(s.requested_at > s.claimed_at, false) as requested_again,
        s.attempts + 1 as attempts,
        coalesce(s.failing_since, now()) as failing_since
      from jsonb_to_recordset(settle_failures.failures) as f (id text, error text, step text)
      join public.sync_status as s on s.g3_application_number = f.id
      where s.claimed_by = settle_failures.lease
      order by s.g3_application_number
      for update of s skip locked
    ),
    judged as (
      select f.*, f.attempts >= private.max_attempts() and f.failing_since <= now() - interval '1 day' as is_parked
      from failed as f
    ),
    settled as (
      update public.sync_status as s
      set
        state = case when j.requested_again then 'pending' when j.is_parked then 'parked' else 'failed' end,
        attempts = case when j.requested_again then 0 else j.attempts end,
        failing_since = case when not j.requested_again then j.failing_since end,
        next_attempt_at = case
          when j.requested_again then now()
          when j.is_parked then now() + interval '1 day'
          else private.next_attempt_at(j.attempts)
        end,
        stale_since = coalesce(s.stale_since, now()),
        last_error = j.error,
        lapses = 0,
        requested_at = case when j.requested_again then s.requested_at end,
        attempted_by_run = case when not j.requested_again then settle_failures.run_id end,
        claimed_by = null,
        claimed_at = null
      from judged as j
      where s.g3_application_number = j.id
      returning j.id, j.error, j.step, s.state
    )
    select
      count(*) filter (where s.step = 'fetch')::integer,
      count(*) filter (where s.step = 'upsert')::integer,
      count(*) filter (where s.state = 'parked')::integer,
      coalesce(jsonb_agg(jsonb_build_object('id', s.id, 'error', s.error) order by s.id), '[]')
    from settled as s;
end;
$$;

comment on function private.settle_failures(uuid, uuid, jsonb) is
  'Ends the claims of what failed for its own fault: tried again later, or parked after eight attempts and a day.';

create function private.note_status_codes(applications public.tblsovereignapplications[])
returns text[]
language sql
set search_path = ''
as $$
  with added as (
    insert into private.known_status_codes (appstatuscode)
    select distinct left(a.appstatuscode, 40) as code
    from unnest(note_status_codes.applications) as a
    where a.appstatuscode is not null
    order by code
    on conflict do nothing
    returning appstatuscode
  )
  select array_agg(a.appstatuscode order by a.appstatuscode) from added as a;
$$;

comment on function private.note_status_codes(public.tblsovereignapplications[]) is
  'Remembers the status codes of these applications; returns the new ones.';

create function private.note_attributes(
  applications public.tblsovereignapplications[],
  decisions private.answer_decision[]
)
returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
    with counted as (
      select
        count(*) as answers,
        array[
          count(a.applicationinternalnumber), count(a.applicationname), count(a.clientapplication),
          count(a.loadedbyclientnumber), count(a.owner), count(a.applicationtitle), count(a.tradingbranch),
          count(a.saleschannel), count(a.subprime), count(a.comparisonratessupplied), count(a.paymentmethod),
          count(a.type), count(a.appstatusdesc), count(a.appstatuscode), count(a.currenttaskwith),
          count(a.lastsaveddatetime)
        ] as present
      from unnest(note_attributes.applications) as a
      -- An answer that is settled again, because the first reply was lost, counts once.
      join unnest(note_attributes.decisions) as d on d.id = a.g3_application_number
    )
    update private.known_attributes as k
    set (answers, present, absent) = (
      select
        case when p.present > 0 then k.answers / f.fading + k.absent + c.answers else k.answers end,
        case when p.present > 0 then k.present / f.fading + p.present else k.present end,
        case when p.present > 0 then 0 else k.absent + c.answers end
      from (select case when k.answers > 1000 then 2 else 1 end as fading) as f
      cross join (select c.present[k.position] as present) as p
    )
    from counted as c
    where c.answers > 0;
end;
$$;

comment on function private.note_attributes(public.tblsovereignapplications[], private.answer_decision[]) is
  'Remembers which attributes these answers had a value for.';

-- Ten times as many answers without it as it took on average until one had it: by chance that is one in 20,000. The
-- ten answers more are for what has hardly been seen yet.
create function private.missing_attributes()
returns table (attributes text[], absent bigint)
language sql
stable
set search_path = ''
as $$
  select array_agg(k.attribute order by k.attribute), min(k.absent)
  from private.known_attributes as k
  where k.present > 0 and k.absent >= 20 and k.absent * k.present >= 10 * (k.answers + 10)
  having count(*) > 0;
$$;

comment on function private.missing_attributes() is
  'Attributes OCC used to send and sends no longer, and in how many answers in a row none of them was.';

-- Local time read in the wrong zone is off by whole quarters of an hour, and by the same for all.
create function private.count_date_offsets(counts jsonb, decisions private.answer_decision[])
returns jsonb
language sql
immutable
set search_path = ''
as $$
  with offsets as (
    select extract(epoch from d.date_offset)::integer as seconds, count(*) as found
    from unnest(count_date_offsets.decisions) as d
    where d.disagrees and d.date_offset between interval '-14 hours' and interval '14 hours'
    group by 1
  )
  select count_date_offsets.counts || coalesce((
    select jsonb_object_agg(o.seconds, coalesce((count_date_offsets.counts ->> o.seconds::text)::integer, 0) + o.found)
    from offsets as o
    where o.seconds % 900 = 0
  ), '{}');
$$;

comment on function private.count_date_offsets(jsonb, private.answer_decision[]) is
  'How often the details were off their listed date by so many seconds, as far as it may be a matter of time zones.';

create function public.settle_applications(lease uuid, applications jsonb, failures jsonb default '[]')
returns integer
language plpgsql
set search_path = ''
-- For what cannot be skipped: a row somebody is inserting at this moment.
set lock_timeout = '5s'
as $$
declare
  run public.tblsovereignapplicationssynclog := private.hold_sync_run(settle_applications.lease);
  rows public.tblsovereignapplications[];
  decisions private.answer_decision[] := '{}'::private.answer_decision[];
  locked_failures jsonb := '[]'::jsonb;
  stored_count integer := 0;
  failed record;
  new_codes text[];
begin
  if jsonb_array_length(settle_applications.applications) > 0 then
    rows := array(
      select a
      from jsonb_populate_recordset(null::public.tblsovereignapplications, settle_applications.applications) as a
    );
    decisions := array(select d from private.decide_answers(run.lease, settle_applications.applications) as d);
    perform private.store_answers(rows, decisions);
    perform private.settle_answers(run.id, decisions);
    new_codes := private.note_status_codes(rows);
    perform private.note_attributes(rows, decisions);
    stored_count := (select count(*) from unnest(decisions) as d where d.is_stored);
    locked_failures := (
      select coalesce(jsonb_agg(jsonb_build_object(
        'id', d.id, 'error', 'Cannot upsert application ' || d.id || ': somebody holds its row locked'
      )), '[]')
      from unnest(decisions) as d
      where d.is_locked
    );
  end if;
  select f.* into failed from private.settle_failures(run.lease, run.id, settle_applications.failures) as f;

  update public.tblsovereignapplicationssynclog as l
  set
    applications_fetched = l.applications_fetched + stored_count + jsonb_array_length(locked_failures) + failed.upsert_failed,
    applications_upserted = l.applications_upserted + stored_count,
    fetch_failures = l.fetch_failures + failed.fetch_failed,
    upsert_failures = l.upsert_failures + jsonb_array_length(locked_failures) + failed.upsert_failed,
    applications_parked = l.applications_parked + failed.parked,
    applications_locked = l.applications_locked + jsonb_array_length(locked_failures),
    date_offsets = private.count_date_offsets(l.date_offsets, decisions),
    error_details = private.append_errors(
      -- The first run of all knows none of them.
      case
        when new_codes is null or not exists (
          select from private.known_status_codes as k where k.first_seen_at < l.sync_started_at
        ) then l.error_details
        else private.append_details(
          l.error_details, 'warnings',
          jsonb_build_array('Status codes never seen before: ' || array_to_string(new_codes[1:10], ', '))
        )
      end,
      locked_failures || failed.errors
    )
  where l.id = run.id;
  return stored_count;
end;
$$;

comment on function public.settle_applications(uuid, jsonb, jsonb) is
  'Stores fetched applications (keys are the table''s columns, and began_at: when the fetch began) and failures '
  '[{"id", "error", "step"}], their status, the counters and the heartbeat in one transaction. Returns how many it stored.';

revoke all on function
  private.decide_answers(uuid, jsonb),
  private.upsert_applications(public.tblsovereignapplications[]),
  private.store_answers(public.tblsovereignapplications[], private.answer_decision[]),
  private.settle_answers(uuid, private.answer_decision[]),
  private.settle_failures(uuid, uuid, jsonb),
  private.note_status_codes(public.tblsovereignapplications[]),
  private.note_attributes(public.tblsovereignapplications[], private.answer_decision[]),
  private.missing_attributes(),
  private.count_date_offsets(jsonb, private.answer_decision[]),
  public.settle_applications(uuid, jsonb, jsonb)
from public, anon, authenticated, service_role;

grant execute on function
  private.decide_answers(uuid, jsonb),
  private.upsert_applications(public.tblsovereignapplications[]),
  private.store_answers(public.tblsovereignapplications[], private.answer_decision[]),
  private.settle_answers(uuid, private.answer_decision[]),
  private.settle_failures(uuid, uuid, jsonb),
  private.note_status_codes(public.tblsovereignapplications[]),
  private.note_attributes(public.tblsovereignapplications[], private.answer_decision[]),
  private.missing_attributes(),
  private.count_date_offsets(jsonb, private.answer_decision[]),
  public.settle_applications(uuid, jsonb, jsonb)
to service_role;
