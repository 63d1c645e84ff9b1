import type postgres from "postgres";
import { assert, assertEquals, assertMatch, assertRejects } from "../support/assert.ts";
import { readCatalog } from "./read_catalog.ts";
import { FOLDED_TABLES, QUOTED_TABLES } from "./vercel_tables.ts";
import { PROJECT, withProject } from "./with_project.ts";

const applications = (sql: postgres.Sql) =>
  sql`select g3_application_number as id, applicationname as name from public.tblsovereignapplications order by 1`;

withProject("migrations push twice, and keep what is there", "", async ({ sql, push }) => {
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
  async ({ sql, push }) => {
    await push();
    assertEquals([...await applications(sql)], [{ id: "G3-1", name: "one" }, { id: "G3-2", name: "two" }]);
    const [kept] =
      await sql`select notes from public."tblSovereignApplications_before_sync" where "G3_application_number" = 'G3-1'`;
    assertEquals(kept, { notes: "kept" });
    // What it holds is as closed as ours.
    for (const table of ["tblSovereignApplications_before_sync", "tblSovereignApplicationsSyncLog_before_sync"]) {
      const [closed] = await sql`
        select c.relrowsecurity as rls, obj_description(c.oid) like 'The table of the Vercel version%' as commented, array(
          select r.role || ' ' || p.privilege
          from unnest(array['anon', 'authenticated', 'service_role']) as r (role),
            unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES']) as p (privilege)
          where has_table_privilege(r.role, c.oid, p.privilege)
            or p.privilege in ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES') and has_any_column_privilege(r.role, c.oid, p.privilege)
        ) as may
        from pg_class as c where c.oid = format('public.%I', ${table}::text)::regclass`;
      assertEquals(closed, { rls: true, commented: true, may: ["service_role SELECT"] }, table);
    }
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
    const [view] =
      await sql`select "applicationName" as name from public."tblSovereignApplications" where "G3_application_number" = 'G3-1'`;
    assertEquals(view, { name: "one" });
  },
);

withProject(
  "migrations go on with folded tables that exist, and close runs that never ended",
  FOLDED_TABLES,
  async ({ sql, push }) => {
    await push();
    assertEquals((await applications(sql)).length, 2);
    const log = await sql`select status from public.tblsovereignapplicationssynclog order by since_date`;
    assertEquals(log.map(({ status }) => status), ["failed", "failed"]);
  },
);

withProject(
  "migrations stop with what to do when a table of that name is another one, and lose nothing",
  `create table public."tblSovereignApplications" (number text); insert into public."tblSovereignApplications" values ('G3-1')`,
  async ({ sql, push }) => {
    const error = await assertRejects(push);
    assertMatch(
      error.message,
      /- public\."tblSovereignApplications": lacks g3_application_number; add what is missing/,
    );
    const [kept] = await sql`select number from public."tblSovereignApplications"`;
    assertEquals(kept, { number: "G3-1" });
    // Before anything else: only the extensions were there.
    const applied = await sql`select version from supabase_migrations.schema_migrations`;
    assertEquals(applied.map(({ version }) => version), ["20261101000000"]);
    await sql`alter table public."tblSovereignApplications" rename to legacy_applications`;
    await push();
    assertEquals((await applications(sql)).length, 0);
  },
);

/** What stops the migrations, and what each says. */
const REFUSALS: [what: string, before: string, message: RegExp][] = [
  [
    "a folded table without some of the columns",
    "create table public.tblsovereignapplications (g3_application_number text primary key, owner text)",
    /tblsovereignapplications: lacks .*applicationname/,
  ],
  [
    "a folded log without some of the columns, though the applications are well",
    `create table public.tblsovereignapplicationssynclog (id uuid primary key, since_date date not null);
     create table public."tblSovereignApplications" ("G3_application_number" text primary key)`,
    /tblsovereignapplicationssynclog: lacks .*sync_started_at/,
  ],
  [
    "a folded table with a column of another type",
    FOLDED_TABLES.replace("lastSavedDateTime timestamptz", "lastSavedDateTime text"),
    /tblsovereignapplications: lastsaveddatetime is text; alter table .* type timestamp with time zone/,
  ],
  [
    "a folded table without a key, so with keys that are null or there twice",
    FOLDED_TABLES.replace("G3_application_number text primary key", "G3_application_number text") +
    `; insert into public.tblSovereignApplications (G3_application_number) values (null), ('G3-1')`,
    /g3_application_number is no key; alter table public\.tblsovereignapplications add primary key \(g3_application_number\)/,
  ],
  [
    "a folded log with a column of ours that is another one",
    FOLDED_TABLES + "; alter table public.tblSovereignApplicationsSyncLog add column force text",
    /tblsovereignapplicationssynclog: force is text; alter table .* type boolean/,
  ],
  [
    "a view of the printed name",
    FOLDED_TABLES + `; create view public."tblSovereignApplications" as select 1 as one`,
    /public\."tblSovereignApplications": there already\..*Remove everything\.sql; rename what is somebody else's/,
  ],
  [
    "a quoted table whose key is kept already",
    QUOTED_TABLES + `; create table public."tblSovereignApplications_before_sync" ()`,
    /is to be kept as public\."tblSovereignApplications_before_sync", which is there already; drop or rename/,
  ],
  [
    "a quoted table that a view reads",
    QUOTED_TABLES +
    `; create view public.open_loans as select "applicationName" from public."tblSovereignApplications"`,
    /public\."tblSovereignApplications": the view open_loans reads it; drop the view/,
  ],
  [
    "a quoted table that another refers to",
    QUOTED_TABLES +
    `; create table public.notes (about text constraint about_one references public."tblSovereignApplications")`,
    /public\."tblSovereignApplications": notes refers to it; alter table notes drop constraint about_one/,
  ],
  [
    "a quoted table with a value that is no date",
    QUOTED_TABLES + `; alter table public."tblSovereignApplications" alter column "lastSavedDateTime" type text;
      update public."tblSovereignApplications" set "lastSavedDateTime" = 'secret'`,
    /"lastSavedDateTime" has values that are not a timestamp with time zone; mend or delete them/,
  ],
  [
    "a quoted log with an unknown status and no since_date",
    QUOTED_TABLES + `; alter table public."tblSovereignApplicationsSyncLog" alter column since_date drop not null;
      insert into public."tblSovereignApplicationsSyncLog" (status) values ('started')`,
    /since_date has values that are not a date;[^]*status has values that are not running, completed or failed/,
  ],
  [
    "an index of our name on another table",
    "create table public.other (status text); create index idx_sync_log_status on public.other (status)",
    /public\.idx_sync_log_status: belongs to other; alter index public\.idx_sync_log_status rename to/,
  ],
  [
    "a type, a table and a function of our names, all said at once",
    `create type public.sync_status as enum ('well'); create table public.sync_settings ();
     create function public.sync_now(how text) returns text language sql as 'select how'`,
    /public\.sync_settings, public\.sync_status, sync_now\(text\): there already/,
  ],
  [
    "a schema of our name with something in it",
    "create schema sovereign_sync; create table sovereign_sync.notes (note text)",
    /- schema sovereign_sync: there already/,
  ],
];

withProject("migrations stop, saying what to do, at each thing that would be in the way", "", async ({ sql }) => {
  const check = Deno.readTextFileSync(`${PROJECT}/supabase/migrations/20261101000100_check_what_is_there.sql`);
  for (const [what, before, message] of REFUSALS) {
    // As db push does it: one file, one transaction.
    const error = await assertRejects(() => sql.begin((transaction) => transaction.unsafe(`${before};${check}`)));
    assertMatch(error.message, /^Cannot install the sync; nothing has been changed:\n- /, what);
    assertMatch(error.message, message, what);
    assert(!error.message.includes("secret"), what);
  }
});

withProject(
  "migrations do not touch a team's own schema private, nor mind its names",
  `create schema private;
   create function private.is_operator() returns boolean language sql as 'select false';
   create table private.sync_dispatches (note text)`,
  async ({ sql, push }) => {
    const isTheirs = (fact: string) => / private[. ]/.test(fact);
    const before = (await readCatalog(sql)).filter(isTheirs);
    await push();
    assertEquals((await readCatalog(sql)).filter(isTheirs), before);
    assertEquals([...await sql`select sovereign_sync.is_operator() as ours, private.is_operator() as theirs`], [
      { ours: true, theirs: false },
    ]);
  },
);

withProject(
  "migrations stop at tables of another owner, naming the statement, and adopt them once it was run",
  `create role prisma login; grant create on schema public to prisma; grant prisma to postgres; set role prisma;
   ${QUOTED_TABLES}; ${FOLDED_TABLES}; reset role; revoke prisma from postgres`,
  async ({ sql, push }) => {
    const was = await readCatalog(sql);
    const error = await assertRejects(push);
    const statements = [
      ...error.message.matchAll(
        /: belongs to prisma; .*(grant prisma to postgres)": (alter table .+ owner to postgres)/g,
      ),
    ];
    assertEquals(statements.length, 4, error.message);
    assertEquals(await readCatalog(sql), was);
    // As it is printed, by postgres.
    for (const [, grant = "", statement = ""] of statements) await sql.unsafe(`${grant}; ${statement}`);
    await push();
    assertEquals((await applications(sql)).length, 2);
  },
);

withProject(
  "migrations adopt of several rows of one key the newest, and none without a key",
  `create table public."tblSovereignApplications" ("G3_application_number" text, "applicationName" text, "lastSavedDateTime" text);
   insert into public."tblSovereignApplications" values
     ('G3-1', 'older', '2026-01-01'), ('G3-1', 'newest', '2026-01-03'), ('G3-1', 'undated', null), (null, 'nobody', null)`,
  async ({ sql, push }) => {
    await push();
    assertEquals([...await applications(sql)], [{ id: "G3-1", name: "newest" }]);
    const [kept] = await sql`select count(*)::int as rows from public."tblSovereignApplications_before_sync"`;
    assertEquals(kept, { rows: 4 });
  },
);

withProject("migrations tell the Data API to read the schema anew", "", async ({ sql, push }) => {
  const told = Promise.withResolvers<string>();
  const { unlisten } = await sql.listen("pgrst", told.resolve);
  await push();
  assertEquals(await told.promise, "reload schema");
  await unlisten();
});

withProject(
  "schedule_sync() names a job of the same name that belongs to another, and leaves it",
  "",
  async ({ sql, superuser, push }) => {
    const [{ id } = { id: 0 }] = await superuser`select cron.schedule('watch-sync', '0 0 1 1 *', 'select 1') as id`;
    await push();
    const [said] = await sql`select sovereign_sync.schedule_sync() as text`;
    assertMatch(
      said?.text,
      new RegExp(`Others' jobs of the same name tick too: watch-sync \\(job ${id} of supabase_admin\\)`),
    );
    assertEquals((await sql`select from cron.job`).length, 5);
  },
);

withProject(
  "the migrations' grants hold on a database whose default privileges grant everything",
  `alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
   alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
   alter default privileges in schema public grant all on sequences to anon, authenticated, service_role`,
  async ({ sql, push }) => {
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
