-- Which answer of pg_net belongs to which call.
begin;
set local search_path = public, extensions;
select plan(4);

insert into sovereign_sync.dispatches (request_id, trigger, dispatched_at)
values (-11, 'schedule', now()), (-12, 'schedule', now()), (-13, 'schedule', now());

insert into net._http_response (id, status_code, created) values
  (-11, 202, now() - interval '1.4 milliseconds'),
  (-12, 202, now() - interval '1 minute');

select is(
  (select d.outcome from public.sync_dispatches as d
    join sovereign_sync.dispatches as s using (id) where s.request_id = -11),
  'accepted',
  'an answer dated a moment before its call is its answer: pg_net dates it with its transaction''s beginning'
);
select is(
  (select d.outcome from public.sync_dispatches as d
    join sovereign_sync.dispatches as s using (id) where s.request_id = -12),
  null,
  'an answer of a minute before is another request''s'
);
select is(
  (select d.outcome from public.sync_dispatches as d
    join sovereign_sync.dispatches as s using (id) where s.request_id = -13),
  null,
  'without an answer nothing is known yet'
);
select ok(
  not sovereign_sync.is_answer_of(now() - interval '11 seconds', now())
    and sovereign_sync.is_answer_of(now() - interval '9 seconds', now()),
  'is_answer_of() takes an answer of up to 10 seconds before'
);

select * from finish();
rollback;
