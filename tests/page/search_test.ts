import { createApplications } from "./create_applications.ts";
import { untilEqual } from "./until_equal.ts";
import { withPage } from "./with_page.ts";

const FEW = { stored: 30, pending: 0, failed: 13, parked: 0, gone: 0 };

withPage("a letter typed while the search before is taken up is not lost", async ({ page, sql, signIn }) => {
  await createApplications(sql, FEW);
  await signIn("viewer", "#/not-current");
  await page.getByText("13 applications", { exact: true }).waitFor();
  await page.evaluate(() =>
    addEventListener("hashchange", () => {
      const search = document.querySelector<HTMLInputElement>("[data-search]")!;
      search.value += "2";
      search.dispatchEvent(new InputEvent("input", { bubbles: true }));
    }, { once: true })
  );
  await page.getByRole("searchbox").fill("G3-1");
  await page.waitForURL(/search=G3-12$/);
  await page.getByText("1 application", { exact: true }).waitFor();
  await untilEqual(() => page.getByRole("searchbox").inputValue(), "G3-12");
});

withPage("what is chosen right after the last letter stays chosen", async ({ page, sql, signIn }) => {
  await createApplications(sql, { ...FEW, parked: 2 });
  await signIn("viewer", "#/not-current");
  await page.getByText("15 applications", { exact: true }).waitFor();
  await page.evaluate(() => {
    const search = document.querySelector<HTMLInputElement>("[data-search]")!;
    search.value = "G3-1";
    search.dispatchEvent(new InputEvent("input", { bubbles: true }));
    location.hash = "#/not-current?state=parked";
  });
  await page.waitForURL(/state=parked&search=G3-1$/);
  await page.getByText("2 applications", { exact: true }).waitFor();
});
