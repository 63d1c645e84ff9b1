-- What is noticed about the data OCC sends: status codes never seen before, attributes that no longer come, and dates
-- that are off by whole quarters of an hour.

create function sovereign_sync.note_status_codes(applications public.tblsovereignapplications[], run_started_at timestamptz)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  new_codes text[];
begin
  with added as (
    insert into sovereign_sync.known_status_codes (appstatuscode)
    select distinct left(a.appstatuscode, 40) as code
    from unnest(note_status_codes.applications) as a
    where a.appstatuscode is not null
    order by code
    on conflict do nothing
    returning appstatuscode
  )
  select array_agg(a.appstatuscode order by a.appstatuscode) into new_codes from added as a;
  -- The first run of all knows none of them.
  if new_codes is null or not exists (
    select from sovereign_sync.known_status_codes as k where k.first_seen_at < note_status_codes.run_started_at
  ) then
    return '[]'::jsonb;
  end if;
  return jsonb_build_array('Status codes never seen before: ' || array_to_string(new_codes[1:10], ', '));
end;
$$;

comment on function sovereign_sync.note_status_codes(public.tblsovereignapplications[], timestamptz) is
  'Remembers the status codes of these applications; warns of those that a run is the first to bring.';

create function sovereign_sync.note_attributes(
  applications public.tblsovereignapplications[],
  decisions sovereign_sync.answer_decision[]
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
    update sovereign_sync.known_attributes as k
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

comment on function sovereign_sync.note_attributes(public.tblsovereignapplications[], sovereign_sync.answer_decision[]) is
  'Remembers which attributes these answers had a value for.';

-- Ten times as many answers without it as it took on average until one had it: by chance that is one in 20,000. The
-- ten answers more are for what has hardly been seen yet.
create function sovereign_sync.missing_attributes()
returns table (attributes text[], absent bigint)
language sql
stable
set search_path = ''
as $$
  select array_agg(k.attribute order by k.attribute), min(k.absent)
  from sovereign_sync.known_attributes as k
  where k.present > 0 and k.absent >= 20 and k.absent * k.present >= 10 * (k.answers + 10)
  having count(*) > 0;
$$;

comment on function sovereign_sync.missing_attributes() is
  'Attributes OCC used to send and sends no longer, and in how many answers in a row none of them was.';

-- Local time read in the wrong zone is off by whole quarters of an hour, and by the same for all.
create function sovereign_sync.count_date_offsets(counts jsonb, decisions sovereign_sync.answer_decision[])
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  return (
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
    ), '{}')
  );
end;
$$;

comment on function sovereign_sync.count_date_offsets(jsonb, sovereign_sync.answer_decision[]) is
  'How often the details were off their listed date by so many seconds, as far as it may be a matter of time zones.';

create function sovereign_sync.date_offset_warning(run public.tblsovereignapplicationssynclog)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(jsonb_agg(format(
    'The details of %s of %s applications are dated %s hours %s than OCC''s list says: is OCC_TIME_ZONE right?',
    o.value, run.applications_fetched, round(abs(o.key::numeric) / 3600, 2),
    case when o.key::numeric > 0 then 'later' else 'earlier' end
  )), '[]')
  from jsonb_each_text(run.date_offsets) as o
  where o.key <> '0' and o.value::integer >= 5 and o.value::integer * 2 > run.applications_fetched;
$$;

comment on function sovereign_sync.date_offset_warning(public.tblsovereignapplicationssynclog) is
  'A warning when list and details of most of a run differ by one and the same offset.';
