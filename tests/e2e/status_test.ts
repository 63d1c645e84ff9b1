import { fileURLToPath } from "node:url";
import { assertEquals, assertMatch } from "../support/assert.ts";
import { controlOcc } from "../support/occ_control.ts";
import { stackEnv } from "../support/stack_env.ts";
import { waitUntil } from "../support/wait_until.ts";
import { withStack } from "../support/with_stack.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const SNIPPETS = new URL("../../supabase/snippets/", import.meta.url);

async function status(): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "supabase/tools/status/status.ts"],
    cwd: PROJECT,
    env: { NO_COLOR: "1" },
  }).output();
  return { code, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

withStack(
  "status shows a running sync with its progress, then its outcome, and exits 1 when unhealthy",
  async (sql) => {
    await controlOcc({ latency: "400" });
    await fetch(stackEnv("FUNCTION_URL"), {
      headers: { authorization: `Bearer ${stackEnv("CRON_SECRET")}`, prefer: "respond-async" },
    }).then((response) => response.body?.cancel());
    const running = await waitUntil("progress", 10_000, async () => {
      const { code, output } = await status();
      return output.includes("░") && { code, output };
    });
    assertEquals(running.code, 0);
    assertMatch(running.output, /^syncing {2}A sync is running\./);
    assertMatch(running.output, /running {4}[█░]{30} \d+ of 60, [\d.]+\/s/);

    await controlOcc({ latency: "0" });
    await waitUntil(
      "the end",
      20_000,
      async () => (await sql`select from public.sync_runs where status = 'completed'`).length > 0,
    );
    const ended = await status();
    assertMatch(ended.output, /^healthy {2}The last sync completed 0 minutes ago\./);
    assertMatch(ended.output, /manual {2}completed {2}.* s {2}60 found {2}60 synced {2}0 failed {2}60 synced/);

    await sql`update public.sync_settings set installed_at = now() - interval '1 hour'`;
    await sql`delete from public.tblsovereignapplicationssynclog`;
    const unhealthy = await status();
    assertEquals(unhealthy.code, 1);
    assertMatch(unhealthy.output, /^unhealthy {2}No scheduled sync has completed for 60 minutes: no tick has come;/);

    await sql`insert into public.sync_gaps (from_date, to_date) values ('2026-01-01', '2026-01-11')`;
    await sql`insert into private.sync_dispatches (trigger, outcome, message) values ('schedule', 'not sent', 'no secret')`;
    await sql`
      insert into public.sync_alerts (condition, message, told_at, post_error)
      values ('list too large', 'list too large', now(), 'The webhook answered 404')`;
    const { output } = await status();
    assertMatch(output, /\ndispatch {3}not sent, \d+ s ago: no secret\n/);
    assertMatch(output, /\ngap {8}2026-01-01 to 2026-01-10 not listed\n/);
    assertMatch(output, /\nalerts {5}not posted: The webhook answered 404/);
  },
);

withStack("every snippet runs", async (sql) => {
  const names = [...Deno.readDirSync(SNIPPETS)].map(({ name }) => name).sort();
  assertEquals(names.length, 12);
  for (const name of names) {
    const text = await Deno.readTextFile(new URL(encodeURIComponent(name), SNIPPETS));
    await sql.begin(async (transaction) => {
      // What a snippet retries is known.
      await transaction`
        insert into public.sync_status (g3_application_number, state, last_error)
        values ('G3-100001', 'failed', 'any'), ('G3-100002', 'failed', 'any')`;
      await transaction`
        select private.note_errors('[{"id": "G3-1", "error": "Cannot fetch application G3-1: OCC answered 503"}]')`;
      await transaction.unsafe(text);
      await transaction`rollback`;
    }).catch((error) => {
      throw new Error(`${name}: ${error.message}`);
    });
  }
});
