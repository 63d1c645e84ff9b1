import { type Check, fail, ok } from "./check.ts";
import type { Expected } from "./read_migrations.ts";
import { sql } from "./steps.ts";
import type { Subject } from "./subject.ts";

const SHOWN = 4;

/** A privilege somebody has or is to have. `target` is as GRANT has it: `table public.sync_runs`. */
interface Privilege {
  target: string;
  role: string;
  privilege: string;
}

/**
 * Who may do what, compared with the migrations' grants: the outer roles may nothing else, and nobody less. Kept tables of
 * the Vercel version (`…_before_sync`) are nobody's.
 */
export async function checkAccess({ sql: database, expected }: Subject): Promise<Check[]> {
  const has = await readPrivileges(database, expected);
  const wanted = await readWanted(database, expected);
  const key = ({ target, role, privilege }: Privilege) => `${role} ${privilege} ${target}`;
  const [hasKeys, wantedKeys] = [new Set(has.map(key)), new Set(wanted.map(key))];
  const excess = has.filter((one) => one.role !== "service_role" && !wantedKeys.has(key(one)));
  const missing = wanted.filter((one) => !hasKeys.has(key(one)));
  return [
    excess.length === 0 ? ok("nobody gets in", "anon nothing, authenticated reads") : fail(
      "nobody gets in",
      describe(excess, "may"),
      ...excess.map(({ target, role, privilege }) =>
        sql(`revoke ${privilege.toLowerCase()} on ${target} from ${role};`)
      ),
    ),
    missing.length === 0 ? ok("grants", "whoever is to work can") : fail(
      "grants",
      describe(missing, "may not"),
      ...missing.map(({ target, role, privilege }) => sql(`grant ${privilege.toLowerCase()} on ${target} to ${role};`)),
    ),
  ];
}

function describe(privileges: Privilege[], may: string): string {
  const shown = privileges.slice(0, SHOWN).map(({ target, role, privilege }) =>
    `${role} ${may} ${privilege.toLowerCase()} ${target}`
  );
  return shown.join("; ") + (privileges.length > SHOWN ? `; and ${privileges.length - SHOWN} more` : "");
}

async function readPrivileges(database: Subject["sql"], { objects }: Expected): Promise<Privilege[]> {
  const rows = await database`
    with relations as (
      select c.*, n.nspname || '.' || quote_ident(c.relname) as name
      from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
      where n.nspname || '.' || quote_ident(c.relname) = any (${[
    ...objects.keys(),
  ]}) or n.nspname = 'sovereign_sync' and c.relkind = 'S'
        or n.nspname = 'public' and c.relkind in ('r', 'p') and c.relname like 'tblSovereign%\\_before\\_sync'
    ),
    functions as (
      select p.*, format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) as signature
      from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
      where n.nspname || '.' || quote_ident(p.proname) = any (${[...objects.keys()]})
    ),
    privileges as (
      select case c.relkind when 'S' then 'sequence ' else 'table ' end || c.name as target, a.grantee, a.privilege_type
      from relations as c,
        aclexplode(coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))) as a
      union all
      select 'table ' || c.name, a.grantee, format('%s (%I)', a.privilege_type, t.attname)
      from relations as c join pg_attribute as t on t.attrelid = c.oid, aclexplode(t.attacl) as a
      union all
      select 'function ' || f.signature, a.grantee, a.privilege_type
      from functions as f, aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) as a
      union all
      select 'schema ' || n.nspname, a.grantee, a.privilege_type
      from pg_namespace as n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) as a
      where n.nspname = 'sovereign_sync'
    )
    select target, coalesce(r.rolname, 'public') as role, privilege_type as privilege
    from privileges as p left join pg_roles as r on r.oid = p.grantee
    where p.grantee = 0 or r.rolname in ('anon', 'authenticated', 'service_role')
    order by 1, 2, 3`;
  return rows.map(({ target, role, privilege }) => ({ target, role, privilege }));
}

/** What the migrations grant on what is there; functions by the signature Postgres writes. */
async function readWanted(database: Subject["sql"], { grants }: Expected): Promise<Privilege[]> {
  const rows = await database`
    select t.target, case split_part(t.target, ' ', 1)
      when 'function' then (
        select format('function %I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid))
        from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
        -- A name alone is enough where there is one function of it.
        where p.oid = case when f.signature like '%(%' then to_regprocedure(f.signature) else to_regproc(f.signature) end
      )
      when 'table' then (select t.target from pg_class as c where c.oid = to_regclass(f.signature))
      else (select t.target from pg_namespace as n where n.nspname = f.signature)
    end as found
    from unnest(${[...grants.keys()]}::text[]) as t (target),
      lateral (select substring(t.target from ' (.*)') as signature) as f`;
  return rows.filter(({ found }) => found !== null).flatMap(({ target, found }) =>
    [...grants.get(target) ?? []].flatMap(([role, privileges]) =>
      privileges.map((privilege) => ({ target: String(found), role, privilege }))
    )
  );
}
