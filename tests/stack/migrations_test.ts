import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { assert, assertEquals, assertMatch, assertRejects } from "../support/assert.ts";
import { bootstrap } from "./bootstrap.ts";
import { createCluster } from "./cluster.ts";
import { findPostgres } from "./find_postgres.ts";
import { migrate } from "./migrate.ts";
import { freePort } from "./ports.ts";
import { readPostgres } from "./read_flags.ts";
import { createSecrets } from "./secrets.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** What the Vercel version may have left: quoted names, some of the columns, a run that never ended. */
const QUOTED_TABLES = `
  create table public."tblSovereignApplications" (
    "G3_application_number" text primary key, "applicationName" text, "appStatusCode" text,
    "lastSavedDateTime" timestamptz, "notes" text, created_at timestamptz default now(), updated_at timestamptz default now()
  );
  insert into public."tblSovereignApplications" values
    ('G3-1', 'one', 'APP', '2026-01-01T00:00:00Z', 'kept', '2025-01-01', '2025-01-02'), ('G3-2', 'two', null, null, null, now(), now());
  create table public."tblSovereignApplicationsSyncLog" (
    id uuid primary key default gen_random_uuid(), since_date date not null, sync_started_at timestamptz default now(),
    sync_completed_at timestamptz, applications_found integer default 0, status text
  );
  insert into public."tblSovereignApplicationsSyncLog" (since_date, status, sync_completed_at)
  values ('2025-06-01', 'completed', now()), ('2025-06-02', 'running', null), ('2025-06-03', 'running', null);
  create unique index idx_sovereign_apps_g3_number on public."tblSovereignApplications" ("G3_application_number");
  create index idx_sovereign_apps_status on public."tblSovereignApplications" ("appStatusCode");
  create index idx_sync_log_status on public."tblSovereignApplicationsSyncLog" (status)`;

/** The specification's DDL, as printed: folded. */
const FOLDED_TABLES = `
  create table public.tblSovereignApplications (
    G3_application_number text primary key, applicationInternalNumber text, applicationName text, clientApplication text,
    loadedByClientNumber text, owner text, applicationTitle text, tradingBranch text, salesChannel text, subPrime text,
    comparisonRatesSupplied text, paymentMethod text, type text, appStatusDesc text, appStatusCode text,
    currentTaskWith text, lastSavedDateTime timestamptz, created_at timestamptz default now(), updated_at timestamptz default now()
  );
  insert into public.tblSovereignApplications (G3_application_number, applicationName) values ('G3-1', 'one'), ('G3-2', 'two');
  create table public.tblSovereignApplicationsSyncLog (
    id uuid primary key default gen_random_uuid(), since_date date not null, sync_started_at timestamptz default now(),
    sync_completed_at timestamptz, applications_found integer default 0, applications_fetched integer default 0,
    applications_upserted integer default 0, fetch_failures integer default 0, upsert_failures integer default 0,
    status text check (status in ('running', 'completed', 'failed')), error_details jsonb
  );
  insert into public.tblSovereignApplicationsSyncLog (since_date, status) values ('2025-06-01', 'running'), ('2025-06-02', 'failed')`;

/** Runs a test on a new project whose database holds something already. */
function withProject(
  name: string,
  before: string,
  test: (sql: postgres.Sql, push: () => Promise<void>) => Promise<void>,
): void {
  Deno.test(name, async () => {
    const server = await findPostgres(() => {}, readPostgres(Deno.env.get("POSTGRES")));
    const folder = Deno.makeTempDirSync({ prefix: "sovereign-sync-" });
    const secrets = await createSecrets();
    const cluster = await createCluster(server, folder, freePort(), secrets);
    const url = cluster.url("postgres", secrets.postgresPassword);
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    try {
      await bootstrap(cluster.url("supabase_admin", secrets.superuserPassword), server, secrets);
      if (before) await sql.unsafe(before);
      await test(sql, () => migrate(url, PROJECT, { PROJECT_URL: "http://127.0.0.1:9", CRON_SECRET: "x" }));
    } finally {
      await sql.end();
      await cluster.stop();
      Deno.removeSync(folder, { recursive: true });
    }
  });
}

const applications = (sql: postgres.Sql) =>
  sql`select g3_application_number as id, applicationname as name from public.tblsovereignapplications order by 1`;

withProject("migrations push twice, and keep what is there", "", async (sql, push) => {
  await push();
  await sql`insert into public.tblsovereignapplications (g3_application_number) values ('G3-1')`;
  await push();
  assertEquals((await applications(sql)).length, 1);
  const jobs = await sql`select count(*)::int as count from cron.job`;
  assertEquals([...jobs], [{ count: 4 }]);
  const secrets = await sql`select name from vault.secrets order by name`;
  assertEquals(secrets.map(({ name }) => name), ["cron_secret", "project_url"]);
});

