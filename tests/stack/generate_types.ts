// `deno task types`: writes database.types.ts from the migrations. With --check exit code 1 when the file has drifted.
import { fileURLToPath } from "node:url";
import { readArgs } from "../../supabase/tools/read_args.ts";
import { denoTask } from "../../supabase/tools/terminal/deno_task.ts";
import { runCli } from "./supabase_cli.ts";
import { startStack } from "./stack.ts";
import { StackError } from "./stack_error.ts";

const PATH = fileURLToPath(
  new URL("../../supabase/functions/sync-applications/database/database.types.ts", import.meta.url),
);

async function generate(databaseUrl: string): Promise<string> {
  const { success, stdout, stderr } = await runCli(["gen", "types", `--remote=${databaseUrl}`, "--schema", "public"]);
  if (!success) throw new Error(`supabase gen types failed:\n${new TextDecoder().decode(stderr)}`);
  return await format(new TextDecoder().decode(stdout));
}

async function format(source: string): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--ext=ts", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(source));
  await writer.close();
  return new TextDecoder().decode((await child.output()).stdout);
}

/** From the running stack of the tests, or from one of its own. */
async function generateFromMigrations(): Promise<string> {
  const databaseUrl = Deno.env.get("DB_URL");
  if (databaseUrl) return await generate(databaseUrl);
  const report = (step: string) => console.log(step);
  const options = { applications: 0, latency: "0", faults: "", seed: 1, cron: false, functionLog: () => {}, report };
  const stack = await startStack(options);
  try {
    return await generate(stack.env.DB_URL);
  } finally {
    await stack.stop();
  }
}

const { check } = readArgs({
  task: "types",
  purpose: "Writes database.types.ts from the migrations, with the Supabase CLI.",
  options: { check: { type: "boolean", about: "writes nothing, and fails when the file has drifted" } },
  examples: [["", "after a change of the migrations"], ["--check", "whether the file is what they give"]],
  exits: { 0: "the file is what the migrations give", 1: "it has drifted, or no stack could be started" },
}, Deno.args).values;
const generated = await generateFromMigrations().catch((error) => {
  if (!(error instanceof StackError)) throw error;
  console.error(error.message);
  Deno.exit(1);
});
if (check) {
  if (Deno.readTextFileSync(PATH) !== generated) {
    console.error(`database.types.ts differs from what the migrations give: run \`${denoTask("types")}\``);
    Deno.exit(1);
  }
  console.log("database.types.ts is what the migrations give");
} else {
  Deno.writeTextFileSync(PATH, generated);
  console.log("Wrote supabase/functions/sync-applications/database/database.types.ts");
}
Deno.exit(0);
