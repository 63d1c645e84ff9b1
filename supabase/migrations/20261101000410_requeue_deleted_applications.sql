-- An application whose row is deleted by hand is stale, and comes back with the next run. The status table must know at
-- once: the application may not be listed again for years.
create function private.requeue_deleted_applications()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if tg_op = 'TRUNCATE' then
    update public.sync_status
    set state = 'pending', synced_last_saved = null, attempts = 0, lapses = 0, next_attempt_at = now(),
      stale_since = now(), attempted_by_run = null
    where state = 'synced';
  else
    update public.sync_status as s
    set state = 'pending', synced_last_saved = null, attempts = 0, lapses = 0, next_attempt_at = now(),
      stale_since = now(), attempted_by_run = null
    from deleted as d
    where s.g3_application_number = d.g3_application_number and s.state = 'synced';
  end if;
  return null;
end;
$$;

comment on function private.requeue_deleted_applications() is
  'Marks applications deleted from the main table as pending, so that the next run fetches them again.';

revoke all on function private.requeue_deleted_applications() from public, anon, authenticated, service_role;

create trigger requeue_deleted_applications
  after delete on public.tblSovereignApplications
  referencing old table as deleted
  for each statement execute function private.requeue_deleted_applications();

create trigger requeue_truncated_applications
  after truncate on public.tblSovereignApplications
  for each statement execute function private.requeue_deleted_applications();
