import { CLI } from "./stack/migrate.ts";
import { EMBEDDED_MAJOR } from "./stack/embedded_postgres.ts";
import type { TestTool } from "./stack/test_tools.ts";

/** A part of the test command: one process. Its environment is the stack's. */
export interface Part {
  name: string;
  command: string;
  /** `DB_URL` in them stands for the stack's. */
  args: string[];
  /** It is skipped where one of them is missing. */
  needs?: TestTool[];
}

/** Exit code of a part that could not look: neither passed nor failed. What it says after `skipped: ` is why. */
export const SKIPPED = 77;

/** In a part's arguments: where the stack's database is. */
export const DB_URL = "{DB_URL}";

const DENO = Deno.execPath();
/** What the hosted platform runs. */
const HOSTED_DENO = "deno@2.1.4";
/** A version-5 lock file makes 2.1.4 panic, and the function's dependencies need no node_modules folder. */
const HOSTED_ARGS = ["test", "-q", "--no-lock", "--no-config", "--import-map=import_map.json"];
/** Ticks, operators and failures; chaos, load and the log's hygiene are the same function on any server. */
const E2E_AGAIN = ["schedule", "operate", "application_life", "status", "occ_failures"];
/** What a busy machine measures steadily: ratios only. */
const BENCHED = ["backlog", "heavyTail", "idleTick", "settle"];

const types: Part = { name: "types", command: DENO, args: ["run", "-A", "tests/stack/generate_types.ts", "--check"] };
const advisors: Part = {
  name: "advisors",
  command: "npx",
  args: ["-y", CLI, "db", "advisors", `--remote=${DB_URL}`, "--fail-on=info"],
};
const database: Part = {
  name: "database",
  command: "pg_prove",
  args: ["--ext", ".sql", "tests/database"],
  needs: ["pg_prove", "pgTAP"],
};
const SCHEMAS = "tests/stack/schemas_test.ts";
const schemas: Part = { name: "schemas", command: DENO, args: ["test", "-q", "-A", SCHEMAS] };
const integration: Part = { name: "integration", command: DENO, args: ["test", "-q", "-A", "tests/integration"] };

function simulation(seeds: number): Part {
  return { name: "simulation", command: DENO, args: ["run", "-A", "tests/simulation/run.ts", "--seeds", `${seeds}`] };
}

/** One file of tests as a part of its own. */
export function isTestFile(path: string): boolean {
  return /^tests\/(unit|integration|e2e|house|stack|platform|page)\/.+_test\.ts$/.test(path);
}

export function partOf(path: string): Part {
  return { name: path, command: DENO, args: ["test", "-q", "-A", path] };
}

/** All parts. */
export function listParts(): Part[] {
  const hosted = ["-y", HOSTED_DENO, ...HOSTED_ARGS];
  return [
    { name: "house", command: DENO, args: ["test", "-q", "--allow-read", "--allow-env", "tests/house"] },
    { name: "unit", command: DENO, args: ["test", "-q", "tests/unit"] },
    types,
    advisors,
    {
      name: "lint",
      command: "npx",
      args: ["-y", CLI, "db", "lint", `--remote=${DB_URL}`, "--fail-on=warning"],
      needs: ["plpgsql_check"],
    },
    schemas,
    { name: "audit", command: DENO, args: ["run", "-A", "tests/audit.ts"] },
    database,
    integration,
    // The page is for browsers.
    { name: "hosted-unit", command: "npx", args: [...hosted, "--ignore=tests/unit/dashboard", "tests/unit"] },
    { name: "hosted-integration", command: "npx", args: [...hosted, "-A", "tests/integration"] },
    { name: "stack", command: DENO, args: ["test", "-q", "-A", `--ignore=${SCHEMAS}`, "tests/stack"] },
    { name: "platform", command: DENO, args: ["test", "-q", "-A", "tests/platform"] },
    simulation(300),
    { name: "bench", command: DENO, args: ["run", "-A", "tests/bench/run.ts", "--short", ...BENCHED] },
    { name: "e2e", command: DENO, args: ["test", "-q", "-A", "tests/e2e"], needs: ["curl"] },
    { name: "page", command: DENO, args: ["test", "-q", "-A", "tests/page"], needs: ["chromium"] },
  ];
}

/**
 * What runs a second time, on a stack with the PostgreSQL hosted projects have. Not again: what does not touch the
 * database; `lint`, for which that server has no plpgsql_check; and of `e2e` the long ones and this README.
 */
export function listEmbeddedParts(): Part[] {
  const stack = ["stand_ins", "migrations_test.ts", "removal_test.ts", "schemas_test.ts", "upgrade_test.ts"].map((
    path,
  ) => `tests/stack/${path}`);
  const parts = [
    types,
    advisors,
    database,
    integration,
    { name: "stack", command: DENO, args: ["test", "-q", "-A", ...stack] },
    simulation(40),
    { name: "e2e", command: DENO, args: ["test", "-q", "-A", ...E2E_AGAIN.map((name) => `tests/e2e/${name}_test.ts`)] },
  ];
  return parts.map((part) => ({ ...part, name: `${part.name}-${EMBEDDED_MAJOR}` }));
}
