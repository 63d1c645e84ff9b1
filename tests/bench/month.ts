import { emptyTables, setProjectUrl, type Sql } from "../support/database.ts";
import { detail } from "../support/fake_applications.ts";
import { createFakeOcc, envelope } from "../support/fake_lambda.ts";
import { serve } from "../stack/serve.ts";
import { type Benchmark, type Figures, type Form, round } from "./benchmark.ts";
import { fillTables } from "./fill_tables.ts";
import type { Bench } from "./open_bench.ts";
import { CHANGES, createSync, TICKS } from "./steady_day.ts";

const APPLICATIONS = 20_000;
const DAYS: Record<Form, number> = { short: 1, normal: 30, full: 30 };
const TICKS_PER_HOUR = 12;
/** As long as what was there before: else the content would shrink, and its table not. */
const ATTRIBUTES = {
  applicationInternalNumber: "5012345",
  applicationName: "Home loan 12345",
  clientApplication: "Y",
  loadedByClientNumber: "4711",
  owner: "Lending team B",
  applicationTitle: "Home loan",
  tradingBranch: "Harbour",
  salesChannel: "Branch",
  subPrime: "N",
  comparisonRatesSupplied: "Y",
  paymentMethod: "Direct debit",
  type: "Consumer",
  appStatusDesc: "Approved",
  appStatusCode: "SETT",
  currentTaskWith: "Lending team B",
};
/** Of content: what has less is in a few pages, or empty between two runs, but for the room of a list. All count in the sum. */
const NAMED_FROM_BYTES = 500_000;

/**
 * Whether what the sync changes all day makes its tables grow beyond what is in them: 30 days of ticks, changes and
 * reconciliations, played back to back, autovacuum by its own rules every hour of them. What they would take, freshly
 * written (`vacuum full`), is what is in them.
 */
export const month: Benchmark = {
  key: "month",
  work: "30 days of 288 ticks and 1,000 changes among 20,000 applications: the size of the tables to their content",
  goals: [
    { figure: "tablesToContent", about: "the tables after 30 such days, to their content", atMost: 1.2 },
    { figure: "worstTableToContent", about: "the worst of them", atMost: 1.2 },
  ],
  async measure(bench, form) {
    await emptyTables(bench.sql);
    await fillTables(bench.sql, APPLICATIONS);
    await vacuumFull(bench.sql);
    await play(bench, DAYS[form]);
    const grown = await readSizes(bench.sql);
    await vacuumFull(bench.sql);
    const content = await readSizes(bench.sql);
    await emptyTables(bench.sql);
    await bench.sql`update sovereign_sync.settings set keep_log_for = default, keep_job_runs_for = default`;
    return describe(grown, content);
  },
};

async function play(bench: Bench, days: number): Promise<void> {
  const { sql } = bench;
  const changed = new Map<string, { day: number; saved: string }>();
  let today = 0;
  let listedDays = 2;
  const occ = createFakeOcc((payload) => {
    const id = payload.application_external_number ?? "";
    if (payload.functionName !== "by-date") return detail(id, changed.get(id)?.saved, ATTRIBUTES);
    const listed = [...changed].filter(([, { day }]) => day > today - listedDays);
    return envelope(listed.map(([id, { saved }]) => ({ id, attributes: { lastSavedDateTime: saved } })));
  });
  const sync = createSync(bench, occ);
  const accepting = serve(0, () => Response.json({ success: true }, { status: 202 }));
  await setProjectUrl(sql, accepting.url);
  const startedAt = performance.now();
  for (; today < days; today++) {
    for (let tick = 0; tick < TICKS; tick++) {
      for (
        let change = Math.floor((CHANGES * tick) / TICKS);
        change < Math.floor((CHANGES * (tick + 1)) / TICKS);
        change++
      ) {
        // Some change often, most seldom.
        const id = `G3-${1 + Math.floor(APPLICATIONS * Math.random() ** 2)}`;
        changed.set(id, { day: today, saved: new Date().toISOString() });
      }
      await sql`select sovereign_sync.invoke_sync_applications()`;
      await sync("schedule");
      await sql`select sovereign_sync.watch_sync()`;
      if (tick % TICKS_PER_HOUR === 0) await playAutovacuum(sql);
    }
    listedDays = 30;
    await sync("reconciliation");
    listedDays = 2;
    await prune(sql, (performance.now() - startedAt) / (today + 1));
    await playAutovacuum(sql);
  }
  await accepting.stop();
}

/** A day is as long as it took to play: what is kept for a week or a quarter is kept for as many of these. */
async function prune(sql: Sql, dayMs: number): Promise<void> {
  await sql`
    update public.sync_settings set
      keep_log_for = ${`${90 * dayMs} milliseconds`}::interval, keep_job_runs_for = ${`${
    7 * dayMs
  } milliseconds`}::interval`;
  await sql`select sovereign_sync.prune_sync_records()`;
}

/** What autovacuum would look at: its own thresholds, where a table has none. */
async function playAutovacuum(sql: Sql): Promise<void> {
  const due = await sql<{ name: string }[]>`
    select format('%I.%I', t.schemaname, t.relname) as name
    from pg_catalog.pg_stat_user_tables as t
    join pg_catalog.pg_class as c on c.oid = t.relid
    cross join lateral (
      select
        coalesce(max(o.option_value) filter (where o.option_name = 'autovacuum_vacuum_threshold'),
          current_setting('autovacuum_vacuum_threshold'))::float as base,
        coalesce(max(o.option_value) filter (where o.option_name = 'autovacuum_vacuum_scale_factor'),
          current_setting('autovacuum_vacuum_scale_factor'))::float as factor
      from pg_catalog.pg_options_to_table(c.reloptions) as o
    ) as s
    where t.schemaname in ('public', 'sovereign_sync') and t.n_dead_tup > s.base + s.factor * greatest(c.reltuples, 0)`;
  for (const { name } of due) await sql.unsafe(`vacuum analyze ${name}`);
}

async function vacuumFull(sql: Sql): Promise<void> {
  for (const { name } of await readSizes(sql)) await sql.unsafe(`vacuum full analyze ${name}`);
}

interface Size {
  name: string;
  table: number;
  indexes: number;
}

function readSizes(sql: Sql): Promise<Size[]> {
  return sql<Size[]>`
    select
      format('%I.%I', n.nspname, c.relname) as name, pg_table_size(c.oid)::float as table,
      pg_indexes_size(c.oid)::float as indexes
    from pg_catalog.pg_class as c
    join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
    where n.nspname in ('public', 'sovereign_sync') and c.relkind = 'r'
    order by name`;
}

function describe(grown: Size[], content: Size[]): Figures {
  const tables = grown.map((size, index) => ({ ...size, content: content[index]?.table ?? 0 }));
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  const named = tables.filter(({ content }) => content >= NAMED_FROM_BYTES);
  const ratios = named.map(({ name, table, content }): [string, number] => [name, round(table / content)]);
  return {
    tablesToContent: round(sum(tables.map(({ table }) => table)) / sum(tables.map(({ content }) => content))),
    worstTableToContent: Math.max(...ratios.map(([, ratio]) => ratio)),
    indexesToContent: round(sum(grown.map(({ indexes }) => indexes)) / sum(content.map(({ indexes }) => indexes))),
    tablesMb: round(sum(tables.map(({ table }) => table)) / 1024 ** 2),
    byTable: Object.fromEntries(ratios),
  };
}
