import type { Page } from "playwright-core";

/** Confirms a dialog; resolves to what came of it, and closes it. */
export async function confirm(page: Page, title: string | RegExp, verb: string): Promise<string> {
  const dialog = page.getByRole("dialog", { name: title });
  await dialog.getByRole("button", { name: verb, exact: true }).click();
  await dialog.getByRole("button", { name: "Close" }).waitFor();
  const said = await dialog.getByRole("status").last().innerText();
  await dialog.getByRole("button", { name: "Close" }).click();
  await dialog.waitFor({ state: "detached" });
  return said;
}
