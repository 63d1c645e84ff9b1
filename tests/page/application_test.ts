import { assertEquals, assertMatch } from "../support/assert.ts";
import { confirm } from "./confirm.ts";
import { createApplications, createHistory } from "./create_applications.ts";
import { createRuns } from "./create_runs.ts";
import { untilEqual } from "./until_equal.ts";
import { assertAccessible, withPage } from "./with_page.ts";

const SOME = { stored: 20, pending: 1, failed: 3, parked: 1, gone: 1 };

withPage("an application says why, what is stored, and what became of it", async ({ page, sql, signIn }) => {
  await createApplications(sql, SOME);
  await createHistory(sql, "G3-2");
  await signIn("viewer", "#/applications/G3-2");
  await page.getByRole("heading", { name: "G3-2", level: 1 }).waitFor();
  await page.getByText(/Cannot fetch application G3-2: OCC/).waitFor();
  await page.getByText("select retry(array['G3-2']);").waitFor();
  assertEquals(await page.getByRole("button", { name: /Try again|Forget|Fetch/ }).count(), 0, "who may look");
  const stored = page.getByRole("region", { name: "What is stored" });
  await stored.getByText("Home loan 2", { exact: true }).waitFor();
  const history = page.getByRole("region", { name: "History" });
  await history.getByText(/Submitted.*Conditionally approved/).waitFor();
  await untilEqual(() => history.getByRole("listitem").count(), 3, "one a moment");
  const statuses = page.getByRole("region", { name: "Time in each status" });
  await statuses.getByRole("row", { name: /COND .* 2 d/ }).waitFor();
  await statuses.getByRole("row", { name: /APP .* now 3 h/ }).waitFor();
  await assertAccessible(page, "an application, to who may look");
});

withPage("its history leads to the runs that wrote it", async ({ page, sql, signIn }) => {
  await createApplications(sql, SOME);
  await createRuns(sql, 1);
  await sql`
    insert into sovereign_sync.changes (application, run, attributes, old, new)
    select 'G3-12', l.id, '{owner}', '{A}', '{B}' from public.tblsovereignapplicationssynclog as l`;
  await signIn("viewer", "#/applications/G3-12");
  await page.getByRole("region", { name: "History" }).getByRole("link", { name: "a sync" }).click();
  await page.getByRole("heading", { name: /run$/, level: 1 }).waitFor();
  await page.goBack();
  await page.getByRole("link", { name: /^the run [0-9a-f]{8}$/ }).click();
  await page.getByRole("heading", { name: /run$/, level: 1 }).waitFor();
});

withPage("what its sentences say can be done is done from their buttons", async ({ page, sql, signIn }) => {
  await createApplications(sql, SOME);
  await signIn("operator", "#/applications/G3-5");
  await page.getByText("✕ Failed").or(page.getByText("‖ Parked")).waitFor();
  await assertAccessible(page, "an application, to an operator");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("dialog").getByText("1 application is fetched by the next sync.").waitFor();
  assertMatch(await confirm(page, "Try again?", "Try again"), /1 application is fetched/);
  const state = async (id: string) =>
    (await sql`select state from public.sync_status where g3_application_number = ${id}`)[0]?.state;
  assertEquals(await state("G3-5"), "pending");
  await page.getByText("… Pending").waitFor();

  await page.goto(page.url().replace("G3-5", "G3-6"));
  await page.getByText("∅ Gone").waitFor();
  await page.getByRole("button", { name: "Forget…" }).click();
  await page.getByLabel("Why").fill("withdrawn");
  await confirm(page, "Forget G3-6?", "Forget");
  assertEquals(await state("G3-6"), undefined);
  await page.getByText(/^Forgotten .*: withdrawn/).waitFor();
});

withPage("while the schedule is paused its sentence resumes it", async ({ page, sql, signIn }) => {
  await createApplications(sql, SOME);
  await sql`select pause_sync()`;
  await signIn("operator", "#/applications/G3-2");
  await page.getByRole("button", { name: "Resume the schedule" }).click();
  await confirm(page, "Resume the schedule?", "Resume");
  assertEquals((await sql`select paused_at from public.sync_settings`)[0]?.paused_at, null);
});

withPage("one that nobody knows is fetched now, and is there when it has come", async ({ page, sql, signIn }) => {
  await signIn("operator", "#/applications/G3-100001");
  await page.getByRole("heading", { name: "G3-100001", level: 1 }).waitFor();
  await page.getByText(/Nothing is stored of it/).waitFor();
  await assertAccessible(page, "an application nobody knows");
  await page.getByRole("button", { name: "Fetch now" }).click();
  await confirm(page, /Fetch G3-100001 now/, "Fetch now");
  await page.getByText("applicationName").waitFor();
  await page.getByText("✓ Current").waitFor();
  const rows = await sql`select from public.tblsovereignapplications where g3_application_number = 'G3-100001'`;
  assertEquals(rows.length, 1);
});

withPage(
  "its times are the viewer's, and UTC where they want it, kept for the next time",
  async ({ page, sql, signIn }) => {
    await createApplications(sql, SOME);
    // Saved 2020-01-01 at 00:20 and so on UTC; in Auckland it is 13 hours later.
    await signIn("viewer", "#/applications/G3-2");
    const stored = page.getByRole("region", { name: "What is stored" });
    const saved = stored.getByText("lastSavedDateTime").locator("..").getByRole("time");
    await saved.getByText("2020-01-01 13:20:00").waitFor();
    await untilEqual(() => saved.getAttribute("title"), "2020-01-01 00:20:00 UTC");
    await page.getByRole("button", { name: "Show UTC" }).click();
    await saved.getByText("2020-01-01 00:20:00 UTC").waitFor();
    await page.getByText(/^Times are in UTC/).waitFor();
    await page.reload();
    await saved.getByText("2020-01-01 00:20:00 UTC").waitFor();
    await page.keyboard.press("u");
    await saved.getByText("2020-01-01 13:20:00").waitFor();
  },
);
