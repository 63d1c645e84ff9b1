import { stripVTControlCharacters } from "node:util";
import { describeProgress, type Run } from "../../supabase/tools/describe_progress.ts";
import { renderStatus, type Status, summarize } from "../../supabase/tools/status/render_status.ts";
import { describeEnd } from "../../supabase/tools/sync/describe_end.ts";
import { hasDeno } from "../../supabase/tools/terminal/deno_task.ts";
import { renderBar } from "../../supabase/tools/terminal/progress_bar.ts";
import { renderTable } from "../../supabase/tools/terminal/render_table.ts";
import { describeDuration } from "../../supabase/tools/terminal/words.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { chooseKept } from "./kept_ports.ts";

const NOW = Date.parse("2026-11-25T12:00:00Z");
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

const RUN: Run = {
  id: "00000000-0000-0000-0000-000000000001",
  started_at: "2026-11-25T11:59:00+00:00",
  trigger: "schedule",
  status: "running",
  since_date: "2026-11-24",
  seconds: 7,
  passes: 1,
  found: 250,
  unchanged: 0,
  synced: 0,
  failed: 0,
  applications_per_second: 0,
  outcome: "fetching, 0 of 250 done",
  warnings: null,
};

const STATUS: Status = {
  health: {
    verdict: "healthy",
    conditions: [],
    reason: "The last sync completed 1 minute ago.",
    last_completed_at: ago(60),
    minutes_since_completed: 1,
    consecutive_failures: 0,
    running_sync: null,
    running_for_seconds: null,
    waiting_since: null,
    paused_at: null,
    pending: 0,
    failed: 0,
    parked: 0,
    gone: 0,
    oldest_stale_minutes: null,
    stale_since: null,
    gap_from: null,
    gap_to: null,
    last_dispatch_at: ago(7),
    last_dispatch_outcome: "accepted",
    last_dispatch_status: 202,
    last_dispatch_message: null,
    refused_last_hour: 1,
    missed_ticks_last_day: 0,
    post_error: null,
    last_heartbeat_at: null,
    heartbeat_error: null,
  },
  runs: [],
  failures: [],
};

function render(health: Partial<Status["health"]>, rest: Partial<Status> = {}): string {
  const status = { ...STATUS, ...rest, health: { ...STATUS.health, ...health } };
  return stripVTControlCharacters(renderStatus(status, NOW));
}

Deno.test("describeProgress() says no time that is left while nothing moves, whatever form a figure has", () => {
  assertEquals(describeProgress(RUN), { text: "0 of 250", share: 0 });
  const asText: Run = JSON.parse(JSON.stringify({ ...RUN, applications_per_second: "0.0" }));
  assertEquals(describeProgress(asText).text, "0 of 250");
  const some = { ...RUN, synced: 140, failed: 2, applications_per_second: 20.5 };
  assertEquals(describeProgress(some), { text: "142 of 250, 2 failed, 20.5/s, 5 s left", share: 142 / 250 });
  assertEquals(describeProgress({ ...RUN, unchanged: 250, outcome: "listing" }), { text: "listing" });
});

Deno.test("renderStatus() shows paused whatever else is wrong", () => {
  assertMatch(render({ verdict: "unhealthy", paused_at: ago(3600) }), /^unhealthy, paused {2}The last/);
  assertMatch(render({ verdict: "paused", paused_at: ago(3600) }), /^paused {2}The last/);
  assertEquals(
    summarize({ ...STATUS, health: { ...STATUS.health, verdict: "unhealthy", paused_at: ago(1) } }),
    "unhealthy, paused  The last sync completed 1 minute ago.",
  );
});

Deno.test("renderStatus() says one request and two requests, and which clock it shows", () => {
  assertMatch(render({}), /\nrefused {3}1 request in the last hour$/);
  assertMatch(render({ refused_last_hour: 2 }), /\nrefused {3}2 requests in the last hour$/);
  const text = render({}, { runs: [{ ...RUN, status: "completed", outcome: "250 synced" }] });
  assertMatch(text, /\nstarted \(UTC\) .*\n11-25 11:59:00 {2}schedule {2}completed {2}7 s {3}250 {4}250 synced$/);
});

Deno.test("renderStatus() does not tell an old dispatch as today's", () => {
  const failed = { last_dispatch_outcome: "not sent", last_dispatch_status: null, last_dispatch_message: "no secret" };
  assertMatch(render(failed), /\ndispatch {2}not sent, 7 s ago: no secret\n/);
  const old = render({ ...failed, last_dispatch_at: ago(3 * 86_400) });
  assertMatch(old, /\ndispatch {2}none for 3 days; the last one: not sent\n/);
  assertMatch(render({ last_dispatch_at: null }), /\ndispatch {2}none yet\n/);
});

