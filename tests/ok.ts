// `deno task ok`: what CI runs, one after the other, until something fails.
import { fileURLToPath } from "node:url";
import { readArgs } from "../supabase/tools/read_args.ts";

const STEPS = [
  ["fmt", "--check"],
  ["lint"],
  ["check", "--frozen", "supabase", "tests"],
  ["task", "--quiet", "test"],
];

readArgs({
  task: "ok",
  purpose: "Looks at formatting, lint and types, and runs every test: what CI runs.",
  options: {},
  examples: [["", "before each commit that is pushed"]],
  exits: { 0: "all is well", 1: "something is not; what comes after it was not looked at" },
}, Deno.args);
for (const args of STEPS) {
  const { code } = await new Deno.Command(Deno.execPath(), { args, cwd: fileURLToPath(new URL("..", import.meta.url)) })
    .spawn().status;
  if (code !== 0) Deno.exit(1);
}
