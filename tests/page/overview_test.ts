import type { Page } from "playwright-core";
import { assert, assertEquals } from "../support/assert.ts";
import { controlOcc } from "../support/occ_control.ts";
import { stackEnv } from "../support/stack_env.ts";
import { waitUntil } from "../support/wait_until.ts";
import { createRuns } from "./create_runs.ts";
import { PATIENCE_MS, untilEqual } from "./until_equal.ts";
import { watchPolls } from "./watch_polls.ts";
import { assertAccessible, setHidden, withPage } from "./with_page.ts";

const verdict = (page: Page) => page.getByRole("heading", { level: 1 });
const going = (page: Page) => page.getByRole("region", { name: "is going on" });

/** While this goes on a run takes the better part of a minute: long enough for whatever shall be seen of it. */
async function withLongRuns(work: () => Promise<void>): Promise<void> {
  const { ids } = await controlOcc({ latency: "2000-2500", add: 240 });
  try {
    await work();
  } finally {
    for (const remove of ids) await controlOcc({ remove });
  }
}

/** Clicks Sync now, and confirms. */
async function syncNow(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Sync now" }).click();
  const dialog = page.getByRole("dialog", { name: "Sync now?" });
  await dialog.getByRole("button", { name: "Sync now" }).click();
  await dialog.getByRole("button", { name: "Close" }).click();
}

withPage("a sync is seen from the click to its end", ({ page, signIn }) =>
  withLongRuns(async () => {
    await signIn();
    await page.getByText("No sync has run yet").waitFor();
    await syncNow(page);
    await going(page).waitFor();
    await page.getByText(/of 300 applications/).waitFor();
    await assertAccessible(page, "a run that is going on");
    await page.getByText(/^[1-9]\d* of 300 applications/).waitFor();
    await controlOcc({ latency: "0" });
    await going(page).waitFor({ state: "detached" });
    await page.getByText("1 completed; the oldest began").waitFor();
    await untilEqual(() => verdict(page).textContent(), "Healthy");
    await page.getByRole("link", { name: /^Current 300/ }).waitFor();
    await page.waitForFunction(() => document.title.startsWith("✓ Healthy"));
  }));

withPage("a run is cancelled, and said to be", ({ page, sql, signIn }) =>
  withLongRuns(async () => {
    await signIn();
    await syncNow(page);
    await page.getByText(/of 300 applications/).waitFor();
    await page.getByRole("button", { name: "Cancel this run" }).click();
    const dialog = page.getByRole("dialog", { name: "Cancel this run?" });
    await assertAccessible(page, "asking whether to cancel");
    await dialog.getByRole("button", { name: "Cancel the run" }).click();
    await dialog.getByRole("button", { name: "Close" }).click();
    await page.getByRole("link", { name: /manual, cancelled/ }).waitFor();
    const [run] = await sql`select status from public.sync_runs`;
    assertEquals(run?.status, "cancelled");
  }));

withPage(
  "a run whose function was killed is called stalled, and the next one goes on with it",
  ({ page, sql, signIn }) =>
    withLongRuns(async () => {
      await signIn();
      await syncNow(page);
      await page.getByText(/of 300 applications/).waitFor();
      await killFunction();
      await sql`
        update public.tblsovereignapplicationssynclog set heartbeat_at = heartbeat_at - interval '3 minutes'
        where status = 'running'`;
      await page.getByText(/has given no sign of life/).first().waitFor();
      await assertAccessible(page, "a stalled run");
      await controlOcc({ latency: "0" });
      await sql`select sovereign_sync.invoke_sync_applications()`;
      await page.getByRole("link", { name: /scheduled, completed/ }).waitFor();
      await page.getByRole("link", { name: /manual, failed/ }).waitFor();
      await page.getByRole("link", { name: /^Current 300/ }).waitFor();
    }),
);

/** As the platform may; resolves when there is another one. */
async function killFunction(): Promise<void> {
  const state = new URL(`../../.stack/${new URL(stackEnv("API_URL")).port}/state.json`, import.meta.url);
  const { function: { pid } } = JSON.parse(await Deno.readTextFile(state));
  Deno.kill(pid, "SIGKILL");
  await waitUntil("a function that answers", PATIENCE_MS, async () => {
    const response = await fetch(stackEnv("FUNCTION_URL"), { method: "POST" }).catch(() => undefined);
    await response?.body?.cancel();
    return response?.status === 401;
  });
}

withPage(
  "what is known stays, with its age, while the API is away, and is fresh again by itself",
  async ({ page, api, signIn }) => {
    await signIn();
    await untilEqual(() => verdict(page).textContent(), "Healthy");
    await api.goAway();
    await page.getByText(/The API does not answer\. What you see is .* old/).waitFor();
    await untilEqual(() => verdict(page).textContent(), "Healthy");
    await assertAccessible(page, "the API is away");
    api.comeBack();
    await page.getByText(/What you see is/).waitFor({ state: "detached" });
  },
);

withPage("a schedule is paused and resumed", async ({ page, sql, signIn }) => {
  await createRuns(sql, 3);
  await signIn();
  await page.getByText("Next tick").locator("..").getByText(/^in \d/).waitFor();
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Pause" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await page.getByRole("heading", { name: "Paused" }).waitFor();
  await page.getByText("Next tick").locator("..").getByText("paused").waitFor();
  await assertAccessible(page, "paused");
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Resume" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await page.getByRole("heading", { name: "Paused" }).waitFor({ state: "detached" });
});

