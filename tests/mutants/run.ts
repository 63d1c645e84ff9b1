// `deno task mutate`: breaks one rule after another, each in a copy of the project, and runs the tests that are to
// notice. A mutant that nothing notices survives: exit code 1. Takes long, so it is no part of the test command.
import { styleText } from "node:util";
import { processBatch } from "../../supabase/functions/sync-applications/sync/batch_processor.ts";
import { readArgs, readWhole } from "../../supabase/tools/read_args.ts";
import { type Mutant, mutate } from "./mutant.ts";
import { MUTANTS, testsOf } from "./mutants.ts";

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

/** The tests install what the copy's schemas say. */
async function writeInstallation(folder: string): Promise<void> {
  const script =
    `import { writeGenerated } from "./tests/stack/schemas/generate.ts"; writeGenerated({ released: false });`;
  const { success, output } = await run(Deno.execPath(), ["eval", script], folder);
  if (!success) throw new Error(`Cannot write the installation:\n${output}`);
}

/** Whether the tests noticed the mutant. */
async function hunt(mutant: Mutant): Promise<boolean> {
  const folder = await copyProject();
  try {
    const path = `${folder}/${mutant.file}`;
    await Deno.writeTextFile(path, mutate(await Deno.readTextFile(path), mutant));
    if (mutant.file.endsWith(".sql")) await writeInstallation(folder);
    const [first = "", ...others] = testsOf(mutant);
    for (const tests of [[first], others]) {
      if (tests.length === 0) continue;
      const { success, output } = await run(Deno.execPath(), ["run", "-A", "tests/run.ts", ...tests], folder);
      if (success) continue;
      // A mutant must be a mistake somebody could make, not one that no stack starts with.
      if (!/\d+ passed, \d+ failed/.test(output)) throw new Error(`Mutant "${mutant.name}" does not run:\n${output}`);
      return true;
    }
    return false;
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
    jobs: { type: "string", value: "2", about: "how many are hunted at once" },
  },
  examples: [["", "all of them, which takes hours"], ["--only lease", "some of them"]],
  exits: { 0: "the tests notice every break", 1: "a break survives, or does not run" },
}, Deno.args);
const from = readWhole("from", values.from ?? "1", 1, MUTANTS.length);
const jobs = readWhole("jobs", values.jobs ?? "2", 1, 64);
const chosen = MUTANTS.slice(from - 1).filter(({ name }) => name.includes(values.only ?? ""));
const survivors: string[] = [];
const { failed } = await processBatch(chosen, jobs, async (mutant) => {
  const noticed = await hunt(mutant);
  if (!noticed) survivors.push(mutant.name);
  console.log(`${noticed ? styleText("green", "caught  ") : styleText("red", "survived")}  ${mutant.name}`);
});
for (const { item, error } of failed) console.log(`${item.name}: ${error}`);
console.log(`\n${chosen.length - survivors.length - failed.length} of ${chosen.length} mutants caught`);
for (const name of survivors) console.log(`survived: ${name}`);
Deno.exit(survivors.length + failed.length > 0 ? 1 : 0);
