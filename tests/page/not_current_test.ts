import { assertEquals, assertMatch } from "../support/assert.ts";
import { confirm } from "./confirm.ts";
import { createApplications } from "./create_applications.ts";
import { untilEqual } from "./until_equal.ts";
import { assertAccessible, withPage } from "./with_page.ts";

/** Seven failed for two causes, two are parked for a third, one is pending and one gone. */
const FEW = { stored: 30, pending: 1, failed: 7, parked: 2, gone: 1 };
const PARKED = "Cannot read application: type must be text, not a number";

withPage(
  "what is not current is filtered by state, cause and number, in the address",
  async ({ page, sql, signIn }) => {
    await createApplications(sql, FEW);
    await signIn("viewer", "#/not-current");
    const rows = page.getByRole("row");
    await page.getByText("11 applications", { exact: true }).waitFor();
    await untilEqual(() => rows.count(), 12, "and the heading");
    await assertAccessible(page, "what is not current, to who may look");
    await page.getByRole("link", { name: "Parked 2" }).click();
    await page.getByText("2 applications", { exact: true }).waitFor();
    await page.waitForURL(/state=parked/);
    await page.getByRole("link", { name: "All 11" }).click();
    await page.getByRole("link", { name: PARKED }).click();
    await page.getByRole("heading", { name: "Only this cause" }).waitFor();
    await page.getByText("2 applications", { exact: true }).waitFor();
    await page.getByText(`select retry(fingerprint => '${PARKED}');`).waitFor();
    await page.reload();
    await page.getByText("2 applications", { exact: true }).waitFor();
    await page.getByRole("link", { name: "All causes" }).click();
    await page.getByText("11 applications", { exact: true }).waitFor();
    await page.getByRole("searchbox").fill("G3-1");
    // G3-1, G3-10 and G3-11.
    await page.getByText("3 applications", { exact: true }).waitFor();
    await page.waitForURL(/search=G3-1$/);
    await page.getByRole("searchbox").fill("G3-77");
    await page.getByText("None that is not current begins with G3-77.").waitFor();
    await assertAccessible(page, "none of a search");
    await page.getByRole("searchbox").press("Enter");
    await page.getByRole("heading", { name: "G3-77", level: 1 }).waitFor();
    await page.goBack();
    await page.getByText("None that is not current begins with G3-77.").waitFor();
  },
);

withPage("who may look sees nothing to choose and nothing to do", async ({ page, sql, signIn }) => {
  await createApplications(sql, FEW);
  await signIn("viewer", "#/not-current");
  await page.getByText("11 applications", { exact: true }).waitFor();
  assertEquals(await page.getByRole("checkbox").count(), 0);
  for (const name of ["Try again", "Forget", "Fetch by number…"]) {
    assertEquals(await page.getByRole("button", { name }).count(), 0, name);
  }
});

withPage("nothing that is not current is said in words", async ({ page, signIn }) => {
  await signIn("operator", "#/not-current");
  await page.getByText("Every application is as OCC has it.").waitFor();
  await page.goto(page.url().replace("#/not-current", "#/not-current?state=gone"));
  await page.getByText("None is like that.").waitFor();
  await assertAccessible(page, "nothing that is not current");
});

withPage("what is chosen is tried again after a preview, and the database has it", async ({ page, sql, signIn }) => {
  await createApplications(sql, FEW);
  await signIn("operator", "#/not-current?state=failed");
  await page.getByRole("checkbox", { name: "Choose G3-2", exact: true }).click();
  await page.getByRole("checkbox", { name: "Choose G3-4", exact: true }).click({ modifiers: ["Shift"] });
  await page.getByText("3 chosen").waitFor();
  await assertAccessible(page, "what is not current, chosen");
  await page.getByRole("group", { name: "What is chosen" }).getByRole("button", { name: "Try again" }).click();
  const dialog = page.getByRole("dialog", { name: "Try again?" });
  await dialog.getByText("3 applications are fetched by the next sync.").waitFor();
  await dialog.getByText("G3-2, G3-3, G3-4").waitFor();
  await assertAccessible(page, "asking whether to try again");
  assertEquals(
    (await sql`select from public.sync_status where state = 'failed'`).length,
    7,
    "not before it is confirmed",
  );
  assertMatch(await confirm(page, "Try again?", "Try again"), /3 applications are fetched by the next sync/);
  const retried = await sql`
    select s.g3_application_number as id from public.sync_status as s
    where s.state = 'pending' and s.force order by s.g3_application_number`;
  assertEquals(retried.map(({ id }) => id), ["G3-2", "G3-3", "G3-4"]);
  const [action] = await sql`select action, email from public.sync_actions order by id desc limit 1`;
  assertEquals(action, { action: "retry", email: "operator@stack.local" });
  await page.getByText("4 applications", { exact: true }).waitFor();
  await page.getByText("None chosen").waitFor();
});

