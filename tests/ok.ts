// `deno task ok`: what CI runs, one after the other, until something fails. Types are a part of the test command.
import { fileURLToPath } from "node:url";
import { readArgs } from "../supabase/tools/read_args.ts";

const STEPS = [
  ["fmt", "--check"],
  ["lint"],
  ["task", "--quiet", "test"],
];

readArgs({
  task: "ok",
  purpose: "Checks formatting, lint and types, and runs every test: what CI runs.",
  options: {},
  examples: [["", "before each commit that is pushed"]],
  exits: { 0: "all checks passed", 1: "a check failed; those after it did not run" },
}, Deno.args);
for (const args of STEPS) {
  const { code } = await new Deno.Command(Deno.execPath(), { args, cwd: fileURLToPath(new URL("..", import.meta.url)) })
    .spawn().status;
  if (code !== 0) Deno.exit(1);
}
