import { assertEquals, assertMatch } from "../support/assert.ts";
import { stackEnv } from "../support/stack_env.ts";
import { waitUntil } from "../support/wait_until.ts";
import { confirm } from "./confirm.ts";
import { PATIENCE_MS, untilEqual } from "./until_equal.ts";
import { assertAccessible, withPage } from "./with_page.ts";

withPage("a sync since a day is asked for, with what it does said before", async ({ page, sql, signIn }) => {
  await signIn("operator", "#/act");
  const form = page.getByRole("form", { name: "Sync now" });
  await form.getByLabel(/^Since/).fill("2026-01-02");
  assertEquals(await page.getByText(/one call of OCC for each/).count(), 0);
  await form.getByLabel(/Everything again/).check();
  await form.getByText(/one call of OCC for each/).waitFor();
  await assertAccessible(page, "acting, with force");
  await form.getByRole("button", { name: "Sync now…" }).click();
  const title = "Sync everything again since 2026-01-02?";
  await page.getByRole("dialog", { name: title }).getByText(/one call of OCC for each/).waitFor();
  await assertAccessible(page, "asking whether to sync");
  assertEquals((await sql`select from public.sync_actions`).length, 0, "not before it is confirmed");
  assertMatch(await confirm(page, title, "Sync now"), /since 2026-01-02, whatever is current/);
  const [run] = await waitUntil("its run", PATIENCE_MS, async () => {
    const runs = await sql`select since_date::text, force from public.tblsovereignapplicationssynclog`;
    return runs.length > 0 ? runs : undefined;
  });
  assertEquals(run, { since_date: "2026-01-02", force: true });
  await page.getByRole("row", { name: /operator@stack.local Synced now since 2026-01-02, everything again/ }).waitFor();
});

withPage("the schedule is paused and resumed", async ({ page, sql, signIn }) => {
  await signIn("operator", "#/act");
  const paused = async () => (await sql`select paused_at from public.sync_settings`)[0]?.paused_at !== null;
  await page.getByRole("button", { name: "Pause the schedule…" }).click();
  await page.getByRole("button", { name: "Cancel" }).click();
  assertEquals(await paused(), false, "nothing is done by asking");
  await page.getByRole("button", { name: "Pause the schedule…" }).click();
  await confirm(page, "Pause the schedule?", "Pause");
  assertEquals(await paused(), true);
  await page.getByText(/Paused since/).waitFor();
  await assertAccessible(page, "acting, while it is paused");
  await page.getByRole("button", { name: "Resume the schedule…" }).click();
  await confirm(page, "Resume the schedule?", "Resume");
  assertEquals(await paused(), false);
});

withPage("what the database refuses says why, and nothing is done", async ({ page, sql, signIn }) => {
  await signIn("operator", "#/act");
  const form = page.getByRole("form", { name: "Start from a day" });
  await form.getByRole("button", { name: "Start from there…" }).click();
  await form.getByText("Choose the day.").waitFor();
  await form.getByLabel(/^Day/).fill("2999-01-01");
  await form.getByRole("button", { name: "Start from there…" }).click();
  const dialog = page.getByRole("dialog", { name: "Let the schedule start from 2999-01-01?" });
  await dialog.getByRole("button", { name: "Start from there" }).click();
  await dialog.getByText(/Cannot start from 2999-01-01: it must not be in the future/).waitFor();
  await assertAccessible(page, "refused");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assertEquals((await sql`select start_from from public.sync_settings`)[0]?.start_from, null);
  await form.getByLabel(/^Day/).fill("2026-01-02");
  await form.getByRole("button", { name: "Start from there…" }).click();
  await confirm(page, /2026-01-02/, "Start from there");
  assertEquals((await sql`select start_from::text as day from public.sync_settings`)[0]?.day, "2026-01-02");
});

withPage("a reconciliation is asked for", async ({ page, sql, signIn }) => {
  await signIn("operator", "#/act");
  await page.getByRole("button", { name: "Reconcile…" }).click();
  assertMatch(await confirm(page, "Reconcile now?", "Reconcile"), /^Requested/);
  const [dispatch] = await sql`select trigger from sovereign_sync.dispatches`;
  assertEquals(dispatch?.trigger, "reconciliation");
});

withPage("a gap is there to be accepted only while it is open", async ({ page, sql, signIn }) => {
  await signIn("operator", "#/act");
  await page.getByRole("heading", { name: "Act", exact: true }).waitFor();
  assertEquals(await page.getByRole("button", { name: "Accept the gap…" }).count(), 0);
  await sql`insert into public.sync_gaps (from_date, to_date) values ('2026-03-01', '2026-03-05')`;
  await page.reload();
  await page.getByRole("region", { name: "Open gap" }).waitFor();
  await assertAccessible(page, "acting, with a gap");
  await page.getByRole("button", { name: "Accept the gap…" }).click();
  assertMatch(await confirm(page, "Accept this gap?", "Accept the gap"), /^Accepted/);
  assertEquals((await sql`select closed_by from public.sync_gaps`)[0]?.closed_by, "accepted");
  await page.getByRole("region", { name: "Open gap" }).waitFor({ state: "detached" });
});

