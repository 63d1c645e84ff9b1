import axe from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import type { PageFiles } from "../../supabase/tools/dashboard/build_page.ts";
import { createPageHandler } from "../../supabase/tools/dashboard/serve_page.ts";
import { serve } from "../stack/serve.ts";
import { assertEquals } from "../support/assert.ts";
import { connect, emptyTables, setProjectUrl, type Sql } from "../support/database.ts";
import { controlOcc } from "../support/occ_control.ts";
import { stackEnv } from "../support/stack_env.ts";
import { waitUntil } from "../support/wait_until.ts";
import { NEVER } from "../stack/migrate.ts";
import { type ApiInBetween, startApiInBetween } from "./api_in_between.ts";
import { builtPage } from "./built_page.ts";
import { openBrowser } from "./open_browser.ts";
import { PATIENCE_MS } from "./until_equal.ts";

/** A schedule whose next tick is known. */
const USUAL = "*/30 * * * *";

export interface Stage {
  page: Page;
  sql: Sql;
  api: ApiInBetween;
  /** Where the page is served. */
  url: string;
  /** Through the form's button, as the stack's operator or viewer. */
  signIn(who?: "operator" | "viewer", hash?: string): Promise<void>;
}

let files: Promise<PageFiles> | undefined;
/** Of all tests of a file: each has a context of its own in it, as new as a browser's first. */
let browser: Promise<Browser> | undefined;

Deno.test.afterAll(async () => await (await browser)?.close());

/** Runs a test with the real page in a real browser, on empty tables; what the browser complains of fails it. */
export function withPage(
  name: string,
  test: (stage: Stage) => Promise<void>,
  options: BrowserContextOptions = {},
): void {
  Deno.test({ name, sanitizeOps: false, sanitizeResources: false, fn: () => stage(test, options) });
}

async function stage(test: (stage: Stage) => Promise<void>, options: BrowserContextOptions): Promise<void> {
  const sql = connect();
  const api = startApiInBetween();
  const server = serve(
    0,
    createPageHandler(await (files ??= builtPage()), {
      api_url: api.url,
      publishable_key: stackEnv("PUBLISHABLE_KEY"),
      demo_users: [
        { name: "operator", email: stackEnv("OPERATOR_EMAIL"), password: stackEnv("OPERATOR_PASSWORD") },
        { name: "viewer", email: stackEnv("VIEWER_EMAIL"), password: stackEnv("VIEWER_PASSWORD") },
      ],
    }),
  );
  const context = await (await (browser ??= openBrowser())).newContext({
    viewport: { width: 1280, height: 900 },
    timezoneId: "Pacific/Auckland",
    ...options,
  });
  try {
    await reset(sql);

    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const complaints = listenForComplaints(page);
    const signIn = async (who = "operator", hash = "#/") => {
      await page.goto(`${server.url}/${hash}`);
      await page.getByRole("button", { name: `Sign in as the stack's ${who}` }).click();
      await page.getByRole("navigation", { name: "Pages" }).waitFor();
    };
    await test({ page, sql, api, url: server.url, signIn });
    assertEquals(complaints, [], "what the browser complained of");
  } finally {
    await context.close();
    await server.stop();
    await api.stop();
    await schedule(sql, NEVER);
    await controlOcc({ faults: "", latency: "0", reset: true });
    await sql.end();
  }
}

async function reset(sql: Sql): Promise<void> {
  await controlOcc({ faults: "", latency: "0", reset: true });
  try {
    await untilNothingRuns(sql);
  } finally {
    await emptyTables(sql);
  }
  await setProjectUrl(sql, stackEnv("API_URL"));
  // Half past the hour comes in the midst of some test: its tick does nothing.
  await schedule(sql, USUAL, "select 1");
}

/** What the test before has asked for must not come to this one's tables. */
async function untilNothingRuns(sql: Sql): Promise<void> {
  await waitUntil("the end of what the test before has asked for", PATIENCE_MS, async () => {
    await sql`select sovereign_sync.collect_dispatches()`;
    const [left] = await sql`
      select count(*)::integer as count
      from sovereign_sync.dispatches as d
      left join public.tblsovereignapplicationssynclog as l on l.id = d.run
      where d.outcome is null or l.status = 'running'`;
    return left?.count === 0;
  });
}

async function schedule(
  sql: Sql,
  times: string,
  command = "select sovereign_sync.invoke_sync_applications()",
): Promise<void> {
  await sql`select cron.schedule('sync-applications', ${times}, ${command})`;
}

/** A request that fails is the API's, and is said on the page; all else is the page's own fault. */
function listenForComplaints(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
      complaints.push(message.text());
    }
  });
  return complaints;
}

/** No violation of what axe-core knows, in the light and in the dark. */
export async function assertAccessible(page: Page, what: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    // What is about to be replaced is faint, and is not what anybody reads.
    await page.waitForFunction(() => !document.querySelector("[aria-busy=true], main .loading"));
    await page.evaluate(axe.source);
    const { violations } = await page.evaluate(() => axe.run({ resultTypes: ["violations"] }));
    const found = violations.map(({ id, nodes }) =>
      `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`).join("\n")}`
    );
    assertEquals(found, [], `${what}, ${colorScheme}`);
  }
}

/** A hidden tab, or one that is seen again. */
export async function setHidden(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}
