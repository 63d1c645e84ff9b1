-- Where the next list begins.

create function sovereign_sync.lookback()
returns integer
language sql
immutable
set search_path = ''
as $$ select 1; $$;

comment on function sovereign_sync.lookback() is
  'Days a list begins before the last one was made: for OCC''s clock, and for changes it shows late.';

create function public.read_watermark(time_zone text default 'UTC')
returns table (last_sync_date date)
language sql
stable
set search_path = ''
as $$
  select coalesce(
    (select s.start_from from sovereign_sync.settings as s),
    greatest(
      (
        -- A row from the future, however it came here, says nothing.
        select (l.sync_started_at at time zone read_watermark.time_zone)::date - sovereign_sync.lookback()
        from public.tblsovereignapplicationssynclog as l
        where l.moves_watermark and (l.listed_at is not null or l.status = 'completed') and l.sync_started_at <= now()
        order by l.sync_started_at desc
        limit 1
      ),
      (select g.to_date from sovereign_sync.gaps as g where g.closed_at is null)
    )
  );
$$;

comment on function public.read_watermark(text) is
  'The watermark: the date the next scheduled run lists from, in OCC''s time zone. Null when no run has listed yet.';

create function sovereign_sync.move_watermark(run public.tblsovereignapplicationssynclog, listed_since date)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update sovereign_sync.gaps as g
  set closed_at = now(), closed_by = 'covered'
  where g.closed_at is null and move_watermark.listed_since <= g.from_date;

  if not run.moves_watermark then
    return;
  end if;
  update sovereign_sync.settings as s set start_from = null where s.start_from = run.since_date;
  if run.trigger = 'schedule' and move_watermark.listed_since > run.since_date then
    insert into sovereign_sync.gaps as g (from_date, to_date)
    values (run.since_date, move_watermark.listed_since)
    on conflict ((true)) where closed_at is null do update set
      from_date = least(g.from_date, excluded.from_date),
      to_date = greatest(g.to_date, excluded.to_date);
  end if;
end;
$$;

comment on function sovereign_sync.move_watermark(public.tblsovereignapplicationssynclog, date) is
  'After the last part of a list that began at a date: opens a gap for what it lacks, closes the one it covers.';
