import { type Check, fail, ok } from "./check.ts";
import { identifier, sql } from "./steps.ts";
import type { Subject } from "./subject.ts";

/** What stands between a role that may read a table and its rows; and the triggers that guard the rows. */
export async function checkRowSecurity({ sql: database, expected }: Subject): Promise<Check[]> {
  const tables = [...expected.objects].filter(([, { kind }]) => kind === "table").map(([name]) => name);
  const rows = await database`
    select n.nspname || '.' || quote_ident(c.relname) as name, c.relrowsecurity as is_on,
      array(select p.polname::text from pg_policy as p where p.polrelid = c.oid) as policies,
      array(select t.tgname::text from pg_trigger as t where t.tgrelid = c.oid and not t.tgisinternal) as triggers,
      array(select t.tgname::text from pg_trigger as t where t.tgrelid = c.oid and not t.tgisinternal and t.tgenabled = 'D')
        as disabled
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p') and (
      n.nspname || '.' || quote_ident(c.relname) = any (${tables})
      or n.nspname = 'public' and c.relname like 'tblSovereign%\\_before\\_sync'
    )
    order by 1`;
  const off = rows.filter((row) => !row.is_on).map(({ name }) => String(name));
  const lacking = expected.policies.filter(({ table, name }) =>
    rows.some((row) => row.name === table && !row.policies.includes(name))
  );
  const gone = expected.triggers.filter(({ table, name }) =>
    rows.some((row) => row.name === table && !row.triggers.includes(name))
  );
  const disabled = rows.flatMap(({ name, disabled }) => disabled.map((trigger: string) => ({ table: name, trigger })));
  return [
    off.length === 0 ? ok("row level security", "on for every table") : fail(
      "row level security",
      `off for ${off.join(", ")}`,
      ...off.map((name) => sql(`alter table ${name} enable row level security;`)),
    ),
    lacking.length === 0 ? ok("policies", "all there") : fail(
      "policies",
      `missing: ${lacking.map(({ table, name }) => `"${name}" on ${table}`).join(", ")}`,
      ...lacking.map(({ statement }) => sql(oneLine(statement))),
    ),
    disabled.length + gone.length === 0 ? ok("triggers", "all there") : fail(
      "triggers",
      [
        ...gone.map(({ table, name }) => `missing: ${name} on ${table}`),
        ...disabled.map(({ table, trigger }) => `disabled: ${trigger} on ${table}`),
      ].join("; "),
      ...gone.map(({ statement }) => sql(oneLine(statement))),
      ...disabled.map(({ table, trigger }) => sql(`alter table ${table} enable trigger ${identifier(trigger)};`)),
    ),
  ];
}

function oneLine(statement: string): string {
  return statement.replaceAll(/\s+/g, " ");
}
