-- What OCC has no more. A list says what there is; what it lacks may be gone, or the list may be short, late or wrong.
-- So an application that is missing from a reconciliation's list is only suspected, and asked for: it is gone when OCC
-- answers twice, ten minutes apart, that it does not have it, and answers with other applications meanwhile
-- (sovereign_sync.settle_failures). Its row is never deleted.

create function sovereign_sync.note_listed(applications jsonb, part integer)
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- The first part of a list: what is left of another one, whose pass died, says nothing. Hosted projects want a where.
  if note_listed.part = 0 then
    delete from sovereign_sync.listed_applications where true;
  end if;
  insert into sovereign_sync.listed_applications (g3_application_number)
  select distinct a.id from jsonb_to_recordset(note_listed.applications) as a (id text)
  on conflict do nothing;
end;
$$;

comment on function sovereign_sync.note_listed(jsonb, integer) is
  'Remembers what a part of a reconciliation''s list names.';

-- An empty list, or one that was cut at its old end, says nothing of what it lacks; nor does any while there is a gap.
create function sovereign_sync.is_complete(run public.tblsovereignapplicationssynclog)
returns boolean
language sql
stable
set search_path = ''
as $$
  select run.applications_found > 0
    and run.listed_since <= run.since_date
    and not exists (select from sovereign_sync.gaps as g where g.closed_at is null);
$$;

comment on function sovereign_sync.is_complete(public.tblsovereignapplicationssynclog) is
  'Whether a run''s list names all that OCC has since its date.';

create function sovereign_sync.suspect_missing(run public.tblsovereignapplicationssynclog)
returns void
language plpgsql
set search_path = ''
as $$
declare
  was_synced text[];
  -- A day inside the range, so that it is in it whatever the time zone.
  inside constant timestamptz := (run.since_date + 1)::timestamp at time zone 'UTC';
  suspects text[] := '{}'::text[];
begin
  if sovereign_sync.is_complete(run) then
    suspects := array(
      select s.g3_application_number
      from sovereign_sync.status as s
      join public.tblsovereignapplications as m using (g3_application_number)
      where s.state <> 'gone' and s.missing_since is null
        and least(m.lastsaveddatetime, s.listed_last_saved) >= inside
        -- Follows from it, and is what the index of the dates can answer.
        and (m.lastsaveddatetime >= inside or m.lastsaveddatetime is null)
        -- What OCC listed or served within the hour, a list that lags may lack.
        and greatest(s.synced_at, s.listed_at) <= run.sync_started_at - interval '1 hour'
        and not exists (
          select from sovereign_sync.listed_applications as l where l.g3_application_number = s.g3_application_number
        )
      -- Those first that have not been asked for longest: what is always missing, and always there, keeps nobody out.
      order by s.synced_at
      limit greatest(0, sovereign_sync.max_suspects() - sovereign_sync.suspects_of_night(run))
      for update of s skip locked
    );
    was_synced := array(
      select s.g3_application_number
      from sovereign_sync.status as s
      where s.g3_application_number = any (suspects) and s.state = 'synced'
    );
    perform sovereign_sync.make_pending(was_synced);
    update sovereign_sync.status as s
    set
      missing_since = now(),
      -- The list names no version of it any more: the answer, if there is one, settles it.
      listed_last_saved = case when s.g3_application_number <> all (was_synced) then s.listed_last_saved end
    where s.g3_application_number = any (suspects);

    -- OCC listed these and did not have them; now it lists them no more. Listed again, they are back.
    update sovereign_sync.status as s
    set missing_since = now(), next_attempt_at = null
    from (
      select g.g3_application_number as id
      from sovereign_sync.status as g
      where g.state = 'gone' and g.missing_since is null and g.listed_last_saved >= inside
        and not exists (
          select from sovereign_sync.listed_applications as l where l.g3_application_number = g.g3_application_number
        )
      order by g.g3_application_number
      for update skip locked
    ) as g
    where s.g3_application_number = g.id;

    update public.tblsovereignapplicationssynclog as l
    set applications_missing = cardinality(suspects)
    where l.id = run.id;
  end if;
  delete from sovereign_sync.listed_applications where true;
end;
$$;

comment on function sovereign_sync.suspect_missing(public.tblsovereignapplicationssynclog) is
  'After the last part of a reconciliation''s list: asks for what is stored and missing from it, at most 50 a night.';

create function sovereign_sync.suspects_of_night(run public.tblsovereignapplicationssynclog)
returns integer
language sql
stable
set search_path = ''
as $$
  select coalesce(sum(l.applications_missing), 0)::integer
  from public.tblsovereignapplicationssynclog as l
  where l.trigger = 'reconciliation' and l.listed_at is not null
    and l.sync_started_at between run.sync_started_at - interval '20 hours' and run.sync_started_at;
$$;

comment on function sovereign_sync.suspects_of_night(public.tblsovereignapplicationssynclog) is
  'How many missing applications the reconciliations of this night have asked for.';
