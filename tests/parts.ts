import { CLI } from "./stack/migrate.ts";

/** A part of the test command: one process. Its environment is the stack's. */
export interface Part {
  name: string;
  command: string;
  args: string[];
}

/** Exit code of a part that could not look: neither passed nor failed. What it says after `skipped: ` is why. */
export const SKIPPED = 77;

const DENO = Deno.execPath();
/** What the hosted platform runs. */
const HOSTED_DENO = "deno@2.1.4";
/** A version-5 lock file makes 2.1.4 panic, and the function's dependencies need no node_modules folder. */
const HOSTED_ARGS = ["test", "-q", "--no-lock", "--no-config", "--import-map=import_map.json"];
/** What a busy machine measures steadily: ratios only. */
const BENCHED = ["backlog", "heavyTail", "idleTick", "settle"];

/** One file of tests as a part of its own. */
export function isTestFile(path: string): boolean {
  return /^tests\/(unit|integration|e2e|house|stack|platform)\/.+_test\.ts$/.test(path);
}

export function partOf(path: string): Part {
  return { name: path, command: DENO, args: ["test", "-q", "-A", path] };
}

/** All parts, for a stack whose database is at `databaseUrl`. */
export function listParts(databaseUrl: string): Part[] {
  const hosted = ["-y", HOSTED_DENO, ...HOSTED_ARGS];
  const cli = ["-y", CLI, "db"];
  return [
    { name: "house", command: DENO, args: ["test", "-q", "--allow-read", "--allow-env", "tests/house"] },
    { name: "unit", command: DENO, args: ["test", "-q", "tests/unit"] },
    { name: "types", command: DENO, args: ["run", "-A", "tests/stack/generate_types.ts", "--check"] },
    { name: "advisors", command: "npx", args: [...cli, "advisors", `--remote=${databaseUrl}`, "--fail-on=info"] },
    { name: "lint", command: "npx", args: [...cli, "lint", `--remote=${databaseUrl}`, "--fail-on=warning"] },
    { name: "audit", command: DENO, args: ["run", "-A", "tests/audit.ts"] },
    { name: "database", command: "pg_prove", args: ["--ext", ".sql", "tests/database"] },
    { name: "integration", command: DENO, args: ["test", "-q", "-A", "tests/integration"] },
    { name: "hosted-unit", command: "npx", args: [...hosted, "tests/unit"] },
    { name: "hosted-integration", command: "npx", args: [...hosted, "-A", "tests/integration"] },
    { name: "stack", command: DENO, args: ["test", "-q", "-A", "tests/stack"] },
    { name: "platform", command: DENO, args: ["test", "-q", "-A", "tests/platform"] },
    { name: "simulation", command: DENO, args: ["run", "-A", "tests/simulation/run.ts", "--seeds", "300"] },
    { name: "bench", command: DENO, args: ["run", "-A", "tests/bench/run.ts", "--short", ...BENCHED] },
    { name: "e2e", command: DENO, args: ["test", "-q", "-A", "tests/e2e"] },
  ];
}
