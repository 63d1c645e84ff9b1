-- Alerts: opened, kept current and resolved by the conditions, and posted to the webhook.

create function sovereign_sync.note_conditions()
returns void
language sql
set search_path = ''
as $$
  with now_true as materialized (select c.* from sovereign_sync.sync_conditions() as c),
  resolved as (
    update sovereign_sync.alerts as a
    set resolved_at = now()
    where a.resolved_at is null and a.condition not in (select n.condition from now_true as n)
  )
  insert into sovereign_sync.alerts as a (condition, message, size)
  select n.condition, n.message, n.size from now_true as n
  on conflict (condition) where resolved_at is null do update set message = excluded.message, size = excluded.size;
$$;

comment on function sovereign_sync.note_conditions() is
  'Opens an alert for each condition that has become true, keeps the open ones current, resolves those that are true no more.';

create function sovereign_sync.project_name()
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  name text;
begin
  name := (select s.project_name from sovereign_sync.settings as s);
  if name is null then
    -- Of a project's own URL its reference, of any other the host: neither path nor password.
    name := regexp_replace(
      substring(sovereign_sync.read_secret('project_url') from '^https?://(?:[^/@]*@)?([a-zA-Z0-9._-]+)'), '\.supabase\.(co|in)$', ''
    );
  end if;
  return name;
exception when others then
  -- Vault cannot be read: an alert without the name is better than none.
  return null;
end;
$$;

comment on function sovereign_sync.project_name() is 'What alerts call the project, or null.';

create function sovereign_sync.alert_words(alert sovereign_sync.alerts)
returns text
language sql
immutable
set search_path = ''
as $$
  select case
    when alert.resolved_at is null then alert.message
    else format(
      'resolved after %s: %s.',
      sovereign_sync.counted(round(extract(epoch from alert.resolved_at - alert.opened_at) / 60)::bigint, 'minute'), alert.condition
    )
  end;
$$;

comment on function sovereign_sync.alert_words(sovereign_sync.alerts) is
  'What an alert says: what is wrong and what mends it, or that it is over.';

-- Slack takes &, < and > for its own; a Teams workflow takes Adaptive Cards only.
create function sovereign_sync.alert_body(alert sovereign_sync.alerts, project text)
returns jsonb
language sql
stable
set search_path = ''
as $$
  select case s.alert_format
    when 'slack' then jsonb_build_object('text', replace(replace(replace(
      concat_ws(E'\n', t.title || ': ' || t.words, s.alert_link), '&', '&amp;'), '<', '&lt;'), '>', '&gt;'
    ))
    when 'teams' then jsonb_build_object(
      'type', 'message',
      'attachments', jsonb_build_array(jsonb_build_object(
        'contentType', 'application/vnd.microsoft.card.adaptive',
        'contentUrl', null,
        'content', jsonb_build_object(
          '$schema', 'http://adaptivecards.io/schemas/adaptive-card.json',
          'type', 'AdaptiveCard',
          'version', '1.4',
          'body', jsonb_build_array(
            jsonb_build_object('type', 'TextBlock', 'text', t.title, 'weight', 'Bolder', 'wrap', true),
            jsonb_build_object('type', 'TextBlock', 'text', t.words, 'wrap', true)
          ),
          'actions', case
            when s.alert_link is null then '[]'
            else jsonb_build_array(jsonb_build_object('type', 'Action.OpenUrl', 'title', 'Open', 'url', s.alert_link))
          end
        )
      ))
    )
    else jsonb_build_object(
      'condition', alert.condition,
      'state', case when alert.resolved_at is null then 'open' else 'resolved' end,
      'message', t.words,
      'size', alert.size,
      'project', alert_body.project,
      'link', s.alert_link,
      'opened_at', alert.opened_at,
      'resolved_at', alert.resolved_at
    )
  end
  from sovereign_sync.settings as s
  cross join (
    select 'Applications sync' || coalesce(' of ' || alert_body.project, '') as title, sovereign_sync.alert_words(alert) as words
  ) as t;
$$;

comment on function sovereign_sync.alert_body(sovereign_sync.alerts, text) is
  'What is posted of an alert, in the form that sync_settings.alert_format names.';

-- security definer: the cron job of an operator without access to Vault evaluates alerts too. The initialisers of a
-- declare are outside the block's handler, so there are none.
create function sovereign_sync.post_alert(alert sovereign_sync.alerts, out request_id bigint, out problem text)
language plpgsql
security definer
set search_path = ''
as $$
declare
  webhook_url text;
begin
  begin
    webhook_url := sovereign_sync.read_secret('alert_webhook_url');
  exception when others then
    problem := format('Vault''s alert_webhook_url cannot be read (%s)', sqlstate);
    return;
  end;
  if coalesce(webhook_url, '') <> '' then
    begin
      request_id := net.http_post(
        url => webhook_url, body => sovereign_sync.alert_body(alert, sovereign_sync.project_name()), timeout_milliseconds => 10000
      );
    exception when others then
      -- Not its message: that quotes the URL.
      problem := format('pg_net does not take Vault''s alert_webhook_url (%s): is it a URL?', sqlstate);
    end;
  end if;
end;
$$;

comment on function sovereign_sync.post_alert(sovereign_sync.alerts) is
  'Posts an alert to the webhook Vault names alert_webhook_url, if there is one. Raises nothing: says what the problem is.';

-- Told are the beginning, the end, and each doubling in between; and what could not be posted, until it is a day old.
create function sovereign_sync.tell_alerts()
returns void
language plpgsql
set search_path = ''
as $$
declare
  alert sovereign_sync.alerts;
  posted record;
begin
  for alert in
    select a.*
    from sovereign_sync.alerts as a
    where coalesce(a.resolved_at, 'infinity') > now() - interval '1 day'
      and (
        a.told_at is null
        or a.told_at < a.resolved_at
        or a.resolved_at is null and a.size >= 2 * greatest(a.told_size, 1)
        or a.post_error is not null and a.told_at < now() - interval '10 minutes'
      )
    order by a.id
  loop
    posted := sovereign_sync.post_alert(alert);
    update sovereign_sync.alerts as a
    set
      told_at = now(),
      told_size = a.size,
      post_request_id = posted.request_id,
      -- What was wrong is so until the answer says otherwise.
      post_error = case when posted.request_id is null then posted.problem else a.post_error end
    where a.id = alert.id;
  end loop;
end;
$$;

comment on function sovereign_sync.tell_alerts() is
  'Posts each change of an alert once, and again when the post failed.';

create function sovereign_sync.collect_posts()
returns void
language sql
set search_path = ''
as $$
  update sovereign_sync.alerts as a
  set
    post_request_id = null,
    post_error = case
      when r.status_code between 200 and 299 then null
      when r.status_code is not null then format('The webhook answered %s', r.status_code)
      when r.timed_out then 'The webhook did not answer in 10 s'
      else 'The webhook cannot be reached'
    end
  from net._http_response as r
  where r.id = a.post_request_id and sovereign_sync.is_answer_of(r.created, a.told_at);

  update sovereign_sync.alerts as a
  set post_request_id = null, post_error = 'pg_net brought no answer of the webhook'
  where a.post_request_id is not null and a.told_at < now() - interval '10 minutes';
$$;

comment on function sovereign_sync.collect_posts() is 'Reads back from pg_net what became of the posts to the webhook.';
