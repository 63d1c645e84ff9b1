import type { Page } from "playwright-core";
import { assertEquals, assertMatch } from "../support/assert.ts";
import type { Sql } from "../support/database.ts";
import { assertAccessible, withPage } from "./with_page.ts";

/** Three that fail for one cause, one for another, and one that is parked. */
async function failSome(sql: Sql): Promise<void> {
  await sql`
    insert into public.sync_status (g3_application_number, state, attempts, last_error, stale_since, failing_since, next_attempt_at)
    select 'G3-' || n, case when n = 5 then 'parked' else 'failed' end, 2,
      'Cannot fetch application G3-' || n || ': OCC answered ' || case when n = 4 then 503 else 404 end,
      now() - interval '10 minutes', now() - interval '10 minutes', now() + interval '1 hour'
    from generate_series(1, 5) as s (n)`;
  await sql`
    select private.note_errors(jsonb_agg(jsonb_build_object('id', s.g3_application_number, 'error', s.last_error)))
    from public.sync_status as s`;
}

async function confirm(page: Page, title: string | RegExp, verb: string): Promise<string> {
  const dialog = page.getByRole("dialog", { name: title });
  await dialog.getByRole("button", { name: verb, exact: true }).click();
  await dialog.getByRole("button", { name: "Close" }).waitFor();
  const said = await dialog.getByRole("status").innerText();
  await dialog.getByRole("button", { name: "Close" }).click();
  return said;
}

withPage(
  "what is not current is filtered by state, cause and number, in the address",
  async ({ page, sql, signIn }) => {
    await failSome(sql);
    await signIn("viewer", "#/not-current");
    const rows = page.getByRole("row");
    await page.getByText("5 applications").waitFor();
    assertEquals(await rows.count(), 6);
    await assertAccessible(page, "what is not current");
    await page.getByRole("link", { name: "1 parked" }).click();
    await page.getByRole("row", { name: /G3-5/ }).waitFor();
    assertEquals(await rows.count(), 2);
    await page.getByRole("link", { name: "all", exact: true }).click();
    await page.getByRole("link", { name: "Cannot fetch application: OCC answered 503" }).click();
    await page.getByText("1 application", { exact: true }).last().waitFor();
    assertMatch(page.url(), /fingerprint=/);
    await page.getByRole("link", { name: "Any cause" }).click();
    await page.getByRole("searchbox").fill("G3-2");
    await page.getByRole("row", { name: /G3-2/ }).waitFor();
    await page.waitForFunction(() => document.querySelectorAll("tbody tr").length === 1);
    assertMatch(page.url(), /search=G3-2/);
    assertEquals(await page.getByRole("button", { name: "Try again" }).count(), 0);
  },
);

withPage(
  "chosen applications are tried again after a preview, and the database has it",
  async ({ page, sql, signIn }) => {
    await failSome(sql);
    await signIn("operator", "#/not-current");
    await page.getByRole("checkbox", { name: "Choose G3-1" }).check();
    await page.getByRole("checkbox", { name: "Choose G3-2" }).check();
    await page.getByText("2 chosen").waitFor();
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("dialog").getByText(/2 applications/).first().waitFor();
    await assertAccessible(page, "asking whether to try again");
    await confirm(page, "Try again?", "Try again");
    const retried = await sql`select g3_application_number as id from public.sync_status where attempts = 0 order by 1`;
    assertEquals(retried.map(({ id }) => id), ["G3-1", "G3-2"]);
    const [action] = await sql`select action, email from public.sync_actions order by id desc limit 1`;
    assertEquals(action, { action: "retry", email: "operator@stack.local" });
  },
);

withPage("all of a cause is tried again, whatever page it is on", async ({ page, sql, signIn }) => {
  await failSome(sql);
  const fingerprint = encodeURIComponent("Cannot fetch application: OCC answered 404");
  await signIn("operator", `#/not-current?fingerprint=${fingerprint}`);
  await page.getByRole("button", { name: "Choose all of this cause" }).click();
  await page.getByRole("button", { name: "Try again" }).click();
  await confirm(page, "Try again?", "Try again");
  const [left] =
    await sql`select string_agg(g3_application_number, ' ') as ids from public.sync_status where attempts > 0`;
  assertEquals(left?.ids, "G3-4");
});

