-- What the log keeps of a run's troubles, in error_details: errors, warnings and anomalies, each a list; and who
-- cancelled it.

create function sovereign_sync.append_details(details jsonb, key text, entries jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  if jsonb_array_length(append_details.entries) = 0 then
    return append_details.details;
  end if;
  return coalesce(append_details.details, '{}') || jsonb_build_object(
    append_details.key, coalesce(append_details.details -> append_details.key, '[]') || append_details.entries
  );
end;
$$;

comment on function sovereign_sync.append_details(jsonb, text, jsonb) is
  'A run''s error_details with entries added to one of its lists: errors, warnings, or anomalies, which raise an alert.';

create function sovereign_sync.append_errors(details jsonb, errors jsonb)
returns jsonb
language plpgsql
immutable
set search_path = ''
as $$
begin
  -- The first hundred say what is wrong; the status table has them all.
  if jsonb_array_length(coalesce(append_errors.details -> 'errors', '[]')) >= 100 then
    return append_errors.details;
  end if;
  return sovereign_sync.append_details(append_errors.details, 'errors', append_errors.errors);
end;
$$;

comment on function sovereign_sync.append_errors(jsonb, jsonb) is
  'A run''s error_details with errors added, up to about a hundred.';

create function sovereign_sync.to_errors(failures jsonb)
returns jsonb
language sql
immutable
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'error', f.error)), '[]')
  from jsonb_to_recordset(to_errors.failures) as f (id text, error text);
$$;

comment on function sovereign_sync.to_errors(jsonb) is
  'Failures as the log keeps them: the application and what is wrong.';

create function sovereign_sync.describe_cancellation(run public.tblsovereignapplicationssynclog)
returns text
language sql
stable
set search_path = ''
as $$
  select format(
    'Cancelled by %s at %s UTC; what it left goes on in the next run',
    run.cancelled_by, to_char(run.cancelled_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
  );
$$;

comment on function sovereign_sync.describe_cancellation(public.tblsovereignapplicationssynclog) is
  'Who cancelled a run, and when, in words.';
