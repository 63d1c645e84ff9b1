import type { Page } from "playwright-core";
import { assertEquals } from "../support/assert.ts";
import { waitUntil } from "../support/wait_until.ts";
import { createApplications } from "./create_applications.ts";
import { PATIENCE_MS, untilEqual } from "./until_equal.ts";
import { assertAccessible, withPage } from "./with_page.ts";

/** What has the keyboard, in words. */
async function focused(page: Page): Promise<string> {
  return await page.evaluate(() => {
    const element = document.activeElement!;
    if (element === document.body) return "nothing";
    return `${element.tagName} ${element.getAttribute("aria-label") ?? element.textContent}`;
  });
}

async function untilFocused(page: Page, wanted: string): Promise<void> {
  await untilEqual(() => focused(page), wanted);
}

/** By `g` and a letter, again where the machine was too slow for the page to take the two together. */
async function goBy(page: Page, key: string, heading: string): Promise<void> {
  await waitUntil(`the page behind g ${key}`, PATIENCE_MS, async () => {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    return await page.getByRole("heading", { name: heading, level: 1 }).isVisible();
  });
  await untilFocused(page, `H1 ${heading}`);
}

/** Presses Tab until it is there; a walk that never comes there is one nobody can make. */
async function tabTo(page: Page, wanted: RegExp): Promise<void> {
  await page.waitForFunction(
    (wanted) =>
      [...document.querySelectorAll("a, button")].some((element) =>
        wanted.test(`${element.tagName} ${element.getAttribute("aria-label") ?? element.textContent}`)
      ),
    wanted,
  );
  for (let steps = 0; steps < 60; steps++) {
    if (wanted.test(await focused(page))) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never comes to ${wanted}; it is at ${await focused(page)}`);
}

withPage("one signs in, finds an application and has it tried again without a mouse", async ({ page, sql, url }) => {
  await createApplications(sql, { stored: 10, pending: 0, failed: 3, parked: 0, gone: 0 });
  await page.goto(url);
  await page.getByLabel("Email").waitFor();
  await tabTo(page, /Sign in as the stack's operator/);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "History" }).waitFor();
  await page.keyboard.press("/");
  await page.waitForFunction(() => document.activeElement?.hasAttribute("data-search"));
  await page.keyboard.type("G3-2");
  await page.keyboard.press("Enter");
  await untilFocused(page, "H1 G3-2");
  await tabTo(page, /BUTTON Try again/);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByText("1 application is fetched by the next sync.").waitFor();
  await tabTo(page, /BUTTON Try again/);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).waitFor();
  await untilFocused(page, "BUTTON Close");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  const [row] = await sql`select state from public.sync_status where g3_application_number = 'G3-2'`;
  assertEquals(row?.state, "pending");
});

withPage("the first Tab skips to the content and keeps the address", async ({ page, signIn }) => {
  await signIn("viewer", "#/numbers");
  await page.getByRole("heading", { name: "Applications in numbers" }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: "Applications in numbers" }).waitFor();
  await page.keyboard.press("Tab");
  await untilFocused(page, "A Skip to the content");
  await page.keyboard.press("Enter");
  await untilEqual(() => page.evaluate(() => document.activeElement?.id), "content");
  assertEquals(new URL(page.url()).hash, "#/numbers");
});

withPage("shortcuts go where they say, and letters that are typed stay letters", async ({ page, signIn }) => {
  await signIn("viewer");
  await page.getByRole("heading", { name: "History" }).waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await assertAccessible(page, "the shortcuts");
  await page.keyboard.press("g");
  await page.keyboard.press("n");
  assertEquals(new URL(page.url()).hash, "#/", "not behind a dialog");
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  for (
    const [key, heading] of [
      ["n", "Applications in numbers"],
      ["r", "Runs"],
      ["a", "You may look, not act"],
      ["c", "Not current"],
    ] as const
  ) {
    await goBy(page, key, heading);
  }
  await page.keyboard.press("/");
  await page.waitForFunction(() => document.activeElement?.hasAttribute("data-search"));
  await page.keyboard.type("gnu?");
  await untilEqual(() => page.getByRole("searchbox").inputValue(), "gnu?");
  assertEquals(await page.getByRole("dialog").count(), 0);
});

for (const width of [360, 768, 1920]) {
  withPage(`nothing is wider than a screen of ${width} pixels`, async ({ page, sql, signIn }) => {
    await createApplications(sql, { stored: 20, pending: 1, failed: 5, parked: 2, gone: 1 });
    await signIn();
    for (
      const [hash, heading] of [
        ["#/not-current", "Not current"],
        ["#/applications/G3-2", "G3-2"],
        ["#/numbers", "Applications in numbers"],
        ["#/act", "Act"],
      ] as const
    ) {
      await page.goto(`${page.url().split("#")[0]}${hash}`);
      await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
      await page.waitForFunction(() => !document.querySelector("main .loading"));
      await untilEqual(() => page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, hash);
      await assertAccessible(page, `${hash} on ${width} pixels`);
    }
  }, { viewport: { width, height: 800 } });
}
