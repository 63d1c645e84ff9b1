-- Failures by cause: the fingerprint of an error, the count of those that were seen, and the view people read.

create function sovereign_sync.fingerprint(error text, id text)
returns text
language sql
immutable
set search_path = ''
as $$ select left(replace(fingerprint.error, 'application ' || fingerprint.id, 'application'), 500); $$;

comment on function sovereign_sync.fingerprint(text, text) is
  'An application''s error without its number: the same for all that fail for the same cause.';

create function sovereign_sync.note_errors(errors jsonb)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if jsonb_array_length(note_errors.errors) = 0 then
    return;
  end if;
  insert into sovereign_sync.errors as k (fingerprint, count, examples)
  select f.fingerprint, count(*), (array_agg(f.id order by f.id))[1:5]
  from (
    select e.id, sovereign_sync.fingerprint(e.error, e.id) as fingerprint
    from jsonb_to_recordset(note_errors.errors) as e (id text, error text)
  ) as f
  group by f.fingerprint
  order by f.fingerprint
  on conflict (fingerprint) do update set
    count = k.count + excluded.count,
    last_seen_at = now(),
    examples = (
      excluded.examples || array(select k.id from unnest(k.examples) as k (id) where k.id <> all (excluded.examples))
    )[1:5];
end;
$$;

comment on function sovereign_sync.note_errors(jsonb) is
  'Remembers the errors of attempts that count: [{"id", "error"}].';

create view public.sync_errors with (security_invoker = true) as
with failing as (
  select
    f.fingerprint,
    count(*) as applications,
    min(f.failing_since) as since,
    (array_agg(f.id order by f.failing_since desc, f.id))[1:5] as examples
  from (
    select
      s.g3_application_number as id,
      sovereign_sync.fingerprint(s.last_error, s.g3_application_number) as fingerprint,
      coalesce(s.failing_since, s.stale_since) as failing_since
    from sovereign_sync.status as s
    where s.next_attempt_at is not null and s.state in ('failed', 'parked') and s.last_error is not null
  ) as f
  group by f.fingerprint
)
select
  coalesce(k.fingerprint, f.fingerprint) as fingerprint,
  f.fingerprint is not null as is_happening,
  coalesce(f.applications, 0) as applications,
  k.count,
  coalesce(k.first_seen_at, f.since) as first_seen_at,
  coalesce(k.last_seen_at, f.since) as last_seen_at,
  coalesce(f.examples, k.examples) as examples,
  'select retry(fingerprint => ' || quote_literal(f.fingerprint) || ');' as what_to_do
from sovereign_sync.errors as k
full join failing as f on f.fingerprint = k.fingerprint;

comment on view public.sync_errors is
  'Why applications fail or have failed, one row a cause: how many fail with it now (applications), how many attempts have '
  '(count), a few of them, and how to try them again.';
