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
/** Tests of the stack itself, which runs on current Deno only. */
const STACK_TESTS = ["tests/unit/occ_", "tests/integration/stack_test.ts", "tests/integration/stand_ins_test.ts"];

function listTests(folder: string, ofFunction: boolean): string[] {
  const root = new URL("..", import.meta.url).pathname;
  return [...Deno.readDirSync(`${root}${folder}`)]
    .map((entry) => `${folder}/${entry.name}`)
    .filter((path) => path.endsWith("_test.ts"))
    .filter((path) => !ofFunction || !STACK_TESTS.some((start) => path.startsWith(start)))
    .sort();
}

export const PARTS: Part[] = [
  { name: "unit", command: DENO, args: ["test", "-q", ...listTests("tests/unit", false)] },
  { name: "integration", command: DENO, args: ["test", "-q", "-A", ...listTests("tests/integration", false)] },
  { name: "database", command: "pg_prove", args: ["--ext", ".sql", "--dbname", "env", "tests/database"] },
  { name: "e2e", command: DENO, args: ["test", "-q", "-A", "tests/e2e"] },
  {
    name: "hosted-unit",
    command: "npx",
    args: ["-y", HOSTED_DENO, ...HOSTED_ARGS, ...listTests("tests/unit", true)],
  },
  {
    name: "hosted-integration",
    command: "npx",
    args: ["-y", HOSTED_DENO, ...HOSTED_ARGS, "-A", ...listTests("tests/integration", true)],
  },
];
