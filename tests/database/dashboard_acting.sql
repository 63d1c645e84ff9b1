-- What operators do from the dashboard: each function, for each who may call it and each who may not.
begin;
truncate public.tblsovereignapplications, public.tblsovereignapplicationssynclog, sovereign_sync.status, sovereign_sync.gaps,
  sovereign_sync.dispatches, sovereign_sync.actions, sovereign_sync.queued_sync;
update public.sync_settings set paused_at = null, resumed_at = null, start_from = null, time_zone = 'UTC', alert_parked_from = 1,
  alert_failures_in_a_row = 3, alert_oldest_stale_after = '30 minutes';
truncate sovereign_sync.actions;
set local search_path = extensions, public;

select * from no_plan();

create temporary table calls (place integer generated always as identity, call text, action text) on commit drop;
insert into calls (call, action) values
  ('operator_sync_now(''2026-01-01'', true)', 'sync_now'), ('operator_request_applications(array[''G3-1''])', 'request_applications'),
  ('operator_cancel_sync()', 'cancel_sync'), ('operator_pause_sync()', 'pause_sync'), ('operator_resume_sync()', 'resume_sync'),
  ('operator_accept_gap()', 'accept_gap'), ('operator_start_from(''2026-01-01'')', 'start_from'),
  ('operator_reconcile(''2026-01-01'')', 'reconcile'), ('operator_retry_preview(everything => true)', null),
  ('operator_retry(everything => true)', 'retry'), ('operator_forget_preview(array[''G3-1''])', null),
  ('operator_forget(array[''G3-1''], ''a wrong number'')', 'forget_application'),
  ('operator_change_thresholds(''{"alert_parked_from": 7}'')', 'update sync_settings'), ('sync_actions_page()', null);
create temporary table tokens (claims text, whose text) on commit drop;
insert into tokens values
  ('{"role": "authenticated", "sub": "9b1e"}', 'a viewer'),
  ('{"role": "authenticated", "user_metadata": {"sync_role": "operator"}}', 'who calls himself operator in his user_metadata'),
  ('{"role": "authenticated", "sync_role": "operator"}', 'a claim of that name'),
  ('{"role": "authenticated", "app_metadata": {"sync_role": "viewer"}}', 'another role'),
  ('{"role": "authenticated", "app_metadata": {"sync_role": "Operator"}}', 'another spelling'),
  ('{"role": "authenticated", "app_metadata": {"sync_role": ["operator"]}}', 'a list'),
  ('{"role": "authenticated", "app_metadata": {"sync_role": true}}', 'true'),
  ('{"role": "authenticated", "app_metadata": {"sync_role": null}}', 'null'),
  ('{"role": "authenticated", "app_metadata": "operator"}', 'app_metadata that is a text'),
  ('{"role": "authenticated", "app_metadata": null}', 'app_metadata that is null'),
  ('{"role": null, "app_metadata": {"sync_role": "operator"}}', 'a token without a role'),
  ('{"role": "anon", "app_metadata": {"sync_role": "operator"}}', 'anon''s token'),
  ('[{"role": "authenticated", "app_metadata": {"sync_role": "operator"}}]', 'an array'),
  ('"operator"', 'a text'), ('null', 'null for all claims'), ('{"role": "authenticated", "app_metadata": {"sync_role": "operator"}', 'half a token'),
  ('{"role": "authenticated", "app_metadata": {"sync_role": "operator"}, "x": "\u0000"}', 'a token Postgres cannot read'),
  ('no JSON', 'no JSON'), ('', 'no token');
grant select on calls, tokens to public;

select set_eq(
  $$ select p.proname::text from pg_proc as p
     where p.pronamespace = 'public'::regnamespace and p.proname ~ '^operator_|^sync_actions_page$' $$,
  $$ select split_part(c.call, '(', 1) from calls as c $$, 'every one of them is called here'
);
select is_empty(
  $$ select p.oid::regprocedure from pg_proc as p
     where p.pronamespace = 'public'::regnamespace and p.prosecdef and has_function_privilege('authenticated', p.oid, 'execute') $$,
  'none of what the Data API exposes runs with its owner''s rights'
);

-- Who may not.
create function pg_temp.refusal(call text, claims text) returns text language plpgsql as $$
declare
  words text;
  hint text;
