import type postgres from "postgres";

/**
 * All that makes public, our schema and a team's `private` what they are, one line a fact, sorted: relations, columns, constraints,
 * indexes, policies, triggers, functions, with who may do what and their comments; and the jobs.
 */
export async function readCatalog(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql<{ fact: string }[]>`
    with ours as (
      select n.oid, n.nspname from pg_namespace as n where n.nspname in ('public', 'private', 'sovereign_sync')
    ),
    relations as (
      select c.*, n.nspname || '.' || quote_ident(c.relname) as name from pg_class as c join ours as n on n.oid = c.relnamespace
    )
    select concat_ws(' ', 'schema', n.nspname, n.nspacl::text) as fact from pg_namespace as n where n.nspname in ('private', 'sovereign_sync')
    union all
    select concat_ws(
      ' ', 'relation', r.name, r.relkind, r.relowner::regrole, r.relrowsecurity, r.reloptions, acl.items,
      obj_description(r.oid, 'pg_class'), case when r.relkind = 'v' then pg_get_viewdef(r.oid) end
    )
    from relations as r
    cross join lateral (select array(select a::text from unnest(r.relacl) as a order by 1) as items) as acl
    where r.relkind <> 'i'
    union all
    select concat_ws(
      ' ', 'column', r.name, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity,
      pg_get_expr(d.adbin, d.adrelid), a.attacl, col_description(r.oid, a.attnum)
    )
    from relations as r
    join pg_attribute as a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
    left join pg_attrdef as d on d.adrelid = r.oid and d.adnum = a.attnum
    where r.relkind in ('r', 'v')
    union all
    select concat_ws(' ', 'constraint', r.name, c.conname, pg_get_constraintdef(c.oid))
    from pg_constraint as c join relations as r on r.oid = c.conrelid
    union all
    select concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid))
    from pg_index as i join relations as r on r.oid = i.indrelid
    union all
    select concat_ws(' ', 'policy', r.name, p.polname, p.polcmd, p.polroles::regrole[], pg_get_expr(p.polqual, r.oid), pg_get_expr(p.polwithcheck, r.oid))
    from pg_policy as p join relations as r on r.oid = p.polrelid
    union all
    select concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid))
    from pg_trigger as t join relations as r on r.oid = t.tgrelid where not t.tgisinternal
    union all
    select concat_ws(' ', 'function', pg_get_functiondef(p.oid), acl.items, obj_description(p.oid, 'pg_proc'))
    from pg_proc as p
    join ours as n on n.oid = p.pronamespace
    cross join lateral (select array(select a::text from unnest(p.proacl) as a order by 1) as items) as acl
    union all
    select concat_ws(' ', 'job', j.jobname, j.schedule, j.command, j.active, j.username) from cron.job as j
    order by 1`;
  return rows.map(({ fact }) => fact);
}
