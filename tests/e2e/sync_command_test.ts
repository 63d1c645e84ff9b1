import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { NOBODY_URL } from "../support/database.ts";
import { controlOcc } from "../support/occ_control.ts";
import { stackEnv } from "../support/stack_env.ts";
import { waitUntil } from "../support/wait_until.ts";
import { withStack } from "../support/with_stack.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

async function sync(args: string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "supabase/tools/sync/sync.ts", ...args],
    cwd: PROJECT,
    env,
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

withStack("sync shows progress and ends with a sentence, in a pipe without colours or movement", async () => {
  await controlOcc({ latency: "100" });
  const { code, stdout, stderr } = await sync(["--since", "2026-01-01"]);
  assertEquals([code, stderr], [0, ""]);
  assertMatch(stdout, /\n {2}█{40} 60 of 60(, [\d.]+\/s)?\nSync completed in \d+ s: 60 synced\.\n$/);
  assert(!stdout.includes("\x1b") && !stdout.includes("\r"), "something moves");
  assertEquals(stdout.includes("\n\n"), false);
  const again = await sync([]);
  assertMatch(again.stdout, /\nSync completed in \d+ s: all listed applications were current\.\n$/);
});

withStack("sync --json is one object", async () => {
  const { code, stdout } = await sync(["--since", "2026-01-01", "--json"]);
  const { status, message, run, applications } = JSON.parse(stdout);
  assertEquals([code, status, run.found, run.since_date, applications], [0, "completed", 60, "2026-01-01", []]);
  assertMatch(message, /^Sync completed in \d+ s: 60 synced\.$/);
});

withStack("sync --application says what became of each, and fails with one that cannot be had", async () => {
  const one = await sync(["--application", "G3-100003", "--wait"]);
  assertEquals(one.code, 0, one.stderr);
  assertMatch(one.stdout, /; G3-100003 is stored\.\n$/);
  const two = await sync(["--application", "G3-100004", "--application", "G3-999", "--wait"]);
  assertEquals(two.code, 1);
  assertMatch(
    two.stderr,
    /^1 of 2 applications could not be synced: G3-999 is failed: Cannot fetch application G3-999: OCC answered 404\.\nTo mend it: /,
  );
});

withStack("sync says that another one runs, or waits for it and begins then", async (sql) => {
  await controlOcc({ latency: "2500" });
  const first = sync(["--since", "2026-01-01"]);
  const runs = () => sql`select since_date::text as since from public.sync_runs order by started_at`;
  await waitUntil("the first run", 30_000, async () => (await runs()).length === 1);
  const waiting = sync(["--since", "2026-02-01", "--wait"]);
  const busy = await sync(["--json"]);
  assertEquals([busy.code, JSON.parse(busy.stdout).status], [3, "busy"]);
  await controlOcc({ latency: "0" });
  assertMatch(JSON.parse(busy.stdout).fix, /^wait for it with --wait, or see it with `.* task status --watch`$/);
  assertEquals([(await first).code, (await waiting).code], [0, 0]);
  assertEquals((await runs()).map(({ since }) => since), ["2026-01-01", "2026-02-01"]);
});

withStack("sync fails with one readable line and what mends it", async () => {
  await controlOcc({ faults: "list:denied" });
  const failed = await sync(["--since", "2026-01-01"]);
  assertEquals(failed.code, 1);
  assertMatch(
    failed.stderr,
    /^Sync failed after \d+ s: Cannot list .*\.\nTo mend it: `.* task doctor` says what to mend; .*\n$/,
  );
  const API_URL = stackEnv("API_URL");
  const cases: [string[], Record<string, string>, RegExp][] = [
    [["--since", "2999-01-01"], {}, /^since must not be in the future: today is \S+ in UTC\.\n$/],
    [
      [],
      { API_URL, SECRET_KEY: "wrong" },
      /^The function refuses SECRET_KEY \(401\)\.\nTo mend it: take the secret key/,
    ],
    [
      [],
      { API_URL: NOBODY_URL, SECRET_KEY: "x" },
      /^Nobody answers at http:\/\/127\.0\.0\.1:9\.\nTo mend it: see whether/,
    ],
  ];
  for (const [args, env, message] of cases) {
    const { code, stderr } = await sync(args, env);
    assertEquals(code, 2);
    assertMatch(stderr, message);
  }
});
