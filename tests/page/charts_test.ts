import type { Page } from "playwright-core";
import { fillTables } from "../bench/fill_tables.ts";
import { assert, assertEquals } from "../support/assert.ts";
import { waitUntil } from "../support/wait_until.ts";
import { createRuns } from "./create_runs.ts";
import { PATIENCE_MS, untilEqual } from "./until_equal.ts";
import { assertAccessible, withPage } from "./with_page.ts";

const chart = (page: Page, title: string) => page.getByRole("figure", { name: new RegExp(`^${title}`) });
const plot = (page: Page, title: string) => chart(page, title).locator(".u-over");

/** What the first chart adds up to. */
const readCaption = (page: Page) => page.locator("figcaption").first().textContent();

/** Where a chart is, once it stays there: the mouse goes to places, not to elements. */
async function untilStill(page: Page, title: string): Promise<{ x: number; y: number; width: number; height: number }> {
  await plot(page, title).scrollIntoViewIfNeeded();
  let before = "";
  return await waitUntil(`the chart "${title}" to stay where it is`, PATIENCE_MS, async () => {
    const box = await plot(page, title).boundingBox();
    const same = JSON.stringify(box) === before;
    before = JSON.stringify(box);
    return same && box !== null && box;
  });
}

/** Waits until it adds up to this, or to something else than that. */
async function untilCaption(page: Page, caption: string | null, same = true): Promise<void> {
  await page.waitForFunction(
    ([caption, same]) => (document.querySelector("figcaption")?.textContent === caption) === same,
    [caption, same] as const,
  );
}

/** How many pixels of the first chart have each of theme.css' colours; those of another scheme have none. */
async function countColors(page: Page, names: string[]): Promise<number[]> {
  return await page.locator("figure canvas").first().evaluate((canvas: HTMLCanvasElement, names) => {
    const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
    const pixels = new Map<string, number>();
    for (let at = 0; at < data.length; at += 4) {
      const color = `rgb(${data[at]}, ${data[at + 1]}, ${data[at + 2]})`;
      pixels.set(color, (pixels.get(color) ?? 0) + 1);
    }
    return names.map((name) => {
      const probe = document.body.appendChild(document.createElement("i"));
      probe.style.color = `var(--${name})`;
      const { color } = getComputedStyle(probe);
      probe.remove();
      return pixels.get(color) ?? 0;
    });
  }, names);
}

withPage("the charts say what they add up to, and the same stands in a table", async ({ page, sql, signIn }) => {
  await createRuns(sql, 100);
  await signIn();
  await chart(page, "Runs").getByText("completed 90").waitFor();
  await chart(page, "Runs").getByText("failed 5").waitFor();
  await chart(page, "Runs").getByText("cancelled 5").waitFor();
  await chart(page, "Applications").getByText("synced 810").waitFor();
  await chart(page, "How long runs took").getByText("longest 19 s").waitFor();
  await page.getByText("The same as a table").click();
  const cells = page.getByRole("table", { name: "History of the sync" }).locator("[data-heading=Completed]");
  const sum = (texts: string[]) => texts.reduce((sum, text) => sum + Number(text), 0);
  await untilEqual(async () => sum(await cells.allTextContents()), 90);
  await assertAccessible(page, "charts and their table");
});

withPage("dragging over a chart zooms by the address, and back goes back", async ({ page, sql, signIn }) => {
  // Five days of the week: none of them leaves it while one looks.
  await createRuns(sql, 1_440);
  await signIn("viewer", "#/?range=week");
  await chart(page, "Runs").getByText("completed").waitFor();
  const before = await readCaption(page);
  const box = await untilStill(page, "Runs");
  await page.mouse.move(box.x + box.width * 0.25, box.y + 40);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.4, box.y + 40, { steps: 4 });
  await page.mouse.move(box.x + box.width * 0.5, box.y + 40, { steps: 4 });
  await page.mouse.up();
  await page.waitForURL(/#\/\?range=week&from=.*&to=/);
  const query = new URLSearchParams(page.url().split("?")[1]);
  const hours = (Date.parse(query.get("to")!) - Date.parse(query.get("from")!)) / 3_600_000;
  assert(Math.abs(hours - 42) < 2, `a quarter of a week, not ${hours} hours`);
  await page.getByRole("link", { name: "Zoom out" }).waitFor();
  await untilCaption(page, before, false);
  const zoomed = await readCaption(page);
  await page.reload();
  await untilCaption(page, zoomed);
  await assertAccessible(page, "zoomed in");
  await page.goBack();
  await untilCaption(page, before);
});

