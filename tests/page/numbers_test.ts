import { assertEquals } from "../support/assert.ts";
import { untilEqual } from "./until_equal.ts";
import { assertAccessible, withPage } from "./with_page.ts";

withPage("the numbers count what is stored, by status and branch", async ({ page, sql, signIn }) => {
  await sql`
    insert into public.tblsovereignapplications (g3_application_number, appstatuscode, tradingbranch, lastsaveddatetime)
    select 'G3-' || n, case when n <= 3 then 'APP' else 'DECL' end, case when n = 1 then null else 'Harbour' end, now()
    from generate_series(1, 4) as s (n)`;
  await signIn("viewer", "#/numbers");
  const figures = page.getByRole("region", { name: "Applications in numbers" });
  await figures.getByText(/^4 ?applications$/).waitFor();
  await figures.getByText(/^4 ?stored for the first time$/).waitFor();
  const row = (region: string, name: RegExp) => page.getByRole("region", { name: region }).getByRole("row", { name });
  await row("By status", /^APP 3 75 %$/).waitFor();
  await row("By status", /^DECL 1 25 %$/).waitFor();
  await row("By branch", /^Harbour 3 75 %$/).waitFor();
  await row("By branch", /^No branch 1 25 %$/).waitFor();
  await assertAccessible(page, "the numbers");
});

withPage(
  "changes a day are drawn and stand in a table, as far back as the address says",
  async ({ page, sql, signIn }) => {
    await sql`
    insert into sovereign_sync.changes (application, changed_at, attributes, old, new)
    select 'G3-' || n, now() - make_interval(days => 10 * (n - 1)), '{owner,type}', '{a,b}', '{c,d}'
    from generate_series(1, 4) as s (n)`;
    await signIn("viewer", "#/numbers");
    const changes = page.getByRole("region", { name: "Changes a day" });
    await changes.getByText("6 changes in 30 days, 0.2 a day").waitFor();
    await untilEqual(() => changes.locator("svg g").count(), 30);
    await changes.locator("svg g").last().hover();
    await changes.getByText(/: 2 changes in 1 application$/).waitFor();
    await changes.getByRole("link", { name: "90 days" }).click();
    await changes.getByText("8 changes in 90 days, 0.09 a day").waitFor();
    await page.waitForURL(/days=90$/);
    await page.reload();
    await changes.getByText("As a table").click();
    await untilEqual(() => changes.getByRole("row").count(), 91);
    await assertAccessible(page, "changes a day, as a table");
    const downloading = page.waitForEvent("download");
    await changes.getByRole("button", { name: "Download CSV" }).click();
    const lines = (await Deno.readTextFile(await (await downloading).path())).trim().split("\r\n");
    assertEquals(lines.length, 91);
  },
);

withPage("no application at all is no mistake", async ({ page, signIn }) => {
  await signIn("operator", "#/numbers");
  await page.getByText("Nothing is stored yet.").first().waitFor();
  await page.getByText("0 changes in 30 days").waitFor();
  await assertAccessible(page, "no numbers");
});

withPage("numbers that cannot be had say why, and are there again at a click", async ({ page, api, signIn }) => {
  await signIn("viewer");
  await page.getByRole("link", { name: "Act" }).click();
  await api.goAway();
  await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Numbers" }).click();
  await page.getByRole("heading", { name: "Cannot load the numbers" }).waitFor();
  await assertAccessible(page, "numbers that cannot be had");
  api.comeBack();
  const there = page.getByText("0 changes in 30 days").waitFor();
  // Or by itself, should that be earlier.
  await Promise.any([page.getByRole("main").getByRole("button", { name: "Try again" }).click(), there]);
  await there;
});
