import { type Check, fail, ok, type Step } from "./check.ts";
import { hand, identifier, sql } from "./steps.ts";
import type { Subject } from "./subject.ts";

// Of the Vercel version, by its quoted names: the migrations adopt them, as their owner.
const ADOPTED = ["tblSovereignApplications", "tblSovereignApplicationsSyncLog"];

/** Whether all of it belongs to the role that migrates: another's objects can be neither changed nor replaced. */
export async function checkOwnership({ sql: database, expected }: Subject): Promise<Check> {
  const names = [...expected.objects.keys()];
  const rows = await database`
    with objects as (
      select
        case c.relkind when 'v' then 'view' else 'table' end as kind,
        n.nspname || '.' || quote_ident(c.relname) as name,
        n.nspname || '.' || quote_ident(c.relname) as signature, c.relowner as owner,
        n.nspname = 'public' and c.relname = any (${ADOPTED}) and c.relkind in ('r', 'p') as is_adopted
      from pg_class as c join pg_namespace as n on n.oid = c.relnamespace where c.relkind in ('r', 'p', 'v')
      union all
      select 'function', n.nspname || '.' || quote_ident(p.proname),
        format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)), p.proowner, false
      from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
      union all
      select 'schema', n.nspname, n.nspname, n.nspowner, n.nspname = 'sovereign_sync' from pg_namespace as n
    )
    select o.kind, o.signature, r.rolname as owner, r.rolsuper as is_super, current_user::text as me
    from objects as o join pg_roles as r on r.oid = o.owner
    where (o.name = any (${names}) or o.is_adopted) and r.rolname <> current_user
    order by r.rolname, o.kind, o.signature`;
  const owners = [...new Set(rows.map(({ owner }) => String(owner)))];
  if (rows.length === 0) return ok("ownership", "all of it belongs to this role");
  const detail = owners.map((owner) => {
    const [first, ...others] = rows.filter((row) => row.owner === owner);
    return `${first?.kind} ${first?.signature}${others.length > 0 ? ` and ${others.length} more` : ""} of ${owner}`;
  }).join("; ");
  const fix = owners.flatMap((owner) => giveTo(rows.filter((row) => row.owner === owner) as Owned[]));
  return fail("ownership", `not of ${rows[0]?.me}: ${detail}`, ...fix);
}

interface Owned {
  kind: string;
  signature: string;
  owner: string;
  is_super: boolean;
  me: string;
}

function giveTo(rows: Owned[]): Step[] {
  const [{ owner = "", is_super: isSuper = false, me = "" } = {}] = rows;
  const statements = rows.map(({ kind, signature }) => `alter ${kind} ${signature} owner to ${identifier(me)};`);
  if (isSuper) return [hand(`as ${owner}, a superuser: ${statements.join(" ")}`)];
  return [
    sql(`grant ${identifier(owner)} to ${identifier(me)};`),
    ...statements.map(sql),
    sql(`revoke ${identifier(owner)} from ${identifier(me)};`),
  ];
}
