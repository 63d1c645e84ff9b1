-- Whether OCC itself is well. Failures count against an application only when OCC serves others: canaries, which it
-- served before, tell. What failed because OCC did is given back, due at once.

create function sovereign_sync.occ_was()
returns text
language sql
stable
set search_path = ''
as $$
  select l.occ
  from public.tblsovereignapplicationssynclog as l
  where l.occ is not null and l.sync_started_at <= now()
  order by l.sync_started_at desc
  limit 1;
$$;

comment on function sovereign_sync.occ_was() is
  'How OCC was found to be when it was last asked: well, unwell, or unknown (nothing could be fetched, and nothing is synced).';

-- Found unwell, OCC has still not answered: what failed before canaries could tell may have been its fault.
create function sovereign_sync.is_in_doubt()
returns boolean
language sql
stable
set search_path = ''
as $$
  select coalesce((
    select l.occ = 'unknown'
    from public.tblsovereignapplicationssynclog as l
    where l.occ in ('unknown', 'well') and l.sync_started_at <= now()
    order by l.sync_started_at desc
    limit 1
  ), false);
$$;

comment on function sovereign_sync.is_in_doubt() is
  'Whether failures were counted that may be OCC''s: nobody could tell, and OCC has not been found well since.';

create function sovereign_sync.has_canaries()
returns boolean
language sql
stable
set search_path = ''
as $$
  select exists (
    select
    from sovereign_sync.status as s
    join public.tblsovereignapplications as m using (g3_application_number)
    where s.state = 'synced' and (s.no_canary_until > now()) is not true
  );
$$;

comment on function sovereign_sync.has_canaries() is 'Whether there is a canary that has not failed lately.';

-- Canaries that have failed already say nothing new: OCC may be well, and they themselves gone.
create function sovereign_sync.asks_canaries_first()
returns boolean
language plpgsql
stable
set search_path = ''
as $$
begin
  if sovereign_sync.occ_was() is distinct from 'unwell' then
    return false;
  end if;
  return sovereign_sync.has_canaries();
end;
$$;

comment on function sovereign_sync.asks_canaries_first() is
  'Whether OCC was found unwell last, and there are canaries that have not failed yet.';

create function public.choose_canaries(lease uuid)
returns setof text
language plpgsql
set search_path = ''
as $$
begin
  perform sovereign_sync.hold_sync_run(choose_canaries.lease);
  return query
  select s.g3_application_number
  from sovereign_sync.status as s
  join public.tblsovereignapplications as m using (g3_application_number)
  where s.state = 'synced'
    -- What failed as a canary is asked again only when there is nothing else, and the one that failed last at the very last.
    and ((s.no_canary_until > now()) is not true or not sovereign_sync.has_canaries())
  order by greatest(s.no_canary_until, now()), random()
  limit 3;
end;
$$;

comment on function public.choose_canaries(uuid) is
  'Up to three applications OCC has served before: when one of them fails too, it is OCC that fails.';

-- What failed because OCC did is due at once, and none the worse for it.
create function sovereign_sync.give_back_failures(lease uuid, failures jsonb)
returns integer
language sql
set search_path = ''
as $$
  with failed as materialized (
    select s.g3_application_number as id, f.error
    from jsonb_to_recordset(give_back_failures.failures) as f (id text, error text)
    join sovereign_sync.status as s on s.g3_application_number = f.id
    where s.claimed_by = give_back_failures.lease
    order by s.g3_application_number
    for update of s skip locked
  ),
  given_back as (
    update sovereign_sync.status as s
    set last_error = f.error, lapses = 0, claimed_by = null, claimed_at = null
    from failed as f
    where s.g3_application_number = f.id
    returning 1
  )
  select count(*)::integer from given_back;
$$;

comment on function sovereign_sync.give_back_failures(uuid, jsonb) is
  'Ends the claims of what failed because OCC failed as a whole: not counted, due at once.';

create function sovereign_sync.revive_failures()
returns void
language sql
set search_path = ''
as $$
  with failed as materialized (
    select s.g3_application_number as id
    from sovereign_sync.status as s
    where s.state in ('failed', 'parked') and s.claimed_by is null
    order by s.g3_application_number
    for update skip locked
  )
  update sovereign_sync.status as s
  set state = 'failed', next_attempt_at = now()
  from failed as f
  where s.g3_application_number = f.id;
$$;

comment on function sovereign_sync.revive_failures() is
  'Makes all failed and parked applications due: it was OCC that failed, before anybody could tell.';

-- Their own waits are up to an hour: nobody would notice sooner that OCC is back. Of those tried equally often, the one
-- whose wait ends first is the one tried longest ago. It is one a run, and none that has been tried often: what fails for
-- its own fault, and there is nothing else, would be fetched at each tick for ever.
create function sovereign_sync.keep_asking()
returns void
language sql
set search_path = ''
as $$
  with chosen as materialized (
    select s.g3_application_number as id
    from sovereign_sync.status as s
    where s.state = 'failed' and s.claimed_by is null and s.attempts < sovereign_sync.attempts_in_doubt()
    order by s.attempts, s.next_attempt_at
    limit 1
    for update skip locked
  )
  update sovereign_sync.status as s
  set next_attempt_at = least(s.next_attempt_at, now())
  from chosen as c
  where s.g3_application_number = c.id;
$$;

comment on function sovereign_sync.keep_asking() is
  'Makes the failed application that was tried least, and longest ago, due: while nobody can tell how OCC is, it stands in '
  'for a canary.';

-- Something is stored, or canaries answer, after a time in which nobody could tell whose fault it was that nothing could
-- be fetched: it was OCC's. What is fetched and not stored leaves no canary behind: a row that Postgres rejects would
-- prove it again at each attempt, and revive all others.
create function sovereign_sync.note_occ(run public.tblsovereignapplicationssynclog, occ text, failed_canaries text[])
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  was_in_doubt boolean := sovereign_sync.is_in_doubt();
  has_revived boolean := false;
begin
  with failed as materialized (
    select s.g3_application_number as id
    from sovereign_sync.status as s
    where s.g3_application_number = any (note_occ.failed_canaries)
    order by s.g3_application_number
    for update skip locked
  )
  update sovereign_sync.status as s
  set no_canary_until = now() + interval '1 day'
  from failed as f
  where s.g3_application_number = f.id;
  if run.applications_upserted > 0 and (was_in_doubt or occ = 'unknown') then
    occ := coalesce(nullif(occ, 'unknown'), 'well');
  end if;
  if was_in_doubt and (run.applications_upserted > 0 or occ = 'well') then
    perform sovereign_sync.revive_failures();
    has_revived := true;
  elsif was_in_doubt or occ = 'unknown' then
    perform sovereign_sync.keep_asking();
  end if;
  update public.tblsovereignapplicationssynclog as l
  set occ = coalesce(note_occ.occ, l.occ)
  where l.id = run.id;
  return has_revived;
end;
$$;

comment on function sovereign_sync.note_occ(public.tblsovereignapplicationssynclog, text, text[]) is
  'Remembers how a pass found OCC to be, and which canaries not to ask again for a day. Whether what had failed is due '
  'again, because OCC is back.';
