import { CLI } from "./stack/migrate.ts";

/** A part of the test command: one process. Its environment is the stack's. */
export interface Part {
  name: string;
  command: string;
  args: string[];
}

const DENO = Deno.execPath();
/** What the hosted platform runs. */
const HOSTED_DENO = "deno@2.1.4";
/** A version-5 lock file makes 2.1.4 panic, and the function's dependencies need no node_modules folder. */
const HOSTED_ARGS = ["test", "-q", "--no-lock", "--no-config", "--import-map=import_map.json"];
/** What a busy machine measures steadily: ratios only. */
const BENCHED = ["backlog", "heavyTail", "idleTick", "settle"];
/** Tests of the stack itself, which runs on current Deno only. */
const STACK_TESTS = ["tests/unit/occ_", "tests/unit/stack_", "tests/integration/stack_", "tests/integration/query_"];

function listTests(folder: string, ofFunction: boolean): string[] {
  const root = new URL("..", import.meta.url).pathname;
  return [...Deno.readDirSync(`${root}${folder}`)]
    .map((entry) => `${folder}/${entry.name}`)
    .filter((path) => path.endsWith("_test.ts"))
    .filter((path) => !ofFunction || !STACK_TESTS.some((start) => path.startsWith(start)))
    .sort();
}

/** All parts, for a stack whose database is at `databaseUrl`. */
export function listParts(databaseUrl: string): Part[] {
  const hosted = ["-y", HOSTED_DENO, ...HOSTED_ARGS];
  const cli = ["-y", CLI, "db"];
  return [
    { name: "unit", command: DENO, args: ["test", "-q", ...listTests("tests/unit", false)] },
    { name: "docs", command: DENO, args: ["run", "-A", "tests/docs/draw_architecture.ts", "--check"] },
    { name: "types", command: DENO, args: ["run", "-A", "tests/stack/generate_types.ts", "--check"] },
    { name: "advisors", command: "npx", args: [...cli, "advisors", `--remote=${databaseUrl}`, "--fail-on=info"] },
    { name: "lint", command: "npx", args: [...cli, "lint", `--remote=${databaseUrl}`, "--fail-on=warning"] },
    { name: "audit", command: DENO, args: ["run", "-A", "tests/audit.ts"] },
    { name: "database", command: "pg_prove", args: ["--ext", ".sql", "tests/database"] },
    { name: "integration", command: DENO, args: ["test", "-q", "-A", ...listTests("tests/integration", false)] },
    { name: "hosted-unit", command: "npx", args: [...hosted, ...listTests("tests/unit", true)] },
    { name: "hosted-integration", command: "npx", args: [...hosted, "-A", ...listTests("tests/integration", true)] },
    { name: "simulation", command: DENO, args: ["run", "-A", "tests/simulation/run.ts", "--seeds", "300"] },
    { name: "bench", command: DENO, args: ["run", "-A", "tests/bench/run.ts", "--short", ...BENCHED] },
    { name: "e2e", command: DENO, args: ["test", "-q", "-A", ...listTests("tests/e2e", false)] },
  ];
}