withPage("a chart's tip says what a bucket holds, and a click opens its runs", async ({ page, sql, signIn }) => {
  await createRuns(sql, 288);
  await signIn();
  await chart(page, "Runs").getByText("completed").waitFor();
  const { width, height } = await untilStill(page, "Runs");
  const position = { x: width * 0.5, y: height / 2 };
  await plot(page, "Runs").hover({ position });
  const words = /^\d+ \w+ \d\d:00 to (\d+ \w+ )?\d\d:00: \d+ completed/;
  await chart(page, "Runs").locator(".tip").filter({ hasText: words }).waitFor();
  await chart(page, "Freshness").locator(".tip").filter({ hasText: "old" }).waitFor();
  await plot(page, "Runs").click({ position });
  await page.waitForURL(/#\/runs\?from=.*&to=/);
  await page.getByText("12 runs", { exact: true }).waitFor();
});

withPage(
  "bars are coloured by outcome, in light and dark, also when that changes while one looks",
  async ({ page, sql, signIn }) => {
    await createRuns(sql, 288);
    await page.emulateMedia({ colorScheme: "light" });
    await signIn();
    await chart(page, "Runs").getByText("completed").waitFor();
    for (const colorScheme of ["light", "dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      await waitUntil(`the bars in ${colorScheme}`, PATIENCE_MS, async () => {
        const [completed = 0, failed = 0, cancelled = 0] = await countColors(page, [
          "good-fill",
          "bad-fill",
          "warn-fill",
        ]);
        // Nine in ten completed, the rest failed or was cancelled by halves.
        return failed > 0 && cancelled > 0 &&
          completed > 10 * failed && completed > 10 * cancelled && completed < 40 * failed;
      });
    }
  },
);

withPage("every range is shown, and an empty one says so", async ({ page, sql, signIn }) => {
  await createRuns(sql, 10);
  await signIn();
  for (const name of ["Hour", "Week", "30 days", "90 days"]) {
    await page.getByRole("navigation", { name: "How far back" }).getByRole("link", { name, exact: true }).click();
    await page.getByRole("link", { name, exact: true }).and(page.locator("[aria-current]")).waitFor();
    await chart(page, "Runs").getByText("completed 9").waitFor();
  }
  await page.goto(page.url().replace(/#.*/, "#/?from=2001-01-01&to=2001-01-02"));
  await page.getByText("No run began in this time").waitFor();
});

withPage("26,000 runs and 200,000 applications are drawn, whatever the range", async ({ page, sql, signIn }) => {
  await fillTables(sql, 200_000);
  await createRuns(sql, 26_000);
  await signIn();
  await page.getByRole("link", { name: /^Current about (199|200),\d{3}/ }).waitFor();
  const captions = new Set<string | null>();
  for (const name of ["Hour", "Day", "Week", "30 days", "90 days"]) {
    await page.getByRole("navigation", { name: "How far back" }).getByRole("link", { name, exact: true }).click();
    await page.getByRole("link", { name, exact: true }).and(page.locator("[aria-current]")).waitFor();
    await page.locator("[aria-busy=false] .charts").waitFor();
    captions.add(await readCaption(page));
  }
  assertEquals(captions.size, 5, "each range has its own sums");
  await page.getByRole("link", { name: "All runs" }).click();
  await page.getByText("26,000 runs").waitFor();
});

withPage("charts that cannot be had say why, and no longer that they are coming", async ({ page, signIn }) => {
  await page.route(/sync_history/, (route) => route.abort());
  await signIn("viewer");
  await page.getByRole("heading", { name: "Cannot load the history" }).waitFor();
  await untilEqual(() => page.getByRole("region", { name: "History" }).getAttribute("aria-busy"), "false");
  await page.unroute(/sync_history/);
  await page.getByText("No run began in this time").waitFor();
});
