-- An alert opens once, grows when what it is about grows, and closes; each is told once.
begin;
truncate public.tblsovereignapplications, public.tblsovereignapplicationssynclog, sovereign_sync.status, sovereign_sync.gaps,
  sovereign_sync.dispatches, sovereign_sync.alerts, sovereign_sync.unauthorized_requests;
update public.sync_settings set alert_format = 'slack', alert_link = null, project_name = 'test <3', paused_at = null, resumed_at = null, start_from = null, time_zone = 'UTC', installed_at = now();
update sovereign_sync.known_attributes set answers = 0, present = 0, absent = 0;
delete from vault.secrets where name = 'alert_webhook_url';
select vault.create_secret('http://127.0.0.1:9/hook', 'alert_webhook_url');
set local search_path = extensions, public;

select * from no_plan();

-- The clock stands still in a transaction: so the alerts grow older.
create function pg_temp.watch_after(minutes integer) returns void language sql as $$
  update public.sync_alerts set
    opened_at = opened_at - minutes * interval '1 minute', told_at = told_at - minutes * interval '1 minute',
    resolved_at = resolved_at - minutes * interval '1 minute';
  select sovereign_sync.watch_sync();
$$;

create function pg_temp.posts() returns text[] language sql as $$
  select coalesce(array_agg(convert_from(q.body, 'UTF8')::jsonb ->> 'text' order by q.id), '{}')
  from net.http_request_queue as q where q.url like '%/hook';
$$;

create function pg_temp.park(up_to integer) returns void language sql as $$
  insert into public.sync_status (g3_application_number, state) select 'G3-' || n, 'parked' from generate_series(1, park.up_to) as n
  on conflict do nothing;
$$;

select sovereign_sync.watch_sync();
select is_empty('select from public.sync_alerts', 'nothing is wrong');

select pg_temp.park(2);
select sovereign_sync.watch_sync();
select pg_temp.watch_after(1);
select results_eq(
  'select a.condition, a.size, a.told_size, a.resolved_at is null from public.sync_alerts as a',
  $$ values ('applications parked', 2::bigint, 2::bigint, true) $$, 'it opens once'
);
select matches(array_to_string(pg_temp.posts(), '|'), '^Applications sync of test &lt;3: 2 applications are parked[^|]*$', 'and is posted once');

select pg_temp.park(3);
select pg_temp.watch_after(1);
select results_eq(
  'select substr(a.message, 1, 14), a.size, a.told_size from public.sync_alerts as a', $$ values ('3 applications', 3::bigint, 2::bigint) $$,
  'its message is kept current'
);
select is(cardinality(pg_temp.posts()), 1, 'without a post');

select pg_temp.park(500);
select pg_temp.watch_after(1);
select pg_temp.watch_after(1);
select is(cardinality(pg_temp.posts()), 2, 'when it has doubled it is posted again, once');
select matches((pg_temp.posts())[2], '^Applications sync of test &lt;3: 500 applications are parked', 'with what it has grown to');

delete from public.sync_status where g3_application_number <> 'G3-1';
select pg_temp.watch_after(1);
select pg_temp.park(400);
select pg_temp.watch_after(1);
select is(cardinality(pg_temp.posts()), 2, 'going up and down below that is not posted');

delete from public.sync_status;
select pg_temp.watch_after(1);
select pg_temp.watch_after(1);
select is((pg_temp.posts())[3:], array['Applications sync of test &lt;3: resolved after 7 minutes: applications parked.'], 'its end is posted once');
select is((select count(*) from public.sync_alerts where resolved_at is null), 0::bigint, 'it is resolved');

select pg_temp.park(1);
select pg_temp.watch_after(1);
select is((select count(*) from public.sync_alerts), 2::bigint, 'what becomes true again is another alert');
select is(cardinality(pg_temp.posts()), 4, 'and posted');

-- What became of the post. Those before it arrived.
update public.sync_alerts set post_request_id = null where resolved_at is not null;
insert into net._http_response (id, status_code, created)
select a.post_request_id, 404, now() from public.sync_alerts as a where a.resolved_at is null;
select sovereign_sync.watch_sync();
select is((select a.post_error from public.sync_alerts as a where a.resolved_at is null), 'The webhook answered 404', 'a refused post is kept');
select matches(
  (select h.reason from public.sync_health as h), 'Alerts cannot be posted: The webhook answered 404\.$', 'and said where people look'
);
select is(cardinality(pg_temp.posts()), 4, 'it is not posted again at once');
select pg_temp.watch_after(11);
select is(cardinality(pg_temp.posts()), 5, 'but after ten minutes');
insert into net._http_response (id, status_code, created)
select a.post_request_id, 200, now() from public.sync_alerts as a where a.resolved_at is null;
select sovereign_sync.watch_sync();
select is((select h.post_error from public.sync_health as h), null, 'until it arrives');
select pg_temp.watch_after(11);
select is(cardinality(pg_temp.posts()), 5, 'and no more then');
update public.sync_alerts set post_request_id = -5, told_at = now() where resolved_at is null;
insert into net._http_response (id, timed_out, created) values (-5, true, now());
select sovereign_sync.watch_sync();
select is((select h.post_error from public.sync_health as h), 'The webhook did not answer in 10 s', 'a webhook that hangs is seen');
update public.sync_alerts set post_request_id = -6, told_at = now() - interval '9 minutes', post_error = null where resolved_at is null;
select sovereign_sync.collect_posts();
update public.sync_alerts set told_at = now() - interval '11 minutes' where resolved_at is null;
select sovereign_sync.collect_posts();
select is((select h.post_error from public.sync_health as h), 'pg_net brought no answer of the webhook', 'so is a post that was lost');
delete from vault.secrets where name = 'alert_webhook_url';
select pg_temp.watch_after(11);
select is((select h.post_error from public.sync_health as h), null, 'without a webhook there is nothing to post');

