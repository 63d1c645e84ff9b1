-- OCC's answers may arrive out of order: an older detail must never replace a newer one, whoever writes it and by
-- whatever statement. A trigger holds for the bulk upsert, for supabase-js and for Studio alike.
create function private.guard_application()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if new.lastsaveddatetime < old.lastsaveddatetime then
    return null;
  end if;
  -- What the caller says of updated_at is no change of the application.
  new.created_at := old.created_at;
  new.updated_at := old.updated_at;
  if new is not distinct from old then
    return null;
  end if;
  new.updated_at := now();
  return new;
end;
$$;

comment on function private.guard_application() is
  'Skips an update that is older than the stored row or changes nothing; else moves updated_at.';

revoke all on function private.guard_application() from public, anon, authenticated, service_role;

create trigger guard_application
  before update on public.tblSovereignApplications
  for each row execute function private.guard_application();
