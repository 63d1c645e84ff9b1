import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { buildPage } from "../../supabase/tools/dashboard/build_page.ts";
import { createRuns } from "../page/create_runs.ts";
import { findBrowser, openBrowser } from "../page/open_browser.ts";
import { PATIENCE_MS } from "../page/until_equal.ts";
import { watchPolls } from "../page/watch_polls.ts";
import { startStack } from "../stack/stack.ts";
import { connect, type Sql } from "../support/database.ts";
import { type Benchmark, type Figures, median, round } from "./benchmark.ts";
import { fillTables } from "./fill_tables.ts";

const VISITS = 5;
const RANGES = ["Hour", "Day", "Week", "30 days", "90 days"];

/** What the page costs who looks at it, in a browser on this machine. */
export const page: Benchmark = {
  key: "page",
  work: "the page in chromium, with 200,000 applications and 26,000 runs",
  goals: [
    { figure: "scriptKb", about: "the page: script, compressed, kB", atMost: 90, short: 90 },
    { figure: "firstContentMs", about: "the page: first content on the stack, ms", atMost: 1_000 },
    { figure: "redrawMs", about: "the page: slowest redraw of a chart, ms", atMost: 50 },
    { figure: "requestsAPoll", about: "the page: requests a poll", atMost: 3, short: 3 },
    { figure: "kbAPoll", about: "the page: kB a poll", atMost: 20, short: 20 },
  ],
  async measure(_bench, form) {
    const scriptKb = await measureScript();
    if (!findBrowser()) return { scriptKb, skipped: { "the rest, as there is no Chromium": 1 } };
    return { scriptKb, ...await withPage(form === "short" ? 10 : 1, measurePage) };
  },
};

/** Compressed, as hosts send it. */
async function measureScript(): Promise<number> {
  const scripts = [...await buildPage()].filter(([path]) => path.endsWith(".js"));
  return round(scripts.reduce((sum, [, file]) => sum + gzipSync(file).length, 0) / 1000);
}

/** A stack of its own: the bench's serves no page. */
async function withPage(
  part: number,
  measure: (browser: Browser, url: string, sql: Sql) => Promise<Figures>,
): Promise<Figures> {
  const quiet = { functionLog: () => {}, report: () => {} };
  const world = { applications: 0, latency: "0", faults: "", seed: 1, cron: false, page: true };
  const stack = await startStack({ ...world, ...quiet });
  const sql = connect(stack.env.DB_URL);
  const browser = await openBrowser();
  try {
    await fillTables(sql, 200_000 / part);
    await createRuns(sql, 26_000 / part);
    return await measure(browser, stack.env.DASHBOARD_URL!, sql);
  } finally {
    await browser.close();
    await sql.end();
    await stack.stop();
  }
}

async function measurePage(browser: Browser, url: string, sql: Sql): Promise<Figures> {
  const visits: number[] = [];
  for (let visit = 0; visit < VISITS; visit++) visits.push(await measureFirstContent(browser, url));
  const redraws = await measureRedraws(browser, url);
  const polls = await measurePolls(browser, url, sql);
  return { firstContentMs: round(median(visits)), redrawMs: round(Math.max(...redraws)), ...polls };
}

async function open(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  return page;
}

async function signIn(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.getByRole("button", { name: "Sign in as the stack's viewer" }).click();
  await page.locator("[aria-busy=false] .charts").waitFor();
}

/** From a browser that has never been there. */
async function measureFirstContent(browser: Browser, url: string): Promise<number> {
  const page = await open(browser);
  try {
    await page.goto(url);
    await page.getByLabel("Email").waitFor();
    // What is in the document need not have been painted yet.
    await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length > 0);
    return await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]!.startTime);
  } finally {
    await page.context().close();
  }
}

/** Each chart of each range, by the measures that the charts take of themselves. */
async function measureRedraws(browser: Browser, url: string): Promise<number[]> {
  const page = await open(browser);
  const redraws: number[] = [];
  try {
    await signIn(page, url);
    for (const name of RANGES) {
      await page.evaluate(() => performance.clearMeasures());
      await page.getByRole("navigation", { name: "How far back" }).getByRole("link", { name, exact: true }).click();
      await page.waitForFunction(() => performance.getEntriesByType("measure").length === 4);
      redraws.push(
        ...await page.evaluate(() => performance.getEntriesByType("measure").map(({ duration }) => duration)),
      );
    }
    return redraws;
  } finally {
    await page.context().close();
  }
}

/** The dearest poll: of a quiet sync, for longer than the charts stay as they are, and of one with a run going on. */
async function measurePolls(browser: Browser, url: string, sql: Sql): Promise<Figures> {
  const page = await open(browser);
  try {
    const watching = await watchPolls(page);
    await signIn(page, url);
    const polls = await watching.freeze();
    const seen = await polls.watch(21, 15_000);
    await sql`
      insert into public.tblsovereignapplicationssynclog (
        since_date, sync_started_at, status, lease, heartbeat_at, listed_at, passes
      ) values (current_date, now(), 'running', gen_random_uuid(), now(), now(), 1)`;
    await polls.pass(20_000);
    seen.push(...await polls.watch(10, 2_000));
    return {
      requestsAPoll: Math.max(...seen.map((calls) => calls.length)),
      kbAPoll: round(Math.max(...seen.map((calls) => calls.reduce((sum, { bytes }) => sum + bytes, 0))) / 1000),
    };
  } finally {
    await page.context().close();
  }
}
