-- Why is this application old? What the tables know of it, in words. What is stored is read with the reader's rights,
-- so that Row Level Security says who may; what the queue knows with the owner's. A body that begins with return is
-- bound when it is created: whoever may execute what it calls needs no access to the schema that is in.

create function sovereign_sync.describe_time(at timestamptz)
returns text
language sql
stable strict
set search_path = ''
return (
  select format(
    '%s UTC (%s)',
    to_char(describe_time.at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'),
    case when distance.seconds < 0 then 'in ' || amount.words else amount.words || ' ago' end
  )
  from (select extract(epoch from now() - describe_time.at) as seconds) as distance
  cross join lateral (
    select case
      when abs(distance.seconds) < 60 then sovereign_sync.counted(abs(round(distance.seconds))::bigint, 'second')
      when abs(distance.seconds) < 5400 then sovereign_sync.counted(round(abs(distance.seconds) / 60)::bigint, 'minute')
      when abs(distance.seconds) < 129600 then sovereign_sync.counted(round(abs(distance.seconds) / 3600)::bigint, 'hour')
      else sovereign_sync.counted(round(abs(distance.seconds) / 86400)::bigint, 'day')
    end as words
  ) as amount
);

comment on function sovereign_sync.describe_time(timestamptz) is
  'A time in words: 2026-01-16 10:00 UTC (5 minutes ago).';

create function sovereign_sync.describe_stored(id text)
returns text[]
language sql
stable
set search_path = ''
return array[
  coalesce(
    (
      select format(
        'Stored is what OCC saved %s, with the status %s; the row last changed %s.',
        coalesce(sovereign_sync.describe_time(m.lastsaveddatetime), 'at a time it does not say'),
        coalesce(m.appstatuscode, 'null'),
        sovereign_sync.describe_time(m.updated_at)
      )
      from public.tblsovereignapplications as m
      where m.g3_application_number = describe_stored.id
    ),
    'It is not stored.'
  ),
  (
    select format(
      'The history''s last change is of %s, by %s: %s.',
      sovereign_sync.describe_time(max(c.changed_at)),
      coalesce('the run ' || max(c.run::text), 'somebody else than the sync'),
      string_agg(distinct c.attribute, ', ')
    )
    from public.sync_changes as c
    where c.application = describe_stored.id
      and c.changed_at = (
        select l.changed_at from public.sync_changes as l
        where l.application = describe_stored.id order by l.id desc limit 1
      )
    having count(*) > 0
  )
];

comment on function sovereign_sync.describe_stored(text) is
  'What is stored of an application and since when, in sentences.';

create function sovereign_sync.describe_errors(id text)
returns text[]
language sql
stable
set search_path = ''
as $$
  select array(
    select format('The run of %s: %s.', sovereign_sync.describe_time(l.sync_started_at), e.value ->> 'error')
    from public.tblsovereignapplicationssynclog as l
    cross join lateral jsonb_array_elements(l.error_details -> 'errors') as e (value)
    where l.error_details @> jsonb_build_object('errors', jsonb_build_array(jsonb_build_object('id', describe_errors.id)))
      and e.value ->> 'id' = describe_errors.id
    order by l.sync_started_at desc
    limit 5
  );
$$;

comment on function sovereign_sync.describe_errors(text) is
  'The last five errors of an application that the log has kept; of one run it keeps the first hundred.';

create function sovereign_sync.describe_place(status sovereign_sync.status)
returns text
language sql
stable
set search_path = ''
as $$
  select case
    when status.claimed_by = r.lease then 'It is being fetched at this moment.'
    when status.next_attempt_at is null then 'It is not tried again by itself.'
    when status.next_attempt_at > now() then 'It is tried again ' || sovereign_sync.describe_time(status.next_attempt_at) || '.'
    when status.attempted_by_run = r.id then 'The run that is open has tried it; the next one tries again.'
    else format('It is due; %s fetched before it.', sovereign_sync.counted(
      (
        select count(*)
        from sovereign_sync.due_applications as d
        where (d.requested_at is null, d.attempts, -extract(epoch from d.next_attempt_at))
          < (status.requested_at is null, status.attempts, -extract(epoch from status.next_attempt_at))
      ),
      'other application is', 'other applications are'
    ))
  end
  from (select) as always
  left join public.tblsovereignapplicationssynclog as r on r.status = 'running';
$$;

comment on function sovereign_sync.describe_place(sovereign_sync.status) is
  'When an application that is not synced is fetched, and its place in the queue.';

create function sovereign_sync.describe_state(status sovereign_sync.status)
returns text
language sql
stable
set search_path = ''
as $$
  select case
    when status.state = 'synced' and not exists (
      select from public.tblsovereignapplications as m where m.g3_application_number = status.g3_application_number
    ) then 'It was settled ' || sovereign_sync.describe_time(status.synced_at) || ', and its row is gone since.'
    when status.state = 'synced'
      then 'It is current, as far as OCC''s list says: settled ' || sovereign_sync.describe_time(status.synced_at) || '.'
    when status.state = 'gone'
      then 'OCC has it no more, as was found ' || sovereign_sync.describe_time(status.gone_at) || '; its row is kept (sync_gone).'
    else format(
      'It is %s%s%s.',
      status.state,
      ', and out of date since ' || sovereign_sync.describe_time(status.stale_since),
      case when status.attempts > 0 then format(
        '; %s since %s',
        sovereign_sync.counted(status.attempts, 'attempt has failed', 'attempts have failed'),
        sovereign_sync.describe_time(coalesce(status.failing_since, status.stale_since))
      ) end
    )
  end;
$$;

comment on function sovereign_sync.describe_state(sovereign_sync.status) is
  'The state of an application and since when.';

create function sovereign_sync.explain_queue(id text)
returns text[]
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  status sovereign_sync.status;
  settings sovereign_sync.settings;
  gap sovereign_sync.gaps;
  sentences text[] := '{}'::text[];
  quoted constant text := quote_literal(explain_queue.id);
begin
  select s.* into status from sovereign_sync.status as s where s.g3_application_number = explain_queue.id;
  select s.* into settings from sovereign_sync.settings as s;
  select g.* into gap from sovereign_sync.gaps as g where g.closed_at is null;
  if status.g3_application_number is null then
    sentences := sentences || array[
      'OCC''s list has never named it and nobody has asked for it, or it was forgotten.',
      (
        select format('Forgotten %s: %s', sovereign_sync.describe_time(a.acted_at), a.arguments ->> 'reason')
        from sovereign_sync.actions as a
        where a.action = 'forget_application' and a.arguments ->> 'id' = explain_queue.id
        order by a.id desc
        limit 1
      )
    ];
  else
    sentences := sentences || array[
      case
        when status.listed_at is null then 'OCC''s list has never named it: somebody asked for it by its number.'
        else format(
          'OCC''s list last said something new of it %s: saved %s.',
          sovereign_sync.describe_time(status.listed_at),
          coalesce(sovereign_sync.describe_time(status.listed_last_saved), 'at a time it does not say')
        )
      end,
      sovereign_sync.describe_state(status),
      case when status.state <> 'gone'
        then 'OCC''s list lacks it, as was found ' || sovereign_sync.describe_time(status.missing_since) || '.'
      end,
      'Somebody asked for it ' || sovereign_sync.describe_time(status.requested_at) || '.',
      'The last error: ' || sovereign_sync.sentence(status.last_error)
    ] || sovereign_sync.describe_errors(explain_queue.id);
  end if;
  if gap.id is not null and (status.listed_last_saved at time zone settings.time_zone < gap.to_date) is not false then
    sentences := sentences || format(
      'OCC could not list %s to %s: what it saved of this application on these days and not since is not known (sync_gaps).',
      gap.from_date, gap.to_date - 1
    );
  end if;
  if status.state <> 'synced' then
    sentences := sentences || array[
      sovereign_sync.describe_place(status),
      'The schedule is paused since ' || sovereign_sync.describe_time(settings.paused_at) || '; select resume_sync();',
      case when settings.paused_at is null then 'No sync completes: ' || (
        select string_agg(c.message, ' ')
        from sovereign_sync.sync_conditions() as c
        where c.condition in ('no completed run', 'dispatch failed')
      ) end
    ];
  end if;
  sentences := sentences || case
    when status.state in ('synced', 'pending') or status.state is null
      then 'To have OCC asked for it now: select request_applications(array[' || quoted || ']);'
    else 'Once its cause is mended: select retry(array[' || quoted || ']); if nobody wants it any more: '
      'select forget_application(' || quoted || ', ''why'');'
  end;
  return sentences;
end;
$$;

comment on function sovereign_sync.explain_queue(text) is
  'What the queue knows of an application, its errors, its place, and what a person can do, in sentences, some of them null.';

create function public.explain_application(id text)
returns table (line integer, sentence text)
language sql
stable
set search_path = ''
begin atomic
  select (row_number() over (order by s.place))::integer, s.words
  from unnest(sovereign_sync.describe_stored(id) || sovereign_sync.explain_queue(id)) with ordinality as s (words, place)
  where s.words is not null;
end;

comment on function public.explain_application(text) is
  'Why an application is as it is, in sentences: what is stored, what OCC listed, its state, its errors, its place in the '
  'queue, and what a person can do.';