withPage("thresholds are changed, and each that cannot be is told at its field", async ({ page, sql, signIn }) => {
  await signIn("operator", "#/act");
  const form = page.getByRole("form", { name: "When there is an alert" });
  const parked = form.getByLabel("Applications that are parked");
  const stale = form.getByLabel("Seconds for which an application is out of date");
  const values = async () => {
    const [row] = await sql`
      select alert_parked_from as parked, extract(epoch from alert_oldest_stale_after)::int as stale from public.sync_settings`;
    return { ...row };
  };
  try {
    await parked.fill("0");
    await stale.fill("3600");
    await form.getByText("= 1 h").waitFor();
    await form.getByRole("button", { name: "Save" }).click();
    await form.getByText("Must be a whole number of applications from 1 to 1000000, not 0").waitFor();
    await form.getByText("Nothing was changed.").waitFor();
    await untilEqual(() => parked.getAttribute("aria-invalid"), "true");
    await untilEqual(() => stale.getAttribute("aria-invalid"), "false");
    const hasKeyboard = () => parked.evaluate((field) => field === document.activeElement);
    await untilEqual(hasKeyboard, true, "the first wrong one has the keyboard");
    await assertAccessible(page, "a threshold that cannot be");
    assertEquals(await values(), { parked: 1, stale: 1800 });
    await parked.fill("many");
    await form.getByRole("button", { name: "Save" }).click();
    await form.getByText(/Must be a whole number .*, not "many"/).waitFor();
    await parked.fill("7");
    await form.getByRole("button", { name: "Save" }).click();
    await form.getByText(/^Changed/).waitFor();
    assertEquals(await values(), { parked: 7, stale: 3600 });
  } finally {
    await sql`update public.sync_settings set alert_parked_from = 1, alert_oldest_stale_after = '30 minutes'`;
  }
});

withPage("numbers that are asked for are fetched first", async ({ page, sql, signIn }) => {
  await signIn("operator", "#/act");
  const form = page.getByRole("form", { name: "Fetch by number" });
  await form.getByRole("button", { name: "Fetch now…" }).click();
  await form.getByText("Say which.").waitFor();
  await form.getByLabel(/Numbers/).fill("G3-100002, G3-100003");
  await form.getByRole("button", { name: "Fetch now…" }).click();
  await confirm(page, "Fetch 2 applications now?", "Fetch now");
  const requested = await sql`select from public.sync_status where g3_application_number in ('G3-100002', 'G3-100003')`;
  assertEquals(requested.length, 2);
});

withPage("the log of actions goes on where it is asked to", async ({ page, sql, signIn }) => {
  await sql`select sovereign_sync.record_action('start_from', jsonb_build_object('day', n), 'done ' || n) from generate_series(1, 70) as n`;
  await signIn("operator", "#/act");
  const log = page.getByRole("region", { name: "Who did what" });
  await log.getByText("done 70").waitFor();
  await untilEqual(() => log.getByRole("row").count(), 51);
  await log.getByRole("button", { name: "Show older" }).click();
  await log.getByText("done 1", { exact: true }).waitFor();
  await untilEqual(() => log.getByRole("row").count(), 71);
  await untilEqual(() => log.getByRole("button", { name: "Show older" }).count(), 0);
});

withPage("who may only look is told why, and how one becomes an operator", async ({ page, signIn, api }) => {
  await signIn("viewer", "#/act");
  await page.getByRole("heading", { name: "You may look, not act" }).waitFor();
  await page.getByText(/raw_app_meta_data.*where email = 'viewer@stack.local';/).waitFor();
  await page.getByText("from 30 min on").waitFor();
  await untilEqual(() => page.getByRole("main").getByRole("button").count(), 1, "to copy the statement");
  assertEquals(await page.getByRole("main").getByRole("textbox").count(), 0);
  assertEquals(api.asked.filter(({ path }) => path.endsWith("sync_actions_page")), [], "it names colleagues");
  await assertAccessible(page, "who may only look");
});

withPage("who calls themselves an operator is none", async ({ page, sql, signIn }) => {
  const call = async () => {
    const token = await page.evaluate(() => {
      const key = Object.keys(localStorage).find((key) => localStorage[key].includes("access_token"))!;
      return JSON.parse(localStorage[key]).access_token as string;
    });
    const headers = {
      apikey: stackEnv("PUBLISHABLE_KEY"),
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
    };
    const claims = JSON.parse(atob(token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/")));
    const response = await fetch(`${stackEnv("API_URL")}/rest/v1/rpc/operator_pause_sync`, {
      method: "POST",
      headers,
      body: "{}",
    });
    return { claims, status: response.status, body: await response.json() };
  };
  // Each user may write their own user_metadata.
  await sql`update auth.users set raw_user_meta_data = '{"sync_role": "operator"}' where email = 'viewer@stack.local'`;
  try {
    await signIn("viewer", "#/act");
    await page.getByRole("heading", { name: "You may look, not act" }).waitFor();
    const { claims, status, body } = await call();
    assertEquals(claims.user_metadata.sync_role, "operator");
    assertEquals(status, 403);
    assertMatch(body.message, /Only an operator may do this: pause sync/);
    assertMatch(body.hint, /sync_role/);
    assertEquals((await sql`select paused_at from public.sync_settings`)[0]?.paused_at, null);
  } finally {
    await sql`update auth.users set raw_user_meta_data = '{}' where email = 'viewer@stack.local'`;
  }
});
