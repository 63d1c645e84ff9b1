// `deno task screenshots`: the README's pictures, of the real page on a stack of its own with the demo's applications.
import postgres from "postgres";
import { readArgs } from "../../supabase/tools/read_args.ts";
import { startStack } from "../stack/stack.ts";
import { StackError } from "../stack/stack_error.ts";
import { waitUntil } from "../support/wait_until.ts";
import { createRuns } from "./create_runs.ts";
import { openBrowser } from "./open_browser.ts";

const SCHEMES = ["light", "dark"] as const;

async function takePictures(): Promise<void> {
  const report = (step: string) => console.log(step);
  const stack = await startStack({
    applications: 250,
    latency: "1500-3000",
    faults: "unavailable=2",
    seed: 1,
    cron: false,
    page: true,
    report,
    functionLog: () => {},
  });
  const sql = postgres(stack.env.DB_URL, { max: 1, onnotice: () => {} });
  const browser = await openBrowser();
  try {
    // A day of runs before the one that is seen, which begins as pg_cron begins it.
    await createRuns(sql, 280);
    // Of which few had an application that failed, as on most days.
    await sql`update public.tblsovereignapplicationssynclog set
      applications_fetched = 10, applications_upserted = 10, fetch_failures = 0
      where status = 'completed' and extract(minute from sync_started_at)::integer % 10 > 0
        and extract(hour from sync_started_at)::integer % 5 > 0`;
    await sql`update public.tblsovereignapplicationssynclog set sync_started_at = sync_started_at - interval '5 minutes',
      sync_completed_at = sync_completed_at - interval '5 minutes' where status <> 'running'`;
    await sql`select cron.schedule('sync-applications', '*/5 * * * *', 'select sovereign_sync.invoke_sync_applications()')`;
    await sql`select start_from(current_date - 7)`;
    await sql`select sovereign_sync.invoke_sync_applications()`;
    await waitUntil("a run that is seen to go on", 40_000, async () => {
      const [run] =
        await sql`select applications_fetched as n from public.tblsovereignapplicationssynclog where status = 'running'`;
      return Number(run?.n) >= 100;
    });
    for (const colorScheme of SCHEMES) {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme });
      await page.goto(stack.env.DASHBOARD_URL!);
      await page.getByRole("button", { name: "Sign in as the stack's operator" }).click();
      await page.getByRole("heading", { name: "History" }).waitFor();
      await page.locator(".chart canvas").first().waitFor();
      await page.waitForTimeout(500);
      const path = `.github/dashboard-${colorScheme}.png`;
      await page.screenshot({ path });
      report(`Wrote ${path}`);
      await page.close();
    }
  } finally {
    await browser.close();
    await sql.end();
    await stack.stop();
  }
}

readArgs({
  task: "screenshots",
  purpose: "Makes the README's pictures of the page anew: .github/dashboard-light.png and dashboard-dark.png.",
  options: {},
  examples: [["", "after the page has changed"]],
  exits: { 0: "they are made", 1: "the stack could not be started; the reason is printed" },
}, Deno.args);
try {
  await takePictures();
  Deno.exit(0);
} catch (error) {
  if (!(error instanceof StackError)) throw error;
  console.error(error.message);
  Deno.exit(1);
}
