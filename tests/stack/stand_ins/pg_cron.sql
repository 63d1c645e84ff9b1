-- pg_cron's interface where the server has no pg_cron: its schema, tables, signatures, messages and rules. A worker
-- beside the database runs the jobs (pg_cron_worker.ts).
create schema cron;

create sequence cron.jobid_seq;

create table cron.job (
  jobid bigint primary key default nextval('cron.jobid_seq'),
  schedule text not null,
  command text not null,
  nodename text not null default 'localhost',
  nodeport integer not null default inet_server_port(),
  database text not null default current_database(),
  username text not null default current_user,
  active boolean not null default true,
  jobname text,
  constraint jobname_username_uniq unique (jobname, username)
);

alter table cron.job enable row level security;
create policy cron_job_policy on cron.job using (username = current_user);
grant select on cron.job to public;

create sequence cron.runid_seq;

create table cron.job_run_details (
  jobid bigint,
  runid bigint primary key default nextval('cron.runid_seq'),
  job_pid integer,
  database text,
  username text,
  command text,
  status text,
  return_message text,
  start_time timestamptz,
  end_time timestamptz
);

alter table cron.job_run_details enable row level security;
create policy cron_job_run_details_policy on cron.job_run_details using (username = current_user);
grant select, delete on cron.job_run_details to public;
grant select on sequence cron.jobid_seq, cron.runid_seq to public;

-- What a schedule says: the numbers of each of its five fields, or every so many seconds, or once after a start.
create type cron._entry as (
  minutes integer[], hours integer[], days integer[], months integer[], weekdays integer[],
  -- Of day and weekday one is `*`, so both must fit; otherwise one is enough.
  both_days boolean, last_day boolean, seconds integer, reboot boolean
);

-- The numbers one field of a schedule stands for, or null when it cannot be read. As in Vixie's cron what follows a
-- range and is neither a letter nor a digit is skipped to the end of the field.
create function cron._read_field(field text, low integer, high integer, names text[] default '{}')
returns integer[]
language plpgsql
immutable
set search_path = ''
as $$
declare
  rest text := field;
  part text[];
  first integer;
  last integer;
  step integer;
  numbers integer[] := '{}';
begin
  loop
    part := regexp_match(rest, '^(\*|[[:alnum:]]+)(?:(-)([[:alnum:]]*))?(?:(/)([[:alnum:]]*))?(.*)$');
    if part is null then
      return null;
    end if;
    step := 1;
    if part[1] = '*' then
      first := low;
      last := high;
    else
      first := cron._read_number(part[1], low, names);
      last := case when part[2] is null then first else cron._read_number(part[3], low, names) end;
      -- A step needs a range.
      if part[2] is null and part[4] is not null then
        return null;
      end if;
    end if;
    if part[4] is not null then
      step := cron._read_number(part[5], 0, '{}');
    end if;
    if first is null or last is null or step is null or first not between low and high
      or last not between low and high or step not between 1 and high
    then
      return null;
    end if;
    numbers := numbers || array(select generate_series(first, last, step));
    exit when left(part[6], 1) <> ',';
    rest := substr(part[6], 2);
  end loop;
  return numbers;
end;
$$;

create function cron._read_number(word text, low integer, names text[])
returns integer
language sql
immutable
set search_path = ''
as $$
  select coalesce(
    array_position(_read_number.names, lower(_read_number.word)) - 1 + _read_number.low,
    case when _read_number.word ~ '^\d{1,9}$' then _read_number.word::integer end
  );
$$;

-- Reads a schedule; null when it cannot be read.
create function cron._read_schedule(schedule text)
returns cron._entry
language plpgsql
immutable
set search_path = ''
as $$
declare
  text_read text := ltrim(schedule, E' \t\n');
  fields text[] := regexp_split_to_array(text_read, '[ \t]+');
  seconds integer := (regexp_match(lower(text_read), '^(\d{1,9})\s+seconds?\s*$'))[1]::integer;
  entry cron._entry;
