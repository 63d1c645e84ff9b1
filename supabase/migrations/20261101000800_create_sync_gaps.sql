-- Where the next list begins. A list that OCC cannot give whole is cut at its old end, so that fresh changes go on; what
-- was cut off is a gap, open until a list covers it or an operator accepts it.
create table public.sync_gaps (
  id bigint generated always as identity primary key,
  from_date date not null,
  to_date date not null,
  opened_at timestamptz not null default now(),
  closed_at timestamptz,
  closed_by text constraint known_end check (closed_by in ('covered', 'accepted')),
  constraint closed_by_something check ((closed_at is null) = (closed_by is null)),
  constraint some_days check (from_date < to_date)
);

create unique index one_open_gap on public.sync_gaps ((true)) where closed_at is null;

comment on table public.sync_gaps is
  'Days that were not listed, because OCC''s list was too large or took too long; at most one open gap.';
comment on column public.sync_gaps.from_date is 'The day the list should have begun.';
comment on column public.sync_gaps.to_date is 'The day it did begin. No scheduled list begins earlier while the gap is open.';
comment on column public.sync_gaps.closed_by is 'covered: a complete list began at from_date; accepted: accept_gap().';

alter table public.sync_gaps enable row level security;

revoke all on table public.sync_gaps from public, anon, authenticated, service_role;
revoke all on sequence public.sync_gaps_id_seq from public, anon, authenticated, service_role;

grant select, insert, update on table public.sync_gaps to service_role;

create policy "Service role has full access"
  on public.sync_gaps
  for all
  to service_role
  using (true)
  with check (true);

create function private.lookback()
returns integer
language sql
immutable
set search_path = ''
as $$ select 1; $$;

comment on function private.lookback() is
  'Days a list begins before the last one was made: for OCC''s clock, and for changes it shows late.';

create function public.read_watermark(time_zone text default 'UTC')
returns table (last_sync_date date)
language sql
stable
set search_path = ''
as $$
  select coalesce(
    (select s.start_from from public.sync_settings as s),
    greatest(
      (
        -- A row from the future, however it came here, says nothing.
        select (l.sync_started_at at time zone read_watermark.time_zone)::date - private.lookback()
        from public.tblsovereignapplicationssynclog as l
        where l.moves_watermark and (l.listed_at is not null or l.status = 'completed') and l.sync_started_at <= now()
        order by l.sync_started_at desc
        limit 1
      ),
      (select g.to_date from public.sync_gaps as g where g.closed_at is null)
    )
  );
$$;

comment on function public.read_watermark(text) is
  'The watermark: the date the next scheduled run lists from, in OCC''s time zone. Null when no run has listed yet.';

create function private.move_watermark(run public.tblsovereignapplicationssynclog, listed_since date)
returns void
language plpgsql
set search_path = ''
as $$
begin
  update public.sync_gaps as g
  set closed_at = now(), closed_by = 'covered'
  where g.closed_at is null and move_watermark.listed_since <= g.from_date;

  if not run.moves_watermark then
    return;
  end if;
  update public.sync_settings as s set start_from = null where s.start_from = run.since_date;
  if run.trigger = 'schedule' and move_watermark.listed_since > run.since_date then
    insert into public.sync_gaps as g (from_date, to_date)
    values (run.since_date, move_watermark.listed_since)
    on conflict ((true)) where closed_at is null do update set
      from_date = least(g.from_date, excluded.from_date),
      to_date = greatest(g.to_date, excluded.to_date);
  end if;
end;
$$;

comment on function private.move_watermark(public.tblsovereignapplicationssynclog, date) is
  'After the last part of a list that began at a date: opens a gap for what it lacks, closes the one it covers.';

revoke all on function
  private.lookback(),
  private.move_watermark(public.tblsovereignapplicationssynclog, date),
  public.read_watermark(text)
from public, anon, authenticated, service_role;

grant execute on function
  private.lookback(),
  private.move_watermark(public.tblsovereignapplicationssynclog, date),
  public.read_watermark(text)
to service_role;
