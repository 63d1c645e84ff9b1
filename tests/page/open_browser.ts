import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { PATIENCE_MS } from "./until_equal.ts";

/** Debian's: Chromium without windows, which takes half the time, else all of it. */
const PROGRAMS = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"];
const FLAGS = [
  "--no-sandbox",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The machine's Chromium, or undefined. */
export function findBrowser(): string | undefined {
  return PROGRAMS.find((path) => existsSync(path));
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findBrowser() ?? "", args: FLAGS, timeout: PATIENCE_MS });
}
