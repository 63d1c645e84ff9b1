import { EMBEDDED_MAJOR } from "./stack/embedded_postgres.ts";
import type { TestTool } from "./stack/test_tools.ts";

/**
 * The stack a part runs on, each its own. `main`: this machine's PostgreSQL with pg_cron, else the one from npm. `hosted`:
 * PostgreSQL 17, as hosted projects have, with default privileges that grant everything, as in those made before October
 * 2026. `none`: the part needs no stack, or starts its own.
 */
export type Server = "main" | "hosted" | "none";

/** A part of the test command: one process. Its environment is its stack's. */
export interface Part {
  name: string;
  command: string;
  /** `DB_URL` in them stands for the stack's. */
  args: string[];
  server: Server;
  /** How long it takes beside others on two cores: the longest begin first. */
  seconds: number;
  /** The part is skipped where one of them is missing. */
  needs?: TestTool[];
  /** Runs after all others, because it measures. */
  alone?: boolean;
}

/** Exit code of a part that could not run: neither passed nor failed. It prints the reason after `skipped: `. */
export const SKIPPED = 77;

/** As the command of a part: the pinned Supabase CLI. */
export const SUPABASE = "supabase";

/** In a part's arguments: where the stack's database is. */
export const DB_URL = "{DB_URL}";

const DENO = Deno.execPath();
/** The part `check` has checked the types of all of it. */
const TEST = ["test", "-q", "--no-check"];
/** What the hosted platform runs. */
const HOSTED_DENO = "deno@2.1.4";
/** A version-5 lock file makes 2.1.4 panic, and the function's dependencies need no node_modules folder. */
const HOSTED_TEST = ["-y", HOSTED_DENO, ...TEST, "--no-lock", "--no-config", "--import-map=import_map.json"];
/** Ratios that a busy machine measures steadily. */
const BENCHED = ["backlog", "heavyTail", "idleTick", "settle"];
/** With the corpus they take a minute and a half; `deno task simulate` plays as many as you like. */
const SEEDS = 40;

function denoTest(name: string, server: Server, seconds: number, paths: string[], permissions = ["-A"]): Part {
  return { name, command: DENO, args: [...TEST, ...permissions, ...paths], server, seconds };
}

function cli(name: string, server: Server, seconds: number, args: string[]): Part {
  return { name, command: SUPABASE, args, server, seconds };
}

/** The files of a folder of tests that no part names: a new file is in a part without being added to a list. */
function rest(folder: string, named: string[]): string[] {
  const files = listTestFiles(`tests/${folder}`);
  const missing = named.filter((path) => !files.includes(path));
  if (missing.length > 0) throw new Error(`tests/parts.ts names files that do not exist: ${missing.join(", ")}`);
  return files.filter((path) => !named.includes(path));
}

function listTestFiles(folder: string): string[] {
  return [...Deno.readDirSync(new URL(`../${folder}`, import.meta.url))]
    .flatMap(({ name, isDirectory }) =>
      isDirectory ? listTestFiles(`${folder}/${name}`) : name.endsWith("_test.ts") ? [`${folder}/${name}`] : []
    )
    .sort();
}

const inFolder = (folder: string, names: string[]) => names.map((name) => `tests/${folder}/${name}_test.ts`);

/** One file of tests as a part of its own. */
export function isTestFile(path: string): boolean {
  return /^tests\/(unit|integration|e2e|house|stack|platform|page)\/.+_test\.ts$/.test(path);
}

export function partOf(path: string): Part {
  return denoTest(path, "main", 60, [path]);
}

const CHAOS = inFolder("e2e", ["chaos"]);
const NIGHT = inFolder("e2e", ["operators_night"]);
const DOCTOR = inFolder("e2e", ["doctor", "doctor_installation", "doctor_secrets"]);
const LOAD = inFolder("e2e", ["load", "hygiene"]);
const SCHEMAS = inFolder("stack", ["schemas"]);
const INSTALLATION = inFolder("stack", ["migrations", "removal", "upgrade"]);
const CONTRACTS = rest("stack/stand_ins", []).concat(inFolder("stack", ["pg_net_contract", "vault_contract"]));
const WALK = inFolder("platform", ["walk"]);

