-- The other ways into the queue: a person asks for applications by number, or their rows are deleted.

create function public.request_applications(ids text[])
returns void
language sql
set search_path = ''
as $$
  -- By whoever posted them to the function, too. The first hundred say which they were.
  select sovereign_sync.record_action(
    'request_applications', jsonb_build_object('ids', request_applications.ids[1:100]),
    'Asked for: ' || coalesce(cardinality(request_applications.ids), 0) || '.'
  );

  -- In order, so that two requests never wait for each other in a circle.
  insert into sovereign_sync.status as s (g3_application_number, requested_at)
  select distinct i.id, now() from unnest(request_applications.ids) as i (id) order by i.id
  on conflict (g3_application_number) do update set requested_at = excluded.requested_at;

  select sovereign_sync.make_pending(request_applications.ids);
$$;

comment on function public.request_applications(text[]) is
  'Asks for applications by number, whatever is known of them: the open run or the next one fetches them before all others.';

-- The status table must know at once: the application may not be listed again for years.
create function sovereign_sync.requeue_deleted_applications()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if tg_op = 'TRUNCATE' then
    perform sovereign_sync.make_pending(array(
      select s.g3_application_number from sovereign_sync.status as s where s.state = 'synced'
    ));
  else
    perform sovereign_sync.make_pending(array(
      select s.g3_application_number
      from sovereign_sync.status as s
      where s.state = 'synced' and s.g3_application_number in (select d.g3_application_number from deleted as d)
    ));
  end if;
  return null;
end;
$$;

comment on function sovereign_sync.requeue_deleted_applications() is
  'Marks applications deleted from the main table as pending, so that the next run fetches them again.';

create or replace trigger requeue_deleted_applications
  after delete on public.tblSovereignApplications
  referencing old table as deleted
  for each statement execute function sovereign_sync.requeue_deleted_applications();

-- A key edited by hand leaves its application without a row, as if it had been deleted.
create function sovereign_sync.requeue_renamed_application()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform sovereign_sync.make_pending(array[old.g3_application_number]);
  return null;
end;
$$;

comment on function sovereign_sync.requeue_renamed_application() is
  'Marks an application whose row was given another number as pending, so that the next run fetches it again.';

create or replace trigger requeue_renamed_application
  after update of g3_application_number on public.tblSovereignApplications
  for each row
  when (old.g3_application_number is distinct from new.g3_application_number)
  execute function sovereign_sync.requeue_renamed_application();

create or replace trigger requeue_truncated_applications
  after truncate on public.tblSovereignApplications
  for each statement execute function sovereign_sync.requeue_deleted_applications();
