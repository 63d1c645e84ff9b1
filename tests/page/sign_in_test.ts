import { assert, assertEquals } from "../support/assert.ts";
import { stackEnv } from "../support/stack_env.ts";
import { untilEqual } from "./until_equal.ts";
import { assertAccessible, withPage } from "./with_page.ts";

withPage("signed out there is nothing but the form, and nothing is asked for", async ({ page, api, url }) => {
  for (const path of ["", "runs", "not-current?state=failed", "applications/G3-1", "numbers", "act"]) {
    await page.goto(`${url}/#/${path}`);
    await page.getByLabel("Email").waitFor();
    assertEquals(await page.getByRole("navigation").count(), 0, path);
    assertEquals(await page.getByRole("heading").allTextContents(), ["Applications sync"], path);
  }
  assertEquals(api.asked.filter(({ path }) => path.startsWith("/rest/")), []);
  await assertAccessible(page, "signing in");
});

withPage("a wrong password is said, a right one signs in, and signing out leaves nothing", async ({ page, url }) => {
  await page.goto(`${url}/#/numbers`);
  await page.getByLabel("Email").fill(stackEnv("VIEWER_EMAIL"));
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByText(/invalid login credentials/i).waitFor();
  await page.getByLabel("Password").fill(stackEnv("VIEWER_PASSWORD"));
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "Applications in numbers" }).waitFor();
  assert(!page.url().includes(stackEnv("VIEWER_PASSWORD")));
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByLabel("Email").waitFor();
  await untilEqual(
    () => page.evaluate(() => Object.keys(localStorage).filter((key) => localStorage[key].includes("token"))),
    [],
  );
});

withPage("the form waits for no API", async ({ page, api, url }) => {
  await api.goAway();
  await page.goto(url);
  await page.getByLabel("Email").waitFor();
});

withPage("while the API is away signing in says so", async ({ page, api, url }) => {
  await page.goto(url);
  await api.goAway();
  await page.getByRole("button", { name: "Sign in as the stack's viewer" }).click();
  await page.getByText(/Sign-in does not answer/).waitFor();
});