/** All parts, and why those run twice that do. */
export function listParts(): Part[] {
  return [
    denoTest("house", "none", 10, ["tests/house"], ["--allow-read", "--allow-env"]),
    { name: "check", command: DENO, args: ["check", "--frozen", "supabase", "tests"], server: "none", seconds: 60 },
    denoTest("unit", "none", 30, ["tests/unit"], []),
    // The function's steps are the same TypeScript on either runtime, but the runtimes differ: fetch, streams, timers,
    // signals, process. The page is for browsers.
    {
      name: "hosted-unit",
      command: "npx",
      args: [...HOSTED_TEST, "--ignore=tests/unit/dashboard", "tests/unit"],
      server: "none",
      seconds: 25,
    },
    { name: "audit", command: DENO, args: ["run", "-A", "tests/audit.ts"], server: "none", seconds: 10 },
    denoTest("integration", "main", 190, ["tests/integration"]),
    // Both differ from the part above, as both do in a hosted project: Deno 2.1.4 and PostgreSQL 17. What fails here and
    // not there is run on each alone: `deno task test integration --postgres embedded`.
    {
      name: "hosted-integration",
      command: "npx",
      args: [...HOSTED_TEST, "-A", "tests/integration"],
      server: "hosted",
      seconds: 210,
    },
    // Privileges, row security and constraints: PostgreSQL 17 has privileges of its own (maintain), and here the default
    // privileges grant everything.
    database("main"),
    database("hosted"),
    {
      name: "types",
      command: DENO,
      args: ["run", "-A", "tests/stack/generate_types.ts", "--check"],
      server: "main",
      seconds: 15,
    },
    // What is granted by default differs, and with it what the advisors find.
    cli("advisors", "main", 15, ["db", "advisors", `--remote=${DB_URL}`, "--fail-on=info"]),
    cli(`advisors-${EMBEDDED_MAJOR}`, "hosted", 15, ["db", "advisors", `--remote=${DB_URL}`, "--fail-on=info"]),
    {
      ...cli("lint", "main", 15, ["db", "lint", `--remote=${DB_URL}`, "--fail-on=warning"]),
      needs: ["plpgsql_check"],
    },
    denoTest("schemas", "main", 40, SCHEMAS),
    denoTest("stack-installation", "main", 120, INSTALLATION),
    // Migrations, upgrade and removal read the system catalogs, which differ between the versions.
    denoTest(`stack-installation-${EMBEDDED_MAJOR}`, "hosted", 120, INSTALLATION),
    denoTest("stack-contracts", "main", 60, CONTRACTS),
    // The stand-ins are SQL, and here they take the place of all three extensions.
    denoTest(`stack-contracts-${EMBEDDED_MAJOR}`, "hosted", 60, CONTRACTS),
    denoTest("stack-rest", "main", 130, rest("stack", [...SCHEMAS, ...INSTALLATION, ...CONTRACTS])),
    denoTest("platform-walk", "none", 200, WALK),
    denoTest("platform-rest", "none", 60, rest("platform", WALK)),
    {
      name: "simulation",
      command: DENO,
      args: ["run", "-A", "--no-check", "tests/simulation/run.ts", "--seeds", `${SEEDS}`],
      server: "none",
      seconds: 120,
    },
    denoTest("e2e-chaos", "none", 190, CHAOS),
    denoTest("e2e-night", "none", 120, NIGHT),
    ...DOCTOR.map((path) =>
      denoTest(`e2e-${/(doctor\w*)_test/.exec(path)?.[1]?.replace("_", "-")}`, "none", 130, [path])
    ),
    denoTest("e2e-load", "main", 60, LOAD),
    { ...denoTest("e2e-rest", "main", 120, rest("e2e", [...CHAOS, ...NIGHT, ...DOCTOR, ...LOAD])), needs: ["curl"] },
    { ...denoTest("page", "main", 300, ["tests/page"]), needs: ["chromium"] },
    {
      name: "bench",
      command: DENO,
      args: ["run", "-A", "--no-check", "tests/bench/run.ts", "--short", ...BENCHED],
      server: "none",
      seconds: 100,
      alone: true,
    },
  ];
}

function database(server: "main" | "hosted"): Part {
  const name = server === "main" ? "database" : `database-${EMBEDDED_MAJOR}`;
  return {
    name,
    command: "pg_prove",
    args: ["--ext", ".sql", "tests/database"],
    server,
    seconds: 15,
    needs: ["pg_prove", "pgTAP"],
  };
}

/** `deno task test quick`: what a change most often breaks, in a minute. */
export function listQuickParts(): Part[] {
  const quick = ["house", "unit", "database"];
  const core = inFolder("integration", ["sync_applications", "versions", "watermark", "lease"]);
  return [...listParts().filter(({ name }) => quick.includes(name)), denoTest("integration-core", "main", 40, core)];
}

/** The word that chooses a part, and others of its kind: `e2e` for `e2e-chaos`, `e2e-night`, … */
export function groupOf({ name }: Part): string {
  return name.split("-")[0] ?? name;
}
