-- What operators did, as the dashboard lists it.

create function sovereign_sync.read_actions(before bigint, page_size integer)
returns jsonb
language sql
stable
set search_path = ''
as $$
  with page as (
    select a.*, row_number() over (order by a.id desc) as place
    from (
      select c.*
      from sovereign_sync.actions as c
      where c.id < coalesce(read_actions.before, 9223372036854775807)
      order by c.id desc
      limit sovereign_sync.require_between('page_size', read_actions.page_size, 1, 200) + 1
    ) as a
  )
  select jsonb_build_object(
    'rows', coalesce(jsonb_agg(jsonb_build_object(
      'id', p.id, 'acted_at', p.acted_at, 'role', p.role_name, 'email', p.email, 'action', p.action,
      'arguments', p.arguments, 'result', p.result
    ) order by p.id desc) filter (where p.place <= read_actions.page_size), '[]'),
    'more', count(*) > read_actions.page_size
  )
  from page as p;
$$;

comment on function sovereign_sync.read_actions(bigint, integer) is 'What sync_actions_page() hands out.';

create function public.sync_actions_page(before bigint default null, page_size integer default 50)
returns jsonb
language sql
stable
set search_path = ''
return sovereign_sync.operate('read_actions', jsonb_build_object('before', before, 'page_size', page_size));

comment on function public.sync_actions_page(bigint, integer) is
  'What operators did, newest first, at most 200 a page, for operators; before: the id of the last one of the page '
  'before.';