begin
  perform set_config('request.jwt.claims', claims, true);
  execute 'select public.' || call;
  return 'done';
exception when insufficient_privilege then
  get stacked diagnostics words = message_text, hint = pg_exception_hint;
  return words || ' / ' || hint;
end;
$$;
set local role anon;
select matches(pg_temp.refusal(c.call, '{"role": "anon", "app_metadata": {"sync_role": "operator"}}'), '^permission denied for function', 'anon: ' || c.call)
from calls as c;
set local role authenticated;
select matches(
  pg_temp.refusal(c.call, t.claims),
  '^Only an operator may do this: [a-z ]+ / As postgres: update auth.users set raw_app_meta_data = .*"sync_role": "operator"', t.whose || ': ' || c.call
)
from tokens as t, calls as c;
reset role;
select is_empty('select * from public.sync_actions', 'what was refused has changed nothing');
select is_empty('select * from public.sync_dispatches', 'nor asked for anything');
select results_eq('select s.paused_at, s.start_from, s.alert_parked_from from public.sync_settings as s', $$ values (null::timestamptz, null::date, 1) $$, 'nor set');

-- Who may; and it is the person who is recorded.
create function pg_temp.act(call text) returns jsonb language plpgsql as $$
declare
  result jsonb;
begin
  execute 'select public.' || call into result;
  return result;
end;
$$;
set local role authenticated;
select set_config('request.jwt.claims', '{"role": "authenticated", "sub": "9b1e", "email": "jo@example.org", "app_metadata": {"sync_role": "operator"}}', true);
select ok(pg_temp.act(c.call) is not null, 'an operator: ' || c.call) from (select * from calls order by place) as c;
reset role;
select results_eq(
  'select a.action, a.role_name, a.user_id, a.email from public.sync_actions as a order by a.id',
  $$ select c.action, 'authenticated', '9b1e', 'jo@example.org'
     from (
       select c.action, c.place::numeric from calls as c where c.action is not null
       union all
       select 'sync_now', c.place + 0.5 from calls as c where c.action = 'request_applications'
     ) as c (action, place)
     order by c.place $$,
  'each is recorded once, by the name of the function that did it, with the person; a request asks for a sync, too'
);
set local role service_role;
select set_config('request.jwt.claims', '', true);
select ok(pg_temp.act(c.call) is not null, 'service_role: ' || c.call) from (select * from calls order by place) as c;
reset role;
select ok(pg_temp.act(c.call) is not null, 'postgres: ' || c.call) from (select * from calls order by place) as c;
select results_eq(
  'select a.role_name, count(*) from public.sync_actions as a group by 1 order by 1',
  $$ values ('authenticated', 12::bigint), ('postgres', 11), ('service_role', 11) $$,
  'with their roles; a threshold that stays as it was is no change'
);

-- What they answer. From here on as an operator who signed in.
truncate sovereign_sync.status, sovereign_sync.actions, sovereign_sync.dispatches, sovereign_sync.queued_sync, public.tblsovereignapplicationssynclog;
insert into public.tblsovereignapplications (g3_application_number) values ('G3-2');
insert into public.sync_status (g3_application_number, state, next_attempt_at, stale_since, attempts, failing_since, last_error) values
  ('G3-1', 'failed', now() + interval '1 hour', now(), 2, now(), 'Cannot fetch application G3-1: OCC answered 500'),
  ('G3-2', 'parked', now() + interval '1 day', now(), 8, now(), 'Cannot fetch application G3-2: OCC answered 500'),
  ('G3-3', 'failed', now() + interval '1 hour', now(), 2, now(), 'Cannot upsert application G3-3: no');
set local role authenticated;
select set_config('request.jwt.claims', '{"role": "authenticated", "sub": "9b1e", "email": "jo@example.org", "app_metadata": {"sync_role": "operator"}}', true);

