-- One application, for the dashboard. What is stored is read with the caller's rights: who narrows the policy
-- "Authenticated users may read" of tblSovereignApplications narrows sync_application() with it.

create function sovereign_sync.read_status(application text)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'state', s.state,
    'words', array[sovereign_sync.describe_state(s)] || case
      when s.state <> 'synced' then array[sovereign_sync.describe_place(s)] else '{}'
    end,
    'listed_at', s.listed_at,
    'listed_last_saved', s.listed_last_saved,
    'synced_at', s.synced_at,
    'stale_since', s.stale_since,
    'attempts', s.attempts,
    'failing_since', s.failing_since,
    'next_attempt_at', s.next_attempt_at,
    'last_error', s.last_error,
    'requested_at', s.requested_at,
    'force', s.force,
    'missing_since', s.missing_since,
    'gone_at', s.gone_at,
    'first_seen_at', s.first_seen_at
  )
  from sovereign_sync.status as s
  where s.g3_application_number = read_status.application;
$$;

comment on function sovereign_sync.read_status(text) is 'What sync_application() says of the queue.';

create function public.sync_application(application text)
returns jsonb
language sql
stable
set search_path = ''
return jsonb_build_object(
  'stored', (
    select to_jsonb(m) from public."tblSovereignApplications" as m where m."G3_application_number" = sync_application.application
  ),
  'state', sovereign_sync.read_status(sync_application.application),
  'history', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'changed_at', h.changed_at, 'attribute', h.attribute, 'old', h.old, 'new', h.new, 'run', h.run
    ) order by h.id desc, h.attribute), '[]')
    from (
      select c.*
      from public.sync_changes as c
      where c.application = sync_application.application
      order by c.id desc, c.attribute
      limit 200
    ) as h
  ),
  'more', exists (
    select from public.sync_changes as c
    where c.application = sync_application.application
    order by c.id desc, c.attribute
    offset 200
  ),
  'statuses', (
    select coalesce(jsonb_agg(jsonb_build_object(
      'status', t.status, 'entered_at', t.entered_at, 'left_at', t.left_at, 'seconds', round(extract(epoch from t.duration))
    ) order by t.left_at), '[]')
    from public.sync_time_in_status as t
    where t.application = sync_application.application
  )
);

comment on function public.sync_application(text) is
  'One application: what is stored, by the printed names, its state, its newest 200 changes, and the time in each status.';
