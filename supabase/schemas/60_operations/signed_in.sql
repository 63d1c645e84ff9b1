-- What an operator does from the dashboard: each function hands its arguments to the gate.

create function public.operator_sync_now(since date default null, force boolean default false)
returns jsonb
language sql
set search_path = ''
return sovereign_sync.operate('sync_now', jsonb_build_object('since', since, 'force', force));

comment on function public.operator_sync_now(date, boolean) is
  'sync_now(), for an operator who signed in. run: the one that is open already, which it has to wait for, or null.';

create function public.operator_request_applications(applications text[])
returns jsonb
language sql
set search_path = ''
return sovereign_sync.operate('request_applications', jsonb_build_object('applications', applications));

comment on function public.operator_request_applications(text[]) is
  'request_applications(), for an operator who signed in: 1 to 500 of them.';

create function public.operator_cancel_sync()
returns jsonb
language sql
set search_path = ''
return sovereign_sync.operate('cancel_sync');

comment on function public.operator_cancel_sync() is 'cancel_sync(), for an operator who signed in.';

create function public.operator_pause_sync()
returns jsonb
language sql
set search_path = ''
return sovereign_sync.operate('pause_sync');

comment on function public.operator_pause_sync() is 'pause_sync(), for an operator who signed in.';

create function public.operator_resume_sync()
returns jsonb
language sql
set search_path = ''
return sovereign_sync.operate('resume_sync');

comment on function public.operator_resume_sync() is 'resume_sync(), for an operator who signed in.';

create function public.operator_accept_gap()
returns jsonb
language sql
set search_path = ''
return sovereign_sync.operate('accept_gap');

comment on function public.operator_accept_gap() is 'accept_gap(), for an operator who signed in.';

create function public.operator_start_from(day date)
returns jsonb
language sql
set search_path = ''
return sovereign_sync.operate('start_from', jsonb_build_object('day', day));

comment on function public.operator_start_from(date) is
  'start_from(), for an operator who signed in. Null takes it back.';

create function public.operator_reconcile(since date default null)
returns jsonb
language sql
set search_path = ''
return sovereign_sync.operate('reconcile', jsonb_build_object('since', since));

comment on function public.operator_reconcile(date) is 'reconcile(), for an operator who signed in.';

create function public.operator_retry_preview(
  applications text[] default null,
  fingerprint text default null,
  everything boolean default false
)
returns jsonb
language sql
stable
set search_path = ''
return sovereign_sync.operate(
  'retry_preview',
  jsonb_build_object('applications', applications, 'fingerprint', fingerprint, 'everything', everything)
);

comment on function public.operator_retry_preview(text[], text, boolean) is
  'What operator_retry() would try again, by the same arguments: how many, in which states, some of them.';

create function public.operator_retry(
  applications text[] default null,
  fingerprint text default null,
  everything boolean default false
)
returns jsonb
language sql
set search_path = ''
return sovereign_sync.operate(
  'retry',
  jsonb_build_object('applications', applications, 'fingerprint', fingerprint, 'everything', everything)
);

comment on function public.operator_retry(text[], text, boolean) is 'retry(), for an operator who signed in.';

create function public.operator_forget_preview(applications text[])
returns jsonb
language sql
stable
set search_path = ''
return sovereign_sync.operate('forget_preview', jsonb_build_object('applications', applications));

comment on function public.operator_forget_preview(text[]) is
  'What operator_forget() would take off the queue, and how many of them are stored.';

create function public.operator_forget(applications text[], reason text)
returns jsonb
language sql
set search_path = ''
return sovereign_sync.operate('forget', jsonb_build_object('applications', applications, 'reason', reason));

comment on function public.operator_forget(text[], text) is
  'forget_application() of 1 to 500, for an operator who signed in.';

create function public.operator_change_thresholds(thresholds jsonb)
returns jsonb
language sql
set search_path = ''
return sovereign_sync.operate('change_thresholds', jsonb_build_object('thresholds', thresholds));

comment on function public.operator_change_thresholds(jsonb) is
  'Changes thresholds of the alerts, by the names and in the limits of sync_thresholds(): {"alert_parked_from": 5}. '
  'All or nothing.';
