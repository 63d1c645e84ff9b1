import type postgres from "postgres";
import { assertEquals } from "../support/assert.ts";
import { findLosses, readHoldings } from "./frozen_schema/find_losses.ts";
import { readManifest } from "./frozen_schema/manifest.ts";
import { PROJECT, withProject } from "./with_project.ts";

const DATA = Deno.readTextFileSync(new URL("frozen_schema/data.sql", import.meta.url));

/** Losses a migration means: the lines findLosses() says, each with its reason in the migration and the CHANGELOG. */
const MEANT: string[] = [];

/** Runs work with a project folder that has some of the migrations, and perhaps others. */
async function withMigrations(
  names: string[],
  added: Record<string, string>,
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "migrations-" });
  try {
    await Deno.mkdir(`${folder}/supabase/migrations`, { recursive: true });
    for (const path of ["config.toml", ...names.map((name) => `migrations/${name}`)]) {
      await Deno.copyFile(`${PROJECT}/supabase/${path}`, `${folder}/supabase/${path}`);
    }
    for (const [name, text] of Object.entries(added)) {
      await Deno.writeTextFile(`${folder}/supabase/migrations/${name}`, text);
    }
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** As the release installed it, with data in it. */
async function fillFrozen(sql: postgres.Sql, push: (folder: string) => Promise<void>): Promise<void> {
  await withMigrations(Object.keys(readManifest().migrations), {}, push);
  // What the jobs would do meanwhile is no loss.
  await sql`select cron.alter_job(jobid, schedule := '0 0 31 2 *') from cron.job`;
  await sql.unsafe(DATA);
}

withProject("an upgrade of the frozen schema loses nothing that is in it", "", async ({ sql, push }) => {
  await fillFrozen(sql, push);
  const before = await readHoldings(sql);
  const empty = [...before].filter(([, rows]) => rows.length === 0).map(([name]) => name);
  assertEquals(empty, [], "data.sql does not fill them");
  const running = before.get("public.tblsovereignapplicationssynclog")?.filter(({ status }) => status === "running");
  assertEquals(running?.length, 1);

  await push();
  assertEquals(findLosses(before, await readHoldings(sql)).filter((loss) => !MEANT.includes(loss)), []);
  const [settings] = await sql`select time_zone, paused_at is not null as paused from public.sync_settings`;
  assertEquals(settings, { time_zone: "Pacific/Auckland", paused: true });
});

withProject("findLosses() names what a migration takes away, and nothing it adds", "", async ({ sql, push }) => {
  await fillFrozen(sql, push);
  const before = await readHoldings(sql);
  const frozen = Object.keys(readManifest().migrations);
  const added = {
    "29990101000000_add.sql": `
      alter table sovereign_sync.gaps add column note text default 'x';
      create table public.sync_notes (note text);
      insert into sovereign_sync.unauthorized_requests (requests) values (1)`,
  };
  await withMigrations(frozen, added, push);
  assertEquals(findLosses(before, await readHoldings(sql)), []);

  const taken = {
    ...added,
    "29990102000000_take.sql": `
      alter table sovereign_sync.dispatches drop column status_code cascade;
      update sovereign_sync.settings set time_zone = 'UTC';
      delete from sovereign_sync.known_status_codes where appstatuscode = 'SETT';
      delete from vault.secrets where name = 'alert_webhook_url';
      drop table sovereign_sync.unauthorized_requests cascade;
      select cron.unschedule('watch-sync')`,
  };
  await withMigrations(frozen, taken, push);
  assertEquals(findLosses(before, await readHoldings(sql)), [
    "sovereign_sync.dispatches.status_code is gone",
    "sovereign_sync.known_status_codes: 1 of 2 rows are gone or changed",
    "sovereign_sync.settings: 1 of 1 rows are gone or changed",
    "sovereign_sync.unauthorized_requests is gone",
    "Vault: 1 of 3 rows are gone or changed",
    "jobs: 1 of 4 rows are gone or changed",
  ]);
});