Deno.test("renderStatus() says of parked applications that they want somebody, of failed ones when they are tried again", () => {
  const failure = {
    failing_since: ago(90_000),
    stale_since: ago(90_000),
    requested_at: null,
    force: false,
    listed_last_saved: null,
    settled_last_saved: null,
  };
  const text = render({ failed: 1, parked: 2 }, {
    failures: [
      {
        ...failure,
        application: "G3-1",
        state: "failed",
        attempts: 1,
        next_attempt_at: ago(-42),
        last_error: "Cannot x",
      },
      {
        ...failure,
        application: "G3-2",
        state: "parked",
        attempts: 9,
        next_attempt_at: ago(-72_000),
        last_error: "Cannot y",
      },
    ],
  });
  assertMatch(text, /\n {10}G3-1 failed after 1 attempt, tried again in 42 s: Cannot x\n/);
  assertMatch(text, /\n {10}G3-2 parked after 9 attempts, wants somebody, asked for again in 20 h: Cannot y\n/);
  assertMatch(text, /\n {10}and 1 more in sync_failures\n/);
});

Deno.test("describeEnd() ends a sync with a sentence and its exit code", () => {
  const end = (run: Partial<Run>) => describeEnd({ status: String(run.status), run: { ...RUN, ...run } });
  assertEquals(end({ status: "completed", outcome: "250 synced" }), {
    code: 0,
    message: "Sync completed in 7 s: 250 synced.",
    fix: undefined,
  });
  const failed = end({ status: "failed", outcome: "Cannot list applications: OCC answered 503" });
  assertEquals([failed.code, failed.message], [
    1,
    "Sync failed after 7 s: Cannot list applications: OCC answered 503.",
  ]);
  assertMatch(String(failed.fix), /task doctor` says what to mend/);
  assertEquals(end({ status: "cancelled", outcome: "Cancelled by postgres" }).code, 1);
  const first = end({ status: "running", outcome: "waiting for its next pass, 450 of 1000 done" });
  assertMatch(
    first.message,
    /^The first pass is over after 7 s, waiting .* 450 of 1000 done; the next pass goes on by itself: /,
  );
  assertEquals(first.code, 0);
  const busy = describeEnd({ status: "busy", message: "Another sync is running (1)", fix: "wait" });
  assertEquals(busy, { code: 3, message: "Another sync is running (1).", fix: "wait" });
  const asked = (state: string, isWaiting = false) => ({ id: "G3-1", state, error: "Cannot x", isWaiting });
  const run = { ...RUN, status: "completed", outcome: "1 synced" };
  const applications = [asked("synced"), { ...asked("failed"), id: "G3-2" }];
  assertEquals(
    describeEnd({ status: "completed", run, applications }).message,
    "1 of 2 applications could not be synced: G3-2 is failed: Cannot x.",
  );
  assertMatch(
    describeEnd({ status: "completed", run, applications: [asked("synced")] }).message,
    /: 1 synced; G3-1 is stored\.$/,
  );
  assertMatch(
    describeEnd({ status: "completed", run, applications: [asked("pending", true)] }).message,
    /G3-1 waits for the next run\.$/,
  );
});

Deno.test("renderTable() aligns, and wraps the last column without cutting a word", () => {
  const rows = [["a", "b b b"], ["aaa", "a-word-longer-than-there-is-room-for and more"]];
  assertEquals(renderTable(rows, { indent: 2, width: 200 }), `  a    b b b\n  aaa  ${rows[1]?.[1]}`);
  const lines = renderTable(rows, { width: 30 }).split("\n");
  assertEquals(lines, ["a    b b b", "aaa  a-word-longer-than-there-is-room-for", "     and more"]);
  assertEquals(renderTable([], { width: 80 }), "");
});

Deno.test("renderBar() is full when all is done, and never longer", () => {
  assertEquals([renderBar(0, 4), renderBar(0.5, 4), renderBar(1, 4), renderBar(7, 4)], [
    "░░░░",
    "██░░",
    "████",
    "████",
  ]);
});

Deno.test("describeDuration() takes the unit a person would", () => {
  assertEquals([0.4, 89, 91, 3600, 7200, 86_400, 3 * 86_400].map(describeDuration), [
    "0 s",
    "89 s",
    "2 min",
    "60 min",
    "2 h",
    "24 h",
    "3 days",
  ]);
});

Deno.test("hasDeno() looks through the PATH, not at what npx has put there", () => {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.mkdirSync(`${folder}/node_modules/.bin`, { recursive: true });
    Deno.writeTextFileSync(`${folder}/node_modules/.bin/deno`, "");
    assertEquals(hasDeno(`${folder}:${folder}/node_modules/.bin`), false);
    Deno.writeTextFileSync(`${folder}/deno`, "");
    assertEquals(hasDeno(`/nowhere:${folder}`), true);
    assertEquals(hasDeno(""), false);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("chooseKept() takes the port of the last start, and says when somebody else has it", () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const said: string[] = [];
  const other = chooseKept("studio", port, (step) => void said.push(step));
  assert(other !== port);
  assertEquals(said, [`Port ${port}, where the studio was, is taken: it is at ${other} now`]);
  listener.close();
  assertEquals([chooseKept("studio", port, () => {}), said.length], [port, 1]);
});