withProject(
  "migrations adopt the quoted tables of the Vercel version, row by row, and keep the old ones",
  QUOTED_TABLES,
  async (sql, push) => {
    await push();
    assertEquals([...await applications(sql)], [{ id: "G3-1", name: "one" }, { id: "G3-2", name: "two" }]);
    const [kept] =
      await sql`select notes from public."tblSovereignApplications_before_sync" where "G3_application_number" = 'G3-1'`;
    assertEquals(kept, { notes: "kept" });
    const log = await sql`
    select status, sync_completed_at is not null as ended, moves_watermark as moves
    from public.tblsovereignapplicationssynclog order by since_date`;
    assertEquals([...log], [
      { status: "completed", ended: true, moves: false },
      { status: "failed", ended: true, moves: false },
      { status: "failed", ended: true, moves: false },
    ]);
    // The old tables had indexes of the specification's names; ours have them now.
    const indexes = await sql`
      select indexname as name from pg_indexes where indexname in
        ('idx_sovereign_apps_g3_number', 'idx_sovereign_apps_status', 'idx_sync_log_status')
        and tablename in ('tblsovereignapplications', 'tblsovereignapplicationssynclog')`;
    assertEquals(indexes.length, 3);
    const helpers = await sql`select proname from pg_proc where pronamespace = 'private'::regnamespace
      and proname ~ 'adopt|quoted|columns|index'`;
    assertEquals([...helpers], []);
    const [view] =
      await sql`select "applicationName" as name from public."tblSovereignApplications" where "G3_application_number" = 'G3-1'`;
    assertEquals(view, { name: "one" });
  },
);

withProject(
  "migrations go on with folded tables that exist, and close runs that never ended",
  FOLDED_TABLES,
  async (sql, push) => {
    await push();
    assertEquals((await applications(sql)).length, 2);
    const log = await sql`select status from public.tblsovereignapplicationssynclog order by since_date`;
    assertEquals(log.map(({ status }) => status), ["failed", "failed"]);
  },
);

withProject(
  "migrations stop with what to do when a table of that name is another one, and lose nothing",
  `create table public."tblSovereignApplications" (number text); insert into public."tblSovereignApplications" values ('G3-1')`,
  async (sql, push) => {
    const error = await assertRejects(push);
    assertMatch(
      error.message,
      /Cannot adopt public\."tblSovereignApplications": it has no column g3_application_number/,
    );
    const [kept] = await sql`select number from public."tblSovereignApplications"`;
    assertEquals(kept, { number: "G3-1" });
    await sql`alter table public."tblSovereignApplications" rename to legacy_applications`;
    await push();
    assertEquals((await applications(sql)).length, 0);
  },
);

withProject(
  "migrations stop with what to do when a folded table lacks a column",
  "create table public.tblsovereignapplications (g3_application_number text primary key, owner text)",
  async (sql, push) => {
    const error = await assertRejects(push);
    assertMatch(error.message, /public\.tblsovereignapplications exists and lacks: .*applicationname/);
    const [table] =
      await sql`select count(*)::int as columns from information_schema.columns where table_name = 'tblsovereignapplications'`;
    assertEquals(table, { columns: 2 });
    assert((await sql`select to_regclass('public.tblsovereignapplicationssynclog') is null as none`)[0]?.none);
  },
);

withProject(
  "migrations stop before anything is changed when the folded log lacks a column, though the applications are well",
  `create table public.tblsovereignapplicationssynclog (id uuid primary key, since_date date not null);
   create table public."tblSovereignApplications" ("G3_application_number" text primary key)`,
  async (sql, push) => {
    const error = await assertRejects(push);
    assertMatch(error.message, /public\.tblsovereignapplicationssynclog exists and lacks: .*sync_started_at/);
    const tables = await sql`
      select c.relname as name from pg_class as c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v') order by 1`;
    assertEquals(tables.map(({ name }) => name), ["tblSovereignApplications", "tblsovereignapplicationssynclog"]);
    const [columns] = await sql`
      select count(*)::int as count from information_schema.columns where table_name = 'tblsovereignapplicationssynclog'`;
    assertEquals(columns, { count: 2 });
  },
);

withProject(
  "the migrations' grants hold on a database whose default privileges grant everything",
  `alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
   alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
   alter default privileges in schema public grant all on sequences to anon, authenticated, service_role`,
  async (sql, push) => {
    await push();
    const { host, port, pass } = sql.options;
    const prove = await new Deno.Command("pg_prove", {
      args: ["--ext", ".sql", "tests/database"],
      cwd: PROJECT,
      env: {
        PGHOST: String(host[0]),
        PGPORT: String(port[0]),
        PGUSER: "postgres",
        PGDATABASE: "postgres",
        PGPASSWORD: String(pass),
      },
    }).output();
    const output = new TextDecoder().decode(prove.stdout) + new TextDecoder().decode(prove.stderr);
    assert(prove.success, output.slice(-4000));
    assertMatch(output, /Result: PASS/);
  },
);