begin
  if seconds between 1 and 59 then
    entry.seconds := seconds;
    return entry;
  end if;
  if text_read like '@%' then
    case (regexp_match(text_read, '^@([^ \t\n]*)'))[1]
      when 'reboot', 'restart' then
        entry.reboot := true;
        return entry;
      when 'yearly', 'annually' then fields := '{0,0,1,1,*}';
      when 'monthly' then fields := '{0,0,1,*,*}';
      when 'weekly' then fields := '{0,0,*,*,0}';
      when 'daily', 'midnight' then fields := '{0,0,*,*,*}';
      when 'hourly' then fields := '{0,*,*,*,*}';
      else return null;
    end case;
  end if;
  if cardinality(fields) < 5 or left(text_read, 1) = '#' or array_to_string(fields[1:5], '') ~ '\n.' then
    return null;
  end if;
  entry.minutes := cron._read_field(fields[1], 0, 59);
  entry.hours := cron._read_field(fields[2], 0, 23);
  entry.last_day := fields[3] = '$';
  entry.days := case when entry.last_day then '{}' else cron._read_field(fields[3], 1, 31) end;
  entry.months := cron._read_field(
    fields[4], 1, 12, '{jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec}'
  );
  entry.weekdays := cron._read_field(fields[5], 0, 7, '{sun,mon,tue,wed,thu,fri,sat,sun}');
  entry.both_days := fields[3] like '*%' or fields[5] like '*%';
  if entry.minutes is null or entry.hours is null or entry.days is null or entry.months is null
    or entry.weekdays is null
  then
    return null;
  end if;
  return entry;
end;
$$;

-- Whether a schedule asks for a run in a minute; GMT, as pg_cron has it unless told otherwise.
create function cron._runs_at(entry cron._entry, minute timestamptz)
returns boolean
language sql
immutable
set search_path = ''
as $$
  select coalesce(
    extract(minute from t.at) = any ((_runs_at.entry).minutes)
    and extract(hour from t.at) = any ((_runs_at.entry).hours)
    and extract(month from t.at) = any ((_runs_at.entry).months)
    and case when (_runs_at.entry).both_days then t.day and t.weekday else t.day or t.weekday end,
    false
  )
  from (
    select m.at,
      extract(day from m.at) = any ((_runs_at.entry).days)
      or ((_runs_at.entry).last_day and extract(day from m.at + interval '1 day') = 1) as day,
      extract(dow from m.at) = any ((_runs_at.entry).weekdays)
      or (extract(dow from m.at) = 0 and 7 = any ((_runs_at.entry).weekdays)) as weekday
    from (select _runs_at.minute at time zone 'GMT' as at) as m
  ) as t;
$$;

