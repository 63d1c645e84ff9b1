import { stripVTControlCharacters } from "node:util";
import postgres from "postgres";
import { readBlocks } from "../docs/read_blocks.ts";
import { blockOf, RUNNERS } from "../docs/runners.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { soonestSchedule } from "../support/cron.ts";
import { waitUntil } from "../support/wait_until.ts";
import { type Checkout, createCheckout } from "./checkout.ts";
import { assign, fillIn, functionSecrets, onPlatform } from "./deploy.ts";
import { type Platform, startPlatform } from "./platform.ts";
import { parseSteps, readWorkflow } from "./workflow_steps.ts";

const SLUG = "sync-applications";
const BUNDLE = `supabase/functions/${SLUG}/bundle.js`;
/** One pass takes 850 of them. */
const APPLICATIONS = 2000;
/** An entry of OCC's takes 165 bytes of Lambda's answer: so many are nearly the 6 MB it may have. */
const LISTED = 38_000;

/** The blocks of the pages this walk runs, by the names they have in tests/docs/runners.ts. */
const BLOCKS = new Map(
  RUNNERS.filter(({ by }) => by === "walk").map(({ name }) => [name, blockOf(name).text]),
);

const hex = () =>
  [...crypto.getRandomValues(new Uint8Array(32))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** Somebody who deploys: a checkout, and the shell's variables that the pages' blocks hand on to each other. */
function createPerson(platform: Platform, checkout: Checkout) {
  const left = new Set(BLOCKS.keys());
  const env = { SUPABASE_ACCESS_TOKEN: platform.accessToken };
  const { ref } = platform.project;
  const prepare = (block: string) => {
    const own = /^ *REF=/m.test(block) ? assign(block, { REF: ref }) : `REF=${ref}\n${block}`;
    const pooler = new URL(platform.poolerUrl);
    const PGPASSWORD = decodeURIComponent(pooler.password);
    pooler.password = "";
    return onPlatform(/DB_URL=/.test(own) ? assign(own, { DB_URL: pooler.href, PGPASSWORD }) : own, platform);
  };
  const run = async (script: string) => stripVTControlCharacters(await checkout.run(prepare(script), env));
  return {
    run,
    /** A block of the pages, or what `change` makes of it. */
    runBlock: (name: string, change = (text: string) => text) => {
      left.delete(name);
      return run(change(BLOCKS.get(name) ?? ""));
    },
    /** Blocks that were not run. */
    left,
  };
}

/** What docs/deploy.md shows as printed, line for line, with this project's reference. */
function assertShown(said: string, platform: Platform): void {
  const shown = readBlocks().find(({ language, text }) => language === "" && text.includes("Deployed Functions"));
  assert(shown);
  const lines = shown.text.trim().split("\n").map((line) =>
    line.trim().replace("abcdefghijklmnopqrst", platform.project.ref)
  );
  for (const line of lines) assert(said.includes(line), `it does not print: ${line}\nbut:\n${said}`);
}

async function call(platform: Platform, secret: string): Promise<number> {
  // Refused as bad input where the secret is right: nothing is started.
  const url = `${platform.project.apiUrl}/functions/v1/${SLUG}?since=never`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${secret}` } });
  await response.body?.cancel();
  return response.status;
}

/** What an isolate uses is read from /proc. */
const ignore = Deno.build.os !== "linux";

Deno.test(
  "the pages and deploy.yml bring the sync to a hosted project, keep it there, and take it away",
  { ignore },
  async (t) => {
    const platform = await startPlatform({ applications: APPLICATIONS, latency: "20" });
    const { project, functions } = platform;
    const sql = postgres(project.databaseUrl, { max: 1, onnotice: () => {} });
    const checkout = await createCheckout(platform);
    const person = createPerson(platform, checkout);
    // Each step stands on the ones before it.
    const step = async (name: string, work: () => Promise<void> | void) => {
      if (!await t.step(name, async () => await work())) throw new Error("the walk ends here");
    };
    let secret = hex();
    /** The pair that comes after the first. */
    const aws = { AWS_ACCESS_KEY_ID: "AKIDSECONDPAIR", AWS_SECRET_ACCESS_KEY: hex() };

    const count = async () => {
      const [row] = await sql`select count(*)::int as rows from public.tblsovereignapplications`;
      return row?.rows;
    };
    /** pg_cron's own tick, as soon as it can come. */
    const tick = async () => {
      const [before] = await sql`select coalesce(max(id), 0)::int as id from public.sync_dispatches`;
      const [job] = await sql`select jobid, command from cron.job where jobname = 'sync-applications'`;
      assertEquals(job?.command, "select sovereign_sync.invoke_sync_applications()");
      await sql`select cron.alter_job(${job?.jobid}, schedule := ${await soonestSchedule(sql)})`;
      const outcome = await waitUntil("the schedule's tick to be answered", 90_000, async () => {
        await sql`select sovereign_sync.collect_dispatches()`;
        const [sent] = await sql`
        select outcome from public.sync_dispatches
        where id > ${before?.id} and trigger = 'schedule' and outcome is not null order by id limit 1`;
        return sent?.outcome;
      });
      await sql`select cron.alter_job(${job?.jobid}, schedule := '*/5 * * * *')`;
      return outcome;
    };
    const untilRunEnds = async () =>
      await waitUntil("the run to end", 120_000, async () => {
        const [run] = await sql`
        select status, passes, applications_found as found, applications_upserted as upserted, fetch_failures as failed
        from public.tblsovereignapplicationssynclog order by sync_started_at desc limit 1`;
        return run?.status !== "running" && run;
      });
    /** The limits an isolate was killed for, of all so far. */
    const kills = () => functions.ends.flatMap(({ killed }) => killed ?? []);

    try {
      await step("an empty project has no function and no table", async () => {
        assertEquals(await call(platform, secret), 404);
        const [table] = await sql`select to_regclass('public.tblsovereignapplications') is null as missing`;
        assertEquals(table?.missing, true);
      });

      await step("Deploy, step 1 links; step 3 prints what docs/deploy.md shows", async () => {
        assertMatch(await person.runBlock("link"), /Finished supabase link\./);
        await fillIn(checkout, functionSecrets(platform, secret));
        const said = await person.runBlock("deploy");
        assertShown(said, platform);
        assert(!said.includes(secret), "the secret is printed");
      });

      await step("what is uploaded is the bundle, and nothing else", () => {
        const deployed = project.functions.get(SLUG);
        assertEquals(deployed?.files, [BUNDLE]);
        assertEquals([deployed?.verifyJwt, deployed?.importMap], [false, undefined]);
        const uploaded = Deno.readTextFileSync(`${deployed?.folder}/${BUNDLE}`);
        assert(uploaded === Deno.readTextFileSync(`${checkout.folder}/${BUNDLE}`), "other bytes than were built");
      });

      await step("the schedule's own tick fills the table, and a backlog of 2,000 ends without a kill", async () => {
        assertEquals(await tick(), "accepted");
        const run = await untilRunEnds();
        assertEquals(run, {
          status: "completed",
          passes: run.passes,
          found: APPLICATIONS,
          upserted: APPLICATIONS,
          failed: 0,
        });
        assert(run.passes >= 3, `${run.passes} passes`);
        assertEquals(await count(), APPLICATIONS);
        assertEquals(kills(), []);
      });

      await step("Deploy, step 4: the doctor finds nothing", async () => {
        assertMatch(await person.runBlock("look"), /\d+ ok, 0 to look at, 0 failed/);
      });

      await step("the runs come out as CSV, and a snippet runs from here", async () => {
        await person.runBlock("export");
        const [header = "", row = ""] = (await Deno.readTextFile(`${checkout.folder}/sync_runs.csv`)).split("\n");
        assertMatch(header, /^id,started_at,trigger,status,since_date,.*,outcome,warnings$/);
        assertMatch(row, /,schedule,completed,/);
        assertMatch(await person.runBlock("run a snippet"), /started_at[^]*schedule[^]*completed/);
      });

      await step("CRON_SECRET is rotated without a gap", async () => {
        const former = secret;
        secret = hex();
        await fillIn(checkout, { CRON_SECRET_PREVIOUS: former, CRON_SECRET: secret });
        await person.runBlock("rotate", (text) => text.split(/(?<=secrets set.*\n)/)[0] ?? "");
        // Vault has the former one still.
        assertEquals([await call(platform, former), await call(platform, secret)], [400, 400]);
        assertEquals(await tick(), "accepted");
        assertMatch(await person.runBlock("rotate"), /Vault: .*cron_secret updated/);
        assertEquals(await tick(), "accepted");
        await untilRunEnds();

        await fillIn(checkout, { CRON_SECRET_PREVIOUS: "" });
        await person.runBlock("rotate");
        assertEquals([await call(platform, former), await call(platform, secret)], [401, 400]);
      });

      await step("the AWS keys are rotated", async () => {
        const former = functionSecrets(platform, secret);
        const pair = ({ AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" }) => ({
          accessKeyId,
          secretAccessKey,
          region: former.AWS_REGION ?? "",
        });
        platform.stack.occ?.accept([pair(former), pair(aws)]);
        await fillIn(checkout, aws);
        await person.runBlock("rotate");
        platform.stack.occ?.accept([pair(aws)]);
        await sql`select public.sync_now()`;
        await waitUntil("a run with the second pair", 30_000, async () => {
          const [run] = await sql`
          select status from public.tblsovereignapplicationssynclog where trigger = 'manual' and status <> 'running'`;
          return run?.status === "completed";
        });
        assertMatch(await person.runBlock("look"), /, 0 failed/);
      });

      await step("a second deploy has nothing to do", async () => {
        const said = await person.runBlock("deploy");
        assertMatch(said, /Remote database is up to date\./);
        assertMatch(said, /Vault: project_url updated, cron_secret updated\./);
        assertEquals(await count(), APPLICATIONS);
      });

      await step("an upgrade brings a pending migration and a changed function", async () => {
        await Deno.writeTextFile(
          `${checkout.folder}/supabase/migrations/20991231000000_create_upgraded.sql`,
          "create function sovereign_sync.upgraded() returns text language sql set search_path = '' as 'select ''yes''';",
        );
        const handler = `${checkout.folder}/supabase/functions/${SLUG}/http/handler.ts`;
        const source = await Deno.readTextFile(handler);
        await Deno.writeTextFile(
          handler,
          source.replace('errorResponse(401, "Unauthorized")', 'errorResponse(418, "Upgraded")'),
        );
        assertEquals(await call(platform, "wrong"), 401);
        const said = await person.runBlock("deploy");
        assertMatch(said, /Applying migration 20991231000000_create_upgraded\.sql/);
        assertEquals((await sql`select sovereign_sync.upgraded() as answer`)[0]?.answer, "yes");
        assertEquals([await call(platform, "wrong"), await call(platform, secret)], [418, 400]);
        await sql`drop function sovereign_sync.upgraded()`;
        await sql`delete from supabase_migrations.schema_migrations where version = '20991231000000'`;
      });

      await step("Remove everything takes all away but the data", async () => {
        const fulfilled = await sql`
        select version, name, statements from supabase_migrations.schema_migrations where version = '20261101000000'`;
        await person.runBlock("remove");
        assertEquals([...project.secrets.keys()], []);
        assertEquals(await call(platform, secret), 404);
        assertEquals([...await sql`select jobname from cron.job`], []);
        assertEquals([...await sql`select name from vault.secrets`], []);
        assertEquals(await count(), APPLICATIONS);
        assertEquals([...await sql`select version from supabase_migrations.schema_migrations`], []);
        // The stack's extensions are stand-ins: what it has fulfilled of the migrations it records again.
        await sql`insert into supabase_migrations.schema_migrations ${sql(fulfilled)}`;
      });

      await step("deploy.yml installs it again over the data, step by step as CI runs it", async () => {
        const runner = await createCheckout(platform);
        secret = hex();
        const settings: Record<string, string> = { ...functionSecrets(platform, secret), ...aws };
        delete settings.CRON_SECRET;
        const steps = parseSteps(readWorkflow(), {
          "secrets.SUPABASE_ACCESS_TOKEN": platform.accessToken,
          "secrets.CRON_SECRET": secret,
          "secrets.FUNCTION_ENV": Object.entries(settings).map(([name, value]) => `${name}=${value}`).join("\n"),
          "secrets.DB_URL": platform.poolerUrl,
          "vars.PROJECT_REF": project.ref,
        });
        try {
          for (const { run, env } of steps) {
            if (run === undefined) continue;
            const onPlatformEnv = Object.entries(env).map(([name, value]) => [name, onPlatform(value, platform)]);
            const said = await runner.run(run, Object.fromEntries(onPlatformEnv));
            assert(!said.includes(secret), `the secret is printed by: ${run}`);
          }
        } finally {
          await runner.remove();
        }
        assertEquals(await tick(), "accepted");
        const run = await untilRunEnds();
        assertEquals([run.status, run.found, run.upserted], ["completed", APPLICATIONS, 0]);
        assertEquals(await count(), APPLICATIONS);
      });

      await step("a list of 6 MB is read and enqueued without a kill", async () => {
        const world = platform.stack.occ?.world;
        const ids = world?.add(LISTED - APPLICATIONS) ?? [];
        const dates = ids.map((id) => world?.applications.get(id)?.lastSavedDateTime ?? "");
        await sql`
        insert into public.tblsovereignapplications (g3_application_number, lastsaveddatetime)
        select * from unnest(${ids}::text[], ${dates}::timestamptz[])`;
        await sql`select public.sync_now(current_date - 7)`;
        const run = await waitUntil("the run of the long list to end", 120_000, async () => {
          const [run] = await sql`
          select status, applications_found as found from public.tblsovereignapplicationssynclog
          where trigger = 'manual' and status <> 'running' order by sync_started_at desc limit 1`;
          return run?.found === LISTED && run;
        });
        assertEquals(run.status, "completed");
        assertEquals(kills(), []);
      });

      await step("no block of the pages was left out", () => {
        assertEquals([...person.left], []);
      });
    } finally {
      await checkout.remove();
      await sql.end();
      await platform.stop();
    }
  },
);
