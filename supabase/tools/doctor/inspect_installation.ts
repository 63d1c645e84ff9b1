import { codeOf, type Subject } from "./subject.ts";

/** The data and its record: they stay when the sync is removed, and are found again when it comes back. */
export const KEPT = ["public.tblsovereignapplications", "public.tblsovereignapplicationssynclog"];

/** What of the sync is in a database. */
export interface Installation {
  /** Names of objects, as in `Expected.objects`. */
  present: Set<string>;
  missing: string[];
  /** Versions of which something is there. */
  begun: Set<string>;
  /** Versions the history holds, or undefined when there is no history. */
  applied: string[] | undefined;
  /** Whether jobs of ours are left in cron.job. */
  hasJobs: boolean;
  hasWebhook: boolean;
  /** Whether there are quoted tables of the Vercel version, which the migrations adopt. */
  hasVercelTables: boolean;
}

/** By name and kind: a table of the Vercel version bears the name of a view. */
export async function inspectInstallation({ sql, expected }: Subject): Promise<Installation> {
  const rows = await sql`
    select case c.relkind when 'v' then 'view' else 'table' end as kind, n.nspname || '.' || quote_ident(c.relname) as name
    from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
    where n.nspname in ('public', 'sovereign_sync') and c.relkind in ('r', 'p', 'v')
    union
    select 'function', n.nspname || '.' || quote_ident(p.proname)
    from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace where n.nspname in ('public', 'sovereign_sync')`;
  const there = new Set(rows.map(({ kind, name }) => `${kind} ${name}`));
  const isThere = ([name, { kind }]: [string, { kind: string }]) => there.has(`${kind} ${name}`);
  const objects = [...expected.objects];
  const history = await sql`select version from supabase_migrations.schema_migrations order by version`.catch(
    (error) => {
      if (codeOf(error) === "42P01") return undefined;
      throw error;
    },
  );
  // No pg_cron has no jobs, no Vault no secrets: their own line says so.
  const jobs = await sql`
    select from cron.job
    where jobname in ('sync-applications', 'watch-sync', 'reconcile-sync', 'prune-sync-records')`.catch(() => []);
  const secrets = await sql`select from vault.secrets where name = 'alert_webhook_url'`.catch(() => []);
  return {
    present: new Set(objects.filter(isThere).map(([name]) => name)),
    begun: new Set(
      objects.filter((object) => isThere(object) && !KEPT.includes(object[0])).map(([, { version }]) => version),
    ),
    missing: objects.filter((object) => !isThere(object)).map(([name]) => name),
    applied: history?.map(({ version }) => String(version)),
    hasJobs: jobs.length > 0,
    hasWebhook: secrets.length > 0,
    hasVercelTables: objects.some(([name, { kind }]) => kind === "view" && there.has(`table ${name}`)),
  };
}

/** Some of the names, and how many more there are. */
export function enumerate(names: string[], shown = 5): string {
  const some = names.slice(0, shown).join(", ");
  return names.length > shown ? `${some} and ${names.length - shown} more` : some;
}
