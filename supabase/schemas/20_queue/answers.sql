-- What becomes of OCC's answers. Storing and settling are two things: an answer is stored when it is no step back; a
-- claim is settled only when the answer agrees with OCC's list, or when OCC gives the same answer ten minutes later. So
-- a lagging replica is never taken for OCC's last word, and a date that was corrected downwards is.

-- The functions a settlement calls are in plpgsql, which keeps their plans; those of SQL would be planned for each call.
create type sovereign_sync.answer_decision as (
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

create function sovereign_sync.decide_answers(lease uuid, applications jsonb)
returns setof sovereign_sync.answer_decision
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
  return query
    with answers as materialized (
      select
        e.value ->> 'g3_application_number' as id,
        (e.value ->> 'lastsaveddatetime')::timestamptz as last_saved,
        (e.value ->> 'began_at')::timestamptz as began_at,
        e.value as answer
      from jsonb_array_elements(decide_answers.applications) as e (value)
    ),
    answered as materialized (
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
        coalesce(a.last_saved = s.listed_last_saved, false) as agrees,
        -- Most answers agree with the list, and are never compared with another.
        case when a.last_saved = s.listed_last_saved and (s.requested_at > s.claimed_at) is not true then null
          else md5((a.answer - 'began_at')::text)
        end as digest
      from answers as a
      join sovereign_sync.status as s on s.g3_application_number = a.id
      where s.claimed_by = decide_answers.lease
      order by s.g3_application_number
      for update of s skip locked
    ),
    -- No key update: whoever refers to the row by a foreign key does not stand in the way.
    unlocked as materialized (
      select a.*, m.lastsaveddatetime as stored
      from answered as a
      join public.tblsovereignapplications as m on m.g3_application_number = a.id
      order by m.g3_application_number
      for no key update of m skip locked
    ),
    known as (
      select u.*, false as is_locked from unlocked as u
      union all
      -- "Not in" is hashed. A join would compare each answer with each other: of a claim the planner expects one row.
      select a.*, null, exists (select from public.tblsovereignapplications as m where m.g3_application_number = a.id)
      from answered as a
      where a.id not in (select u.id from unlocked as u)
    ),
    compared as (
      select
        k.*,
        coalesce(k.last_saved < k.stored, false) as is_older,
        coalesce(k.held_answer = k.digest and k.began_at >= k.held_since + sovereign_sync.settled_apart(), false) as is_repeated
      from known as k
    )
    select
      c.id,
      c.digest,
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

comment on function sovereign_sync.decide_answers(uuid, jsonb) is
  'What becomes of each answer of OCC. Stored: it agrees with OCC''s list, is not older than what is stored, was repeated '
  'after ten minutes, or is forced. Settled: it agrees or was repeated; without a listed version, when it is stored.';

create function sovereign_sync.store_answers(
  run_id uuid,
  applications public.tblsovereignapplications[],
  decisions sovereign_sync.answer_decision[]
)
returns void
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
begin
  -- The guard lets a step back pass that has been decided on here, and the history names the run.
  perform set_config('sovereign_sync.settling', store_answers.run_id::text, true);
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
  from unnest(store_answers.applications) as a
  join unnest(store_answers.decisions) as d on d.id = a.g3_application_number
  where d.is_stored
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
    -- An answer without a date says nothing of the one that is stored.
    lastsaveddatetime = coalesce(excluded.lastsaveddatetime, m.lastsaveddatetime);
  perform set_config('sovereign_sync.settling', '', true);
end;
$$;

comment on function sovereign_sync.store_answers(uuid, public.tblsovereignapplications[], sovereign_sync.answer_decision[]) is
  'Stores the answers that are to be stored, also those that go back in time, for a run.';
