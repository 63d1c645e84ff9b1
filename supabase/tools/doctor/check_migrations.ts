import { type Check, fail, ok, type Step, warn } from "./check.ts";
import { enumerate, type Installation } from "./inspect_installation.ts";
import { pushMigrations, repairMigrations, shell } from "./steps.ts";
import type { Subject } from "./subject.ts";

/** The history of the migrations against the files here, and against what is there. */
export function checkMigrations({ expected }: Subject, { missing, applied, begun, present }: Installation): Check[] {
  const { versions, objects, extensionsVersion } = expected;
  const unknown = (applied ?? []).filter((version) => !versions.includes(version));
  const checks: Check[] = unknown.length === 0 ? [] : [warn(
    "checkout",
    `older than the database, which has ${enumerate(unknown)} too: db push refuses`,
    shell("git pull --ff-only"),
  )];
  const open = versions.filter((version) => !applied?.includes(version));
  if (open.length === 0) return [...checks, ok("migrations", `all ${versions.length} applied`)];
  // What is there need not be made again, nor what came before it. What one version lacks the line "installation" makes.
  const lacks = (version: string) =>
    !begun.has(version) && missing.some((name) => objects.get(name)?.version === version);
  const newest = [...objects].filter(([name]) => present.has(name)).map(([, { version }]) => version).sort().at(-1) ??
    extensionsVersion ?? "";
  const done = open.filter((version) => version <= newest && !lacks(version));
  const steps: Step[] = [
    ...(done.length > 0 ? [repairMigrations("applied", done)] : []),
    ...(done.length < open.length ? [pushMigrations()] : []),
  ];
  return [...checks, fail("migrations", `not recorded as applied: ${enumerate(open)}`, ...steps)];
}