withPage("nothing is forgotten without a reason, and the reason is kept", async ({ page, sql, signIn }) => {
  await failSome(sql);
  await signIn("operator", "#/not-current");
  await page.getByRole("checkbox", { name: "Choose G3-3" }).check();
  await page.getByRole("button", { name: "Forget", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Forget them?" });
  await dialog.getByRole("button", { name: "Forget", exact: true }).click();
  await dialog.getByText(/Say why/).waitFor();
  assertEquals((await sql`select from public.sync_status`).length, 5);
  await dialog.getByLabel("Why").fill("a wrong number");
  await confirm(page, "Forget them?", "Forget");
  assertEquals((await sql`select from public.sync_status where g3_application_number = 'G3-3'`).length, 0);
  const [action] = await sql`select arguments::text as said from public.sync_actions order by id desc limit 1`;
  assertMatch(action?.said, /a wrong number/);
});

withPage("an application says why it is as it is, and is fetched now", async ({ page, sql, signIn }) => {
  await signIn("operator", "#/applications/G3-100001");
  await page.getByRole("heading", { name: "G3-100001", level: 1 }).waitFor();
  await page.getByText("Nothing is stored of it.").waitFor();
  await page.getByRole("button", { name: "Fetch now" }).click();
  await confirm(page, /Fetch G3-100001 now/, "Fetch now");
  await page.getByText("applicationName").waitFor({ timeout: 40_000 });
  await assertAccessible(page, "an application");
  assertEquals(
    (await sql`select from public.tblsovereignapplications where g3_application_number = 'G3-100001'`).length,
    1,
  );
});

withPage("the numbers count what is stored, by status and branch", async ({ page, sql, signIn }) => {
  await sql`
    insert into public.tblsovereignapplications (g3_application_number, appstatuscode, tradingbranch, lastsaveddatetime)
    select 'G3-' || n, case when n <= 3 then 'APP' else 'DECL' end, case when n = 1 then null else 'Harbour' end, now()
    from generate_series(1, 4) as s (n)`;
  await signIn("viewer", "#/numbers");
  await page.getByRole("heading", { name: "4 applications" }).waitFor();
  await page.getByRole("row", { name: /APP .*3 .*75 %/ }).waitFor();
  await page.getByRole("row", { name: /Harbour .*3 .*75 %/ }).waitFor();
  await page.getByRole("row", { name: /none .*1 .*25 %/ }).waitFor();
  await assertAccessible(page, "the numbers");
});

withPage("a threshold is changed, and one that cannot be is refused in words", async ({ page, sql, signIn }) => {
  await signIn("operator", "#/act");
  const parked = page.getByLabel(/applications that are parked/i);
  await parked.fill("7");
  await page.getByRole("button", { name: "Save" }).click();
  const value = async () => (await sql`select alert_parked_from as n from public.sync_settings`)[0]?.n;
  await page.waitForFunction(() => document.querySelector<HTMLButtonElement>(".thresholds button")?.disabled);
  assertEquals(await value(), 7);
  await page.getByRole("row", { name: /operator@stack.local/ }).first().waitFor({ timeout: 20_000 });
  await assertAccessible(page, "acting");
  await sql`update public.sync_settings set alert_parked_from = 1`;
});

withPage("who may only look is told how one becomes an operator", async ({ page, signIn }) => {
  await signIn("viewer", "#/act");
  await page.getByRole("heading", { name: "You may look, not act" }).waitFor();
  await page.getByText(/raw_app_meta_data/).waitFor();
  assertEquals(await page.getByRole("button", { name: "Sync now" }).count(), 0);
  await assertAccessible(page, "who may only look");
});

withPage("numbers that are asked for are fetched first", async ({ page, sql, signIn }) => {
  await signIn("operator", "#/act");
  await page.getByLabel("Applications by number").fill("G3-100002, G3-100003");
  await page.getByRole("button", { name: "Fetch now" }).click();
  await confirm(page, "Fetch 2 applications now?", "Fetch now");
  const requested = await sql`select from public.sync_status where g3_application_number in ('G3-100002', 'G3-100003')`;
  assertEquals(requested.length, 2);
});

for (const hash of ["#/not-current", "#/numbers", "#/act", "#/applications/G3-1"]) {
  withPage(`nothing of ${hash} is wider than a phone`, async ({ page, sql, signIn }) => {
    await failSome(sql);
    await signIn("operator", hash);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.waitForTimeout(500);
    const [wide, shown] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assertEquals(wide, shown);
  }, { viewport: { width: 360, height: 740 } });
}
