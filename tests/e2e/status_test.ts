import { fileURLToPath } from "node:url";
import { assertEquals, assertMatch } from "../support/assert.ts";
import { controlOcc } from "../support/occ_control.ts";
import { stackEnv } from "../support/stack_env.ts";
import { waitUntil } from "../support/wait_until.ts";
import { withStack } from "../support/with_stack.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

async function status(...args: string[]): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "supabase/tools/status/status.ts", ...args],
    cwd: PROJECT,
    env: { NO_COLOR: "1" },
  }).output();
  return { code, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

withStack(
  "status shows a running sync with its progress, then its outcome, and exits 1 when unhealthy",
  async (sql) => {
    await controlOcc({ latency: "2500" });
    await fetch(stackEnv("FUNCTION_URL"), {
      headers: { authorization: `Bearer ${stackEnv("CRON_SECRET")}`, prefer: "respond-async" },
    }).then((response) => response.body?.cancel());
    const running = await waitUntil("progress", 30_000, async () => {
      const { code, output } = await status();
      return output.includes("░") && { code, output };
    });
    assertEquals(running.code, 0);
    assertMatch(running.output, /^syncing {2}A sync is running\./);
    assertMatch(running.output, /running {4}[█░]{30} \d+ of 60(, [\d.]+\/s, \d+ s left)?\n/);

    await controlOcc({ latency: "0" });
    await waitUntil(
      "the end",
      30_000,
      async () => (await sql`select from public.sync_runs where status = 'completed'`).length > 0,
    );
    const ended = await status();
    assertMatch(ended.output, /^healthy {2}The last sync completed 0 minutes ago\./);
    assertMatch(ended.output, /manual {3}completed {2}[\d.]+ s +60 {5}60 synced\n/);

    await sql`update public.sync_settings set installed_at = now() - interval '1 hour'`;
    await sql`delete from public.tblsovereignapplicationssynclog`;
    const unhealthy = await status();
    assertEquals(unhealthy.code, 1);
    assertMatch(unhealthy.output, /^unhealthy {2}No scheduled sync has completed for 60 minutes: no tick has come;/);

    await sql`insert into public.sync_gaps (from_date, to_date) values ('2026-01-01', '2026-01-11')`;
    await sql`insert into sovereign_sync.dispatches (trigger, outcome, message) values ('schedule', 'not sent', 'no secret')`;
    await sql`
      insert into public.sync_alerts (condition, message, told_at, post_error)
      values ('list too large', 'list too large', now(), 'The webhook answered 404')`;
    const { output } = await status();
    assertMatch(output, /\ndispatch +not sent, \d+ s ago: no secret\n/);
    assertMatch(output, /\ngap +2026-01-01 to 2026-01-10 not listed\n/);
    assertMatch(output, /\nalerts +not posted: The webhook answered 404/);
  },
);

withStack("status --json has the views as they are", async () => {
  const { code, output } = await status("--json");
  const { health, runs, failures } = JSON.parse(output);
  assertEquals([code, health.verdict, runs, failures], [0, "healthy", [], []]);
});

withStack("status --watch survives a project that is away, and ends cleanly", async () => {
  const project = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    if (isAway) return new Response("", { status: 502 });
    const { pathname, search } = new URL(request.url);
    return await fetch(`${stackEnv("API_URL")}${pathname}${search}`, { headers: request.headers });
  });
  let isAway = false;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "supabase/tools/status/status.ts", "--watch"],
    cwd: PROJECT,
    env: { API_URL: `http://127.0.0.1:${project.addr.port}`, SECRET_KEY: stackEnv("SECRET_KEY"), FORCE_COLOR: "" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let output = "";
  const read = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) output += text;
  })();
  const says = (pattern: RegExp) => waitUntil(String(pattern), 30_000, () => Promise.resolve(pattern.test(output)));
  await says(/^\d\d:\d\d:\d\d UTC {2}healthy {2}No sync has completed yet\.\n/);
  isAway = true;
  await says(/\n\S+ UTC {2}The Data API answered 502: .*Tries again\.\n/);
  isAway = false;
  await says(/Tries again\.\n\S+ UTC {2}healthy {2}/);
  child.kill("SIGINT");
  const { code } = await child.status;
  await read;
  await child.stderr.cancel();
  await project.shutdown();
  assertEquals([code, output.includes("\x1b")], [0, false]);
  assertEquals(output.trim().split("\n").length, 3, output);
});
