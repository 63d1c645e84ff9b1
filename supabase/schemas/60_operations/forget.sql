-- Taking an application off the queue.

create function public.forget_application(id text, reason text)
returns text
language plpgsql
set search_path = ''
as $$
declare
  forgotten sovereign_sync.status;
  is_stored constant boolean := exists (
    select from public.tblsovereignapplications as m where m.g3_application_number = forget_application.id
  );
begin
  if coalesce(trim(forget_application.reason), '') = '' then
    raise exception 'Cannot forget %: reason is empty', coalesce(forget_application.id, 'null')
      using errcode = '22023', hint = 'Say why, for those who look for it later: sync_actions keeps it.';
  end if;
  delete from sovereign_sync.status as s where s.g3_application_number = forget_application.id returning s.* into forgotten;
  return sovereign_sync.record_action('forget_application', jsonb_build_object('id', id, 'reason', reason), format(
    case
      when forgotten.g3_application_number is null then
        case when is_stored then '%s is stored, and not on the queue.' else 'Nothing is known of %s.' end
      when is_stored then
        '%s is off the queue; it was %s. Its stored row stays. It comes back when OCC lists it with another date than is '
          'stored.'
      else '%s is off the queue; it was %s, and never stored. It comes back when OCC lists it.'
    end,
    forget_application.id, forgotten.state
  ));
end;
$$;

comment on function public.forget_application(text, text) is
  'Takes an application off the queue, such as a wrong number somebody asked for, for a reason that sync_actions keeps. A '
  'stored row stays.';
