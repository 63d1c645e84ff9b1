-- Moving the watermark by hand, and accepting the days that OCC cannot list.

create function public.start_from(day date)
returns text
language plpgsql
set search_path = ''
as $$
begin
  perform sovereign_sync.require_past('Cannot start from', start_from.day);
  update sovereign_sync.settings as s set start_from = start_from.day where s.one_row;
  return sovereign_sync.record_action('start_from', jsonb_build_object('day', start_from.day), coalesce(
    'The next scheduled sync lists from ' || start_from.day || '.',
    'The next scheduled sync lists from the watermark.'
  ));
end;
$$;

comment on function public.start_from(date) is
  'Moves the watermark, back or forth: the next scheduled sync lists from this day. Null takes that back.';

create function public.accept_gap()
returns text
language plpgsql
set search_path = ''
as $$
declare
  gap sovereign_sync.gaps;
begin
  update sovereign_sync.gaps as g
  set closed_at = now(), closed_by = 'accepted'
  where g.closed_at is null
  returning g.* into gap;
  return sovereign_sync.record_action('accept_gap', '{}', case
    when gap.id is null then 'There is no open gap.'
    else format(
      'Accepted: what changed from %s to %s and not since is left as it is stored.', gap.from_date, gap.to_date - 1
    )
  end);
end;
$$;

comment on function public.accept_gap() is
  'Closes the open gap: the days OCC''s list was too large for are not listed any more.';
