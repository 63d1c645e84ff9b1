import { assertEquals } from "../support/assert.ts";
import type { Sql } from "../support/database.ts";
import { controlOcc } from "../support/occ_control.ts";
import { waitUntil } from "../support/wait_until.ts";
import { createRuns } from "./create_runs.ts";
import { PATIENCE_MS, untilEqual } from "./until_equal.ts";
import { assertAccessible, withPage } from "./with_page.ts";

const FAILS_SO = "#/not-current?fingerprint=Cannot+fetch+application:";

/** Asks for a run as an operator's statement does, and waits for its end. */
async function syncOnce(sql: Sql): Promise<string> {
  await sql`select sync_now()`;
  return await waitUntil("the run's end", PATIENCE_MS, async () => {
    await sql`select sovereign_sync.watch_sync()`;
    const [run] = await sql`
      select r.id from public.sync_runs as r
      join public.sync_dispatches as d on d.run = r.id
      where r.status <> 'running' and d.outcome is not null`;
    return run?.id as string | undefined;
  });
}

withPage("a link to a run opens it, after signing in", async ({ page, sql, url, signIn }) => {
  await controlOcc({ faults: "error=2,not-found=1" });
  const run = await syncOnce(sql);
  await signIn("viewer", `#/runs/${run}`);
  await page.getByRole("heading", { name: "Completed manual run" }).waitFor();
  await page.getByText("60 applications listed by OCC").waitFor();
  await page.getByText("60 applications asked for").waitFor();
  await page.getByText("57 answers to store").waitFor();
  await page.getByRole("heading", { name: "3 errors, 2 causes" }).waitFor();
  await page.getByRole("row", { name: /Manual accepted 202 accepted/ }).waitFor();
  await page.getByText("the database's role postgres").waitFor();
  await assertAccessible(page, "a run with errors");
  assertEquals(page.url(), `${url}/#/runs/${run}`);
  await page.getByRole("link", { name: "Who fails so now" }).first().click();
  await page.waitForURL((url) => decodeURIComponent(url.hash).startsWith(FAILS_SO));
});

withPage("a run that failed says why, and one that is not there that it is not", async ({ page, sql, signIn }) => {
  await createRuns(sql, 60);
  const [failed] = await sql`select id from public.sync_runs where status = 'failed' order by started_at desc limit 1`;
  await signIn("viewer", `#/runs/${failed?.id}`);
  await page.getByRole("heading", { name: "Failed scheduled run" }).waitFor();
  await page.getByText("OCC answered 503").first().waitFor();
  await page.getByText("It got no list from OCC").waitFor();
  await assertAccessible(page, "a failed run");
  await page.getByRole("link", { name: "Later run" }).click();
  await page.getByRole("heading", { name: "Completed scheduled run" }).waitFor();
  await page.goto(page.url().replace(/runs\/.*/, "runs/00000000-0000-0000-0000-00000000000a"));
  await page.getByText("There is no run 00000000-0000-0000-0000-00000000000a").waitFor();
  await assertAccessible(page, "no such run");
  await page.goto(page.url().replace(/runs\/.*/, "runs/nothing"));
  await page.getByRole("heading", { name: "There is no such run" }).waitFor();
});

withPage("runs are filtered by the address, and paged", async ({ page, sql, signIn }) => {
  await createRuns(sql, 60);
  await signIn("viewer", "#/runs");
  await page.getByText("60 runs").waitFor();
  await assertAccessible(page, "the list of runs");
  const rows = page.getByRole("row");
  await untilEqual(() => rows.count(), 26, "a page and its heading");
  await page.getByRole("link", { name: "Earlier runs" }).click();
  await page.getByText("60 runs, before").waitFor();
  await page.getByRole("link", { name: "Earlier runs" }).click();
  await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 10);
  await page.getByRole("link", { name: "Newest" }).click();
  await page.getByText("60 runs", { exact: true }).waitFor();

  await page.getByRole("navigation", { name: "Outcome" }).getByRole("link", { name: "Failed" }).click();
  await page.getByText("3 runs", { exact: true }).waitFor();
  await page.waitForURL(/#\/runs\?outcome=failed$/);
  await untilEqual(() => page.getByRole("cell", { name: "Failed" }).count(), 3);
  await page.getByRole("navigation", { name: "Time" }).getByRole("link", { name: "Hour" }).click();
  await page.getByText("1 run", { exact: true }).waitFor();
  await page.reload();
  await page.getByText("1 run", { exact: true }).waitFor();
  await page.getByRole("navigation", { name: "Asked for by" }).getByRole("link", { name: "Reconciliation" }).click();
  await page.getByText("No run is like that").waitFor();
  await assertAccessible(page, "no run");
  await page.goBack();
  await page.getByText("1 run", { exact: true }).waitFor();
});

withPage("the CSV has all rows of what is chosen, not only the page's", async ({ page, sql, signIn }) => {
  await createRuns(sql, 450);
  await signIn("viewer", "#/runs?outcome=completed");
  await page.getByText("405 runs").waitFor();
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download CSV" }).click();
  const download = await downloading;
  assertEquals(download.suggestedFilename(), "runs.csv");
  const bytes = await Deno.readFile(await download.path());
  assertEquals([...bytes.slice(0, 3)], [0xef, 0xbb, 0xbf], "by which spreadsheets know UTF-8");
  const lines = new TextDecoder().decode(bytes).trim().split("\r\n");
  assertEquals(lines.length, 406);
  assertEquals(new Set(lines).size, 406, "no row twice");
  assertEquals(lines[0], "Outcome,Began,By,Since,Took,Listed,Synced,Failed,What came of it");
});

withPage("a run that ends while its list is looked at is in it by itself", async ({ page, sql, signIn }) => {
  await createRuns(sql, 2);
  await signIn("operator", "#/runs");
  await page.getByText("2 runs", { exact: true }).waitFor();
  await syncOnce(sql);
  await page.getByText("3 runs", { exact: true }).waitFor();
});

withPage("on a phone a run of the list is a card with its link", async ({ page, sql, signIn }) => {
  await createRuns(sql, 3);
  await signIn("viewer", "#/runs");
  await page.getByText("3 runs", { exact: true }).waitFor();
  await assertAccessible(page, "the list of runs on a phone");
  await page.getByRole("cell").getByRole("link").first().click();
  await page.getByRole("heading", { name: /run$/, level: 1 }).waitFor();
}, { viewport: { width: 390, height: 844 } });