withPage("what is wrong is said with its cause, its fix and its alerts", async ({ page, sql, signIn }) => {
  await sql`
    insert into public.sync_status (g3_application_number, state, next_attempt_at, stale_since, attempts, failing_since, last_error)
    select 'G3-' || n, 'parked', now() + interval '1 day', now() - interval '2 days', 9, now() - interval '2 days',
      'Cannot fetch application G3-' || n || ': OCC answered 500'
    from generate_series(1, 3) as n`;
  await sql`select sovereign_sync.watch_sync()`;
  await signIn();
  await page.getByRole("heading", { name: "Unhealthy" }).waitFor();
  const alerts = page.getByRole("region", { name: "open alert" });
  await alerts.getByText("Applications parked").waitFor();
  await page.getByRole("link", { name: /^Parked 3/ }).waitFor();
  await page.getByText("select retry(fingerprint => 'Cannot fetch application: OCC answered 500');").waitFor();
  await assertAccessible(page, "unhealthy");
  await page.getByRole("link", { name: "Show the applications it is about" }).click();
  await page.waitForURL(/#\/not-current\?fingerprint=Cannot\+fetch\+application%3A\+OCC\+answered\+500$/);
});

withPage("a viewer sees all of it, and nothing to act with", async ({ page, sql, signIn }) => {
  await createRuns(sql, 60);
  await signIn("viewer");
  await page.getByText("may look").waitFor();
  await page.getByRole("list", { name: "The last 60 runs" }).waitFor();
  assertEquals(await page.getByRole("main").getByRole("button", { name: /Sync|Pause|Cancel/ }).count(), 0);
});

withPage("the strip is one stop of the Tab key, and the arrow keys walk it", async ({ page, sql, signIn }) => {
  await createRuns(sql, 60);
  await signIn();
  const cells = page.getByRole("list", { name: "The last 60 runs" }).getByRole("link");
  await cells.last().waitFor();
  await untilEqual(
    () => cells.evaluateAll((links) => links.filter((link) => (link as HTMLElement).tabIndex === 0).length),
    1,
  );
  await page.getByRole("link", { name: "All runs" }).focus();
  await page.keyboard.press("Tab");
  const untilAt = (place: number, what?: string) =>
    untilEqual(
      () => cells.evaluateAll((links) => links.indexOf(document.activeElement as HTMLElement)),
      place,
      what,
    );
  await untilAt(59);
  await page.keyboard.press("ArrowLeft");
  await untilAt(58);
  await page.keyboard.press("Home");
  await untilAt(0);
  await page.keyboard.press("ArrowLeft");
  await untilAt(0, "it ends there");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Shift+Tab");
  await untilAt(0, "the stop is where one was");
  const href = await cells.first().getAttribute("href");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: /Completed|Failed|Cancelled/, level: 1 }).waitFor();
  assert(page.url().endsWith(href!));
});

withPage(
  "it asks every 15 s, every 2 s while a run goes on, and not in a hidden tab; never much",
  async ({ page, sql, signIn }) => {
    await createRuns(sql, 60);
    const watching = await watchPolls(page);
    await signIn();
    await page.getByRole("region", { name: "History" }).getByText("completed").first().waitFor();
    const polls = await watching.freeze();
    // Longer than the charts stay as they are.
    const quiet = describePolls(await polls.watch(21, 15_000));
    await setHidden(page, true);
    await polls.take();
    await polls.pass(600_000);
    assertEquals(await polls.take(), [], "a hidden tab");
    await setHidden(page, false);
    // At once, as the page's clock stands.
    await untilEqual(async () => (await polls.take()).some(({ name }) => name === "sync_overview"), true);

    const [run] = await sql`
      insert into public.tblsovereignapplicationssynclog (
        since_date, sync_started_at, status, lease, heartbeat_at, listed_at, passes
      ) values (current_date, now(), 'running', gen_random_uuid(), now(), now(), 1)
      returning id`;
    await polls.pass(20_000);
    await going(page).waitFor();
    const busy = describePolls(await polls.watch(5, 2_000));
    await page.goto(`${page.url().split("#")[0]}#/runs/${run?.id}`);
    await polls.pass(2_000);
    await page.getByRole("heading", { name: "Running" }).waitFor();
    const one = describePolls(await polls.watch(5, 2_000));
    console.log(`a poll at most: ${quiet} when quiet, ${busy} while a run goes on, ${one} on that run's page`);
  },
);

/** @throws when one of them is more than the page's budget: 3 requests, 20 kB */
function describePolls(polls: { bytes: number }[][]): string {
  const requests = Math.max(...polls.map((calls) => calls.length));
  const bytes = Math.max(...polls.map((calls) => calls.reduce((sum, { bytes }) => sum + bytes, 0)));
  assert(requests <= 3, `${requests} requests a poll`);
  assert(bytes <= 20_000, `${bytes} bytes a poll`);
  return `${requests} requests, ${(bytes / 1000).toFixed(1)} kB`;
}

for (const width of [390, 768, 1280, 1920]) {
  withPage(`nothing is wider than a screen of ${width} pixels`, async ({ page, sql, signIn }) => {
    await createRuns(sql, 60);
    await signIn();
    for (const [hash, heading] of [["#/", "History"], ["#/runs", "Runs"]] as const) {
      await page.goto(`${page.url().split("#")[0]}${hash}`);
      await page.getByRole("heading", { name: heading, exact: true }).waitFor();
      await page.getByText(/^Loading/).waitFor({ state: "detached" });
      await untilEqual(() => page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, hash);
    }
  }, { viewport: { width, height: 844 } });
}