select is(
  public.operator_retry_preview(fingerprint => 'Cannot fetch application: OCC answered 500'),
  '{"applications": 2, "by_state": {"failed": 1, "parked": 1}, "examples": ["G3-1", "G3-2"], "message": "2 applications are fetched by the next sync."}',
  'a preview of one cause'
);
select is(public.operator_retry_preview(array['G3-3']) -> 'examples', '["G3-3"]', 'of those that are named');
select is(
  public.operator_retry(array['G3-3', 'G3-3']), '{"applications": 1, "message": "1 application is fetched by the next sync (1 failed)."}', 'one is retried'
);
select is((public.operator_retry(everything => true) ->> 'applications')::int, 2, 'everything that is left');
select is(
  public.operator_forget_preview(array['G3-1', 'G3-2', 'G3-9']),
  '{"applications": 2, "stored": 1, "message": "2 applications come off the queue. 1 stored row stays; it comes back when OCC lists another date than is stored. 1 number is not on it."}',
  'what would be forgotten'
);
select is(public.operator_forget(array['G3-2', 'G3-1', 'G3-1'], 'nobody wants them'), '{"applications": 2, "message": "2 applications are off the queue."}', 'and is');
select matches(public.operator_forget(array['G3-3'], 'nor this one') ->> 'message', '^G3-3 is off the queue; it was pending', 'of one it says more');
select matches(
  public.operator_request_applications(array['G3-5', 'G3-6', 'G3-5']) ->> 'message',
  '^2 applications are asked for\. Requested \(dispatch \d+\)', 'asked for, and a sync with it'
);
select results_eq(
  $$ select s -> 'run', s ->> 'message' ~ '^Requested \(dispatch \d+\)' from public.operator_sync_now() as s $$, $$ values ('null'::jsonb, true) $$,
  'a sync, with its dispatch'
);
reset role;
insert into public.tblsovereignapplicationssynclog (id, since_date, status, trigger, lease, heartbeat_at)
values ('00000000-0000-0000-0000-00000000000a', '2026-01-01', 'running', 'schedule', gen_random_uuid(), now());
set local role authenticated;
select is(public.operator_sync_now() ->> 'run', '00000000-0000-0000-0000-00000000000a', 'and the run that is in its way');
select matches(public.operator_cancel_sync() ->> 'message', '^Sync 00000000-0000-0000-0000-00000000000a ends within half a minute', 'which is cancelled');
select is((select l.cancelled_by from public.tblsovereignapplicationssynclog as l where l.status = 'running'), 'an operator', 'by an operator, whom the log does not name');

-- Thresholds.
select is(
  public.operator_change_thresholds('{"alert_parked_from": 3, "alert_oldest_stale_after": 3600, "alert_failures_in_a_row": 3}') ->> 'message',
  'Changed: alert_oldest_stale_after, alert_parked_from.', 'what has changed'
);
select results_eq(
  $$ select (t ->> 'alert_parked_from')::int, (t ->> 'alert_oldest_stale_after')::numeric from public.sync_thresholds() as t $$, $$ values (3, 3600::numeric) $$, 'has'
);
select is(public.operator_change_thresholds('{"alert_parked_from": 3}') ->> 'message', 'Nothing has changed.', 'what is so already');
select is(
  public.operator_change_thresholds(jsonb_build_object(l.key, l.value -> 'high')) ->> 'message', 'Changed: ' || l.key || '.', l.key || ' may be as high as it says'
)
from jsonb_each(public.sync_thresholds() -> 'limits') as l (key, value);
select is(
  public.operator_change_thresholds(jsonb_build_object(l.key, l.value -> 'low')) ->> 'message', 'Changed: ' || l.key || '.', l.key || ' as low as it says'
)
from jsonb_each(public.sync_thresholds() -> 'limits') as l (key, value);
select throws_ok(
  format('select public.operator_change_thresholds(%L)', jsonb_build_object('alert_refused_per_hour', 5, l.key, v.value)), '22023',
  format('Cannot change the thresholds: %s must be a whole number of %s from %s to %s, not %s', l.key, l.value ->> 'unit', l.value ->> 'low', l.value ->> 'high', v.value),
  format('%s: not %s', l.key, v.value)
)
from jsonb_each(public.sync_thresholds() -> 'limits') as l (key, value)
cross join lateral (
  values ('0'::jsonb), ('-1'), ('1.5'), ('"5"'), ('null'), ('true'), ('[5]'), ('{}'), ('1e30'), (to_jsonb((l.value ->> 'high')::bigint + 1))
) as v (value);
select throws_ok(
  format('select public.operator_change_thresholds(%L)', t.thresholds), '22023', t.message, t.thresholds
)
from (values
  ('{"alert_parked": 5}', 'Cannot change the thresholds: alert_parked: there is no such threshold'),
  ('{"alert_parked_from": 5, "keep_actions_for": 1}', 'Cannot change the thresholds: keep_actions_for: there is no such threshold'),
  ('{"time_zone": "UTC"}', 'Cannot change the thresholds: time_zone: there is no such threshold'),
  ('{"paused_at": null}', 'Cannot change the thresholds: paused_at: there is no such threshold'),
  ('{}', 'thresholds must be an object of thresholds, such as {"alert_parked_from": 5}'), ('[]', 'thresholds must be an object of thresholds, such as {"alert_parked_from": 5}'),
  ('null', 'thresholds must be an object of thresholds, such as {"alert_parked_from": 5}'), ('5', 'thresholds must be an object of thresholds, such as {"alert_parked_from": 5}')
) as t (thresholds, message);
select is((public.sync_thresholds() ->> 'alert_refused_per_hour')::int, 1, 'what was refused in part has changed nothing');