create function cron._check_schedule(schedule text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  if cron._read_schedule(schedule) is null then
    raise exception 'invalid schedule: %', schedule using
      errcode = 'invalid_parameter_value',
      hint = 'Use cron format (e.g. 5 4 * * *), or interval format ''[1-59] seconds''';
  end if;
end;
$$;

-- Whose job it is to be: the caller's, or, as a superuser asks, another role's that can log in and connect.
create function cron._check_owner(caller text, username text, database text, complaint text)
returns text
language plpgsql
set search_path = ''
as $$
begin
  if not pg_has_role(session_user, caller, 'member') then
    raise exception 'permission denied to act as "%"', caller using errcode = 'insufficient_privilege';
  end if;
  if username is not null then
    if not (select r.rolsuper from pg_roles as r where r.rolname = caller) then
      raise exception using message = complaint, errcode = 'internal_error';
    elsif not exists (select from pg_roles as r where r.rolname = username) then
      raise exception 'role "%" does not exist', username using errcode = 'internal_error';
    elsif not (select r.rolcanlogin from pg_roles as r where r.rolname = username) then
      raise exception 'role "%" can not log in', username using errcode = 'internal_error',
        detail = 'Jobs may only be run by roles that have the LOGIN attribute.';
    end if;
  end if;
  if not has_database_privilege(coalesce(username, caller), coalesce(database, current_database()), 'connect') then
    raise exception 'User % does not have CONNECT privilege on %', coalesce(username, caller), database
      using errcode = 'internal_error';
  end if;
  return coalesce(username, caller);
end;
$$;

-- The functions people call run as their caller, to know who that is; these do the work.
create function cron._schedule(
  caller text, job_name text, schedule text, command text, database text, username text, active boolean
)
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  id bigint;
begin
  perform cron._check_schedule(_schedule.schedule);
  insert into cron.job as j (schedule, command, nodeport, database, username, active, jobname)
  values (
    _schedule.schedule, _schedule.command, current_setting('port')::integer,
    coalesce(_schedule.database, current_database()),
    cron._check_owner(
      _schedule.caller, _schedule.username, _schedule.database, 'must be superuser to create a job for another role'
    ),
    coalesce(_schedule.active, true), _schedule.job_name
  )
  on conflict on constraint jobname_username_uniq do update set
    schedule = excluded.schedule, command = excluded.command, database = excluded.database
  returning j.jobid into id;
  return id;
end;
$$;

create function cron._unschedule(caller text, id bigint, name text)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  job cron.job;
begin
  select j.* into job from cron.job as j
  where j.jobid = id or (j.jobname = name and j.username = caller);
  if job.jobid is null then
    raise exception 'could not find valid entry for job %', coalesce(id::text, quote_literal(name))
      using errcode = 'internal_error';
  elsif job.username <> cron._check_owner(caller, null, null, null)
    and not has_table_privilege(caller, 'cron.job', 'delete')
  then
    raise exception 'permission denied for table job' using errcode = 'insufficient_privilege';
  end if;
  delete from cron.job as j where j.jobid = job.jobid;
  return true;
end;
$$;

create function cron._alter_job(
  caller text, job_id bigint, schedule text, command text, database text, username text, active boolean
)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  if _alter_job.job_id is null then
    raise exception 'job_id can not be NULL' using errcode = 'internal_error';
  end if;
  perform cron._check_owner(
    _alter_job.caller, _alter_job.username, _alter_job.database, 'must be superuser to alter username'
  );
  if _alter_job.schedule is not null then
    perform cron._check_schedule(_alter_job.schedule);
  end if;
  if num_nonnulls(
    _alter_job.schedule, _alter_job.command, _alter_job.database, _alter_job.username, _alter_job.active
  ) = 0 then
    raise exception 'no updates specified' using errcode = 'internal_error',
      hint = 'You must specify at least one job attribute to change when calling alter_job';
  end if;
  update cron.job as j set
    schedule = coalesce(_alter_job.schedule, j.schedule),
    command = coalesce(_alter_job.command, j.command),
    database = coalesce(_alter_job.database, j.database),
    username = coalesce(_alter_job.username, j.username),
    active = coalesce(_alter_job.active, j.active)
  where j.jobid = _alter_job.job_id and (
    j.username = _alter_job.caller or (select r.rolsuper from pg_roles as r where r.rolname = _alter_job.caller)
  );
  if not found then
    raise exception 'Job % does not exist or you don''t own it', _alter_job.job_id using errcode = 'internal_error';
  end if;
end;
$$;

create function cron.schedule(schedule text, command text)
returns bigint
language sql
strict
set search_path = ''
as $$
  select cron._schedule(current_user, null, schedule.schedule, schedule.command, null, null, true);
$$;

create function cron.schedule_in_database(
  job_name text, schedule text, command text, database text, username text default null, active boolean default true
)
returns bigint
language plpgsql
set search_path = ''
as $$
declare
  missing text := case
    when schedule_in_database.job_name is null then 'job_name'
    when schedule_in_database.schedule is null then 'schedule'
    when schedule_in_database.command is null then 'command'
  end;
begin
  if missing is not null then
    raise exception '% can not be NULL', missing using errcode = 'internal_error';
  end if;
  return cron._schedule(
    current_user, schedule_in_database.job_name, schedule_in_database.schedule, schedule_in_database.command,
    schedule_in_database.database, schedule_in_database.username, schedule_in_database.active
  );
end;
$$;

create function cron.schedule(job_name text, schedule text, command text)
returns bigint
language plpgsql
set search_path = ''
as $$
declare
  missing text := case
    when schedule.job_name is null then 'job_name'
    when schedule.schedule is null then 'schedule'
    when schedule.command is null then 'command'
  end;
begin
  if missing is not null then
    raise exception '% can not be NULL', missing using errcode = 'internal_error';
  end if;
  return cron._schedule(
    current_user, schedule.job_name, schedule.schedule, schedule.command, null, null, true
  );
end;
$$;

create function cron.unschedule(job_id bigint)
returns boolean
language sql
strict
set search_path = ''
as $$
  select cron._unschedule(current_user, unschedule.job_id, null);
$$;

create function cron.unschedule(job_name text)
returns boolean
language sql
strict
set search_path = ''
as $$
  select cron._unschedule(current_user, null, unschedule.job_name);
$$;

create function cron.alter_job(
  job_id bigint, schedule text default null, command text default null, database text default null,
  username text default null, active boolean default null
)
returns void
language sql
set search_path = ''
as $$
  select cron._alter_job(
    current_user, alter_job.job_id, alter_job.schedule, alter_job.command, alter_job.database, alter_job.username,
    alter_job.active
  );
$$;

revoke all on function cron.alter_job, cron.schedule_in_database from public;
