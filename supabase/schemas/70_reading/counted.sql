-- A number with its noun, and a range of numbers.

create function sovereign_sync.counted(number bigint, singular text, plural text default null)
returns text
language sql
immutable
set search_path = ''
as $$
  select counted.number || ' ' || case
    when counted.number = 1 then counted.singular
    else coalesce(counted.plural, counted.singular || 's')
  end;
$$;

comment on function sovereign_sync.counted(bigint, text, text) is
  'A number with its noun, or with its whole sentence: 1 application, 2 applications.';

create function sovereign_sync.require_between(name text, value integer, low integer, high integer)
returns integer
language plpgsql
immutable
set search_path = ''
as $$
begin
  if require_between.value between low and high then
    return require_between.value;
  end if;
  raise exception '% must be a whole number from % to %, not %', name, low, high, coalesce(value::text, 'null')
    using errcode = '22023';
end;
$$;

comment on function sovereign_sync.require_between(text, integer, integer, integer) is
  'A number that is in its range; raises for any other.';