-- Bad input.
select throws_like('select public.' || b.call, b.message, b.call)
from (values
  ('operator_request_applications(null)', 'applications must be 1 to 500 application numbers, not 0'),
  ('operator_request_applications(''{}'')', 'applications must be 1 to 500 application numbers, not 0'),
  ('operator_request_applications(array_fill(''x''::text, array[501]))', 'applications must be 1 to 500 application numbers, not 501'),
  ('operator_request_applications(array[''G3-1'', null])', 'applications must not have an empty number%'),
  ('operator_request_applications(array[''  ''])', 'applications must not have an empty number%'),
  ('operator_request_applications(array[repeat(''x'', 201)])', 'applications must not have an empty number%'),
  ('operator_forget(null, ''why'')', 'applications must be 1 to 500 application numbers, not 0'),
  ('operator_forget(array_fill(''x''::text, array[501]), ''why'')', 'applications must be 1 to 500 application numbers, not 501'),
  ('operator_forget(array[''G3-5''], null)', 'Cannot forget G3-5: reason is empty'), ('operator_forget(array[''G3-5''], '' '')', 'Cannot forget G3-5: reason is empty'),
  ('operator_forget_preview(''{}'')', 'applications must be %'),
  ('operator_retry()', 'Cannot retry: say which by exactly one of applications, fingerprint and everything'),
  ('operator_retry(array[''G3-5''], everything => true)', 'Cannot retry: say which%'), ('operator_retry(''{}'')', 'applications must be %'),
  ('operator_retry(array[''no such''])', 'Cannot retry no such: nothing is known of it'), ('operator_retry(fingerprint => ''no such'')', 'Cannot retry what failed with "no such"%'),
  ('operator_retry_preview()', 'Cannot retry: say which%'),
  ('operator_sync_now(''9999-01-01'')', 'Cannot sync since 9999-01-01: it must not be in the future%'), ('operator_sync_now(''infinity'')', 'Cannot sync since infinity: %'),
  ('operator_start_from(''9999-01-01'')', 'Cannot start from 9999-01-01%'), ('operator_reconcile(''9999-01-01'')', 'Cannot reconcile since 9999-01-01%'),
  ('sync_actions_page(page_size => 0)', 'page_size must be a whole number from 1 to 200, not 0'), ('sync_actions_page(page_size => 201)', 'page_size must be %')
) as b (call, message);

-- What operators did.
select is(
  public.sync_actions_page(page_size => 1) #- '{rows,0,id}' #- '{rows,0,acted_at}' #- '{rows,0,arguments}' #- '{rows,0,result}',
  '{"more": true, "rows": [{"role": "authenticated", "email": "jo@example.org", "action": "update sync_settings"}]}', 'the newest first'
);
reset role;
delete from public.sync_actions where id not in (select a.id from public.sync_actions as a order by a.id limit 3);
set local role authenticated;
select is(public.sync_actions_page(page_size => 3) ->> 'more', 'false', 'there are no more than three');
select is(public.sync_actions_page(page_size => 2) ->> 'more', 'true', 'than two there are');
select results_eq(
  $$ select jsonb_array_length(p -> 'rows'), p ->> 'more' from public.sync_actions_page((public.sync_actions_page(page_size => 2) #>> '{rows,1,id}')::bigint, 2) as p $$,
  $$ values (1, 'false') $$, 'which come on the next page'
);
reset role;

select * from finish();
rollback;