-- What is posted, in the form the webhook takes.
create function pg_temp.body(format text, link text default null, resolved boolean default false) returns jsonb language plpgsql as $$
declare
  alert sovereign_sync.alerts;
begin
  alert.condition := 'applications parked'; alert.message := '2 are parked.'; alert.size := 2;
  alert.opened_at := '2026-01-01T10:00Z'; alert.resolved_at := case when body.resolved then '2026-01-01T10:07Z'::timestamptz end;
  update public.sync_settings set alert_format = body.format, alert_link = body.link;
  return sovereign_sync.alert_body(alert, sovereign_sync.project_name());
end;
$$;
select is(
  pg_temp.body('slack', 'https://supabase.com/dashboard/project/abc?a=1&b=2'),
  '{"text": "Applications sync of test &lt;3: 2 are parked.\nhttps://supabase.com/dashboard/project/abc?a=1&amp;b=2"}',
  'Slack: one text, its signs escaped, and where to look'
);
select is(
  pg_temp.body('teams', 'https://example.org') #- '{attachments,0,content,body}' ,
  '{"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": null, "content": {
    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
    "actions": [{"type": "Action.OpenUrl", "title": "Open", "url": "https://example.org"}]}}]}',
  'Teams: an Adaptive Card'
);
select is(
  jsonb_path_query_array(pg_temp.body('teams'), '$.attachments[0].content.body[*].text'),
  '["Applications sync of test <3", "2 are parked."]', 'with the project as its title'
);
select is(pg_temp.body('teams') #> '{attachments,0,content,actions}', '[]', 'and no button without a link');
select is(
  pg_temp.body('json', 'https://example.org'),
  jsonb_build_object(
    'condition', 'applications parked', 'state', 'open', 'message', '2 are parked.', 'size', 2, 'project', 'test <3',
    'link', 'https://example.org', 'opened_at', '2026-01-01T10:00Z'::timestamptz, 'resolved_at', null
  ),
  'JSON: all of it by name'
);
select is(
  pg_temp.body('json', null, true) - '{project,size,opened_at,condition}'::text[],
  jsonb_build_object(
    'state', 'resolved', 'message', 'resolved after 7 minutes: applications parked.', 'link', null,
    'resolved_at', '2026-01-01T10:07Z'::timestamptz
  ),
  'also when it is over'
);
select throws_ok($$ update public.sync_settings set alert_format = 'discord' $$, '23514', null, 'a form nobody knows is refused');
select throws_ok($$ update public.sync_settings set alert_link = 'javascript:x' $$, '23514', null, 'a link that is none, too');
update public.sync_settings set alert_format = 'slack', alert_link = null, project_name = null;
create function pg_temp.named(url text) returns text language sql as $$
  select vault.update_secret(s.id, named.url) from vault.secrets as s where s.name = 'project_url';
  select sovereign_sync.project_name();
$$;
select results_eq(
  $$ select pg_temp.named(u) from unnest(array[
       'https://abcdefgh.supabase.co', 'http://kong:8000', 'https://me:hunter2@api.example.org/path?key=1', 'no URL'
     ]) as u $$,
  array['abcdefgh', 'kong', 'api.example.org', null], 'without a name the project''s URL names it: never its path or password'
);
create or replace function sovereign_sync.read_secret(secret_name text) returns text language sql as $$ select (1 / 0)::text; $$;
select is(sovereign_sync.project_name(), null, 'a Vault that cannot be read names nothing, and raises nothing');
select matches(
  (sovereign_sync.alert_body(a, null) ->> 'text'), '^Applications sync: ', 'the alert goes without'
) from sovereign_sync.alerts as a limit 1;

-- The abandoned run.
insert into public.tblsovereignapplicationssynclog (since_date, status, trigger, heartbeat_at, lease)
values ('2026-01-01', 'running', 'manual', now() - interval '9 minutes', gen_random_uuid());
insert into public.sync_status (g3_application_number, claimed_by, claimed_at)
select 'G3-9', l.lease, now() from public.tblsovereignapplicationssynclog as l;
update public.sync_settings set paused_at = now();
select sovereign_sync.watch_sync();
select is((select l.status from public.tblsovereignapplicationssynclog as l), 'running', 'a run that has been dead for 9 minutes is left to the next tick');
update public.tblsovereignapplicationssynclog set heartbeat_at = now() - interval '10 minutes';
select sovereign_sync.watch_sync();
select is(
  (select l.error_details ->> 'reason' from public.tblsovereignapplicationssynclog as l where l.status = 'failed'),
  'Its worker died; what it left goes on in the next run', 'after 10 minutes it is ended, also while paused'
);
select is((select s.claimed_by from public.sync_status as s where s.g3_application_number = 'G3-9'), null, 'and its claims are void');

select * from finish();
rollback;