withPage("a whole cause is tried again from its own button", async ({ page, sql, signIn }) => {
  await createApplications(sql, FEW);
  await signIn("operator", "#/not-current");
  await page.getByRole("button", { name: `Try again: ${PARKED}` }).click();
  await page.getByRole("dialog").getByText("2 parked").waitFor();
  await confirm(page, "Try again?", "Try again");
  assertEquals((await sql`select from public.sync_status where state = 'parked'`).length, 0);
  assertEquals((await sql`select from public.sync_status where state = 'failed'`).length, 7, "the others are left");
});

withPage(
  "all of a filter is chosen, also what no page of it shows and no call takes",
  async ({ page, sql, signIn }) => {
    await createApplications(sql, { stored: 1_500, pending: 0, failed: 0, parked: 1_201, gone: 3 });
    await signIn("operator", "#/not-current?state=parked&search=G3-1");
    // G3-1, G3-10 to 19, G3-100 to 199, G3-1000 to 1199, G3-1200 and G3-1201.
    await page.getByText("313 applications", { exact: true }).waitFor();
    await page.getByRole("link", { name: "Next 200" }).click();
    await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 113);
    await page.getByRole("link", { name: "First" }).click();
    await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 200);
    await page.getByRole("button", { name: "Choose all 313 of this filter" }).click();
    await page.getByText("313 chosen").waitFor();

    await page.goto(page.url().replace("&search=G3-1", ""));
    await page.getByRole("button", { name: "Choose all 1,201 of this filter" }).click();
    await page.getByText("1,201 chosen").waitFor();
    await page.getByRole("group", { name: "What is chosen" }).getByRole("button", { name: "Try again" }).click();
    const dialog = page.getByRole("dialog", { name: "Try again?" });
    await dialog.getByText("1,201 applications are fetched by the next sync.").waitFor();
    assertEquals(
      await confirm(page, "Try again?", "Try again"),
      "1,201 applications are fetched by the next sync.",
    );
    assertEquals((await sql`select from public.sync_status where state = 'parked'`).length, 0);
    assertEquals((await sql`select from public.sync_status where state = 'gone'`).length, 3);
  },
);

withPage("nothing is forgotten without a reason, and the reason is kept", async ({ page, sql, signIn }) => {
  await createApplications(sql, FEW);
  await signIn("operator", "#/not-current");
  await page.getByRole("checkbox", { name: "Choose G3-3", exact: true }).check();
  await page.getByRole("group", { name: "What is chosen" }).getByRole("button", { name: "Forget" }).click();
  const dialog = page.getByRole("dialog", { name: "Forget G3-3?" });
  await dialog.getByText("1 stored row stays").waitFor();
  await assertAccessible(page, "asking whether to forget");
  await dialog.getByRole("button", { name: "Forget", exact: true }).click();
  await dialog.getByText(/Say why/).waitFor();
  await assertAccessible(page, "asking why");
  const known = () => sql`select from public.sync_status where g3_application_number = 'G3-3'`;
  assertEquals((await known()).length, 1);
  await dialog.getByLabel("Why").fill("a wrong number");
  assertMatch(await confirm(page, "Forget G3-3?", "Forget"), /G3-3 is off the queue; it was failed/);
  assertEquals((await known()).length, 0);
  assertEquals((await sql`select from public.tblsovereignapplications where g3_application_number = 'G3-3'`).length, 1);
  const [action] =
    await sql`select arguments ->> 'reason' as reason, email from public.sync_actions order by id desc limit 1`;
  assertEquals(action, { reason: "a wrong number", email: "operator@stack.local" });
  await page.getByText("10 applications", { exact: true }).waitFor();
});

