// `deno task mutate`: breaks one rule after another, each in a copy of the project, and runs the tests that are to
// notice. A mutant that nothing notices survives: exit code 1. Takes long, so it is no part of the test command.
import { styleText } from "node:util";
import { readArgs } from "../../supabase/tools/read_args.ts";
import { type Mutant, mutate } from "./mutant.ts";
import { MUTANTS } from "./mutants.ts";

const PROJECT = new URL("../../", import.meta.url);
const COPIED = ["supabase", "tests", "deno.json", "deno.lock", "import_map.json", "README.md", "docs"];

async function run(command: string, args: string[], cwd: string): Promise<{ success: boolean; output: string }> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args, cwd, stdin: "null" }).output();
  const text = new TextDecoder();
  return { success, output: text.decode(stdout) + text.decode(stderr) };
}

async function copyProject(): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "mutant-" });
  const from = COPIED.map((name) => Deno.realPathSync(new URL(name, PROJECT)));
  await run("cp", ["-r", ...from, folder], folder);
  Deno.symlinkSync(Deno.realPathSync(new URL("node_modules", PROJECT)), `${folder}/node_modules`);
  return folder;
}

/** Migrations are numbered anew from time to time: the end of the name is enough. */
function findFile(folder: string, file: string): string {
  if (!file.endsWith(".sql")) return `${folder}/${file}`;
  const migrations = `${folder}/supabase/migrations`;
  const name = [...Deno.readDirSync(migrations)].map((entry) => entry.name).find((entry) => entry.endsWith(file));
  if (name === undefined) throw new Error(`There is no migration …${file}`);
  return `${migrations}/${name}`;
}

/** The tests that noticed the mutant, or undefined when it survived. */
async function hunt(mutant: Mutant): Promise<string | undefined> {
  const folder = await copyProject();
  try {
    const path = findFile(folder, mutant.file);
    await Deno.writeTextFile(path, mutate(await Deno.readTextFile(path), mutant));
    for (const test of mutant.tests) {
      const { success, output } = await run(Deno.execPath(), ["run", "-A", "tests/run.ts", test], folder);
      if (success) continue;
      // A mutant must be a mistake somebody could make, not one that no stack starts with.
      if (!/\d+ passed, \d+ failed/.test(output)) throw new Error(`Mutant "${mutant.name}" does not run:\n${output}`);
      return test;
    }
    return undefined;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const { values } = readArgs({
  task: "mutate",
  purpose: "Breaks the project's rules one by one, and says which of the breaks the tests do not notice.",
  options: {
    only: { type: "string", value: "text", about: "only mutants whose name contains the text" },
    from: { type: "string", value: "1", about: "the number of the mutant to begin with" },
  },
}, Deno.args);
const chosen = MUTANTS.slice(Number(values.from ?? 1) - 1).filter(({ name }) => name.includes(values.only ?? ""));
const survivors: string[] = [];
for (const [index, mutant] of chosen.entries()) {
  const noticed = await hunt(mutant);
  if (noticed === undefined) survivors.push(mutant.name);
  const verdict = noticed === undefined
    ? styleText("red", "survived")
    : `${styleText("green", "caught")} by ${noticed}`;
  console.log(`${String(index + 1).padStart(3)} of ${chosen.length}  ${mutant.name}: ${verdict}`);
}
console.log(`\n${chosen.length - survivors.length} of ${chosen.length} mutants caught`);
for (const name of survivors) console.log(`survived: ${name}`);
Deno.exit(survivors.length > 0 ? 1 : 0);