withPage("all that fails for one cause is forgotten by number", async ({ page, sql, signIn }) => {
  await createApplications(sql, { stored: 700, pending: 0, failed: 0, parked: 601, gone: 0 });
  await signIn("operator", `#/not-current?fingerprint=${encodeURIComponent(PARKED)}`);
  await page.getByRole("button", { name: "Choose all 601 of this cause" }).click();
  await page.getByRole("group", { name: "What is chosen" }).getByRole("button", { name: "Forget" }).click();
  const dialog = page.getByRole("dialog", { name: "Forget 601?" });
  await dialog.getByText("601 applications come off the queue.").waitFor();
  await dialog.getByLabel("Why").fill("closed branch");
  assertEquals(await confirm(page, "Forget 601?", "Forget"), "601 applications are off the queue.");
  assertEquals((await sql`select from public.sync_status where state = 'parked'`).length, 0);
});

withPage("one is fetched by its number, and a refused one says why", async ({ page, sql, signIn }) => {
  await signIn("operator", "#/not-current");
  await page.getByRole("button", { name: "Fetch by number…" }).click();
  const dialog = page.getByRole("dialog", { name: "Fetch by number" });
  await assertAccessible(page, "fetching by number");
  await dialog.getByRole("button", { name: "Fetch now" }).click();
  await dialog.getByText(/Say which/).waitFor();
  await dialog.getByLabel("Numbers").fill("x".repeat(201));
  await dialog.getByRole("button", { name: "Fetch now" }).click();
  await dialog.getByText(/more than 200 characters/).waitFor();
  await dialog.getByLabel("Numbers").fill("G3-100004, G3-100005");
  assertMatch(await confirm(page, "Fetch by number", "Fetch now"), /2 applications are asked for/);
  const asked = await sql`select from public.sync_status where g3_application_number in ('G3-100004', 'G3-100005')`;
  assertEquals(asked.length, 2);
});

withPage(
  "the list stays while the API is away, and says so when it is asked for again",
  async ({ page, sql, api, signIn }) => {
    await createApplications(sql, FEW);
    await signIn("operator", "#/not-current");
    await page.getByText("11 applications", { exact: true }).waitFor();
    await api.goAway();
    await page.getByRole("button", { name: "Refresh" }).click();
    await page.getByRole("main").getByText(/The API does not answer/).waitFor();
    await untilEqual(() => page.getByRole("row").count(), 12);
    api.comeBack();
    await page.getByRole("main").getByText(/it is asked for again by itself/).waitFor({ state: "detached" });
    await untilEqual(() => page.getByRole("row").count(), 12);
  },
);

withPage("the CSV has all of the filter, with what the page leaves out", async ({ page, sql, signIn }) => {
  await createApplications(sql, { stored: 500, pending: 0, failed: 0, parked: 450, gone: 2 });
  await signIn("viewer", "#/not-current?state=parked");
  await page.getByText("450 applications", { exact: true }).waitFor();
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download CSV" }).click();
  const download = await downloading;
  const lines = (await Deno.readTextFile(await download.path())).trim().split("\r\n");
  assertEquals(lines.length, 451);
  assertEquals(new Set(lines.map((line) => line.split(",")[0])).size, 451, "no number twice");
  assertMatch(lines[0]!, /Application,State,Since,Attempts,Next attempt,Last error,OCC saved,Stored as saved$/);
});

withPage("with 200,000 applications each page is there", async ({ page, sql, signIn }) => {
  await createApplications(sql, { stored: 200_000, pending: 3_000, failed: 4_000, parked: 500, gone: 100 });
  await signIn("operator");
  for (
    const [hash, text] of [
      ["#/not-current", "7,600 applications"],
      ["#/not-current?state=failed&search=G3-30", "G3-3001"],
      ["#/applications/G3-3001", "What is stored"],
      ["#/numbers", "200,000"],
      ["#/act", "Who did what"],
    ] as const
  ) {
    await page.goto(`${page.url().split("#")[0]}${hash}`);
    await page.getByText(text).first().waitFor();
  }
});
