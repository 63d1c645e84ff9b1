// `deno task bundle`: the function as it is deployed.
import { fileURLToPath } from "node:url";
import { readArgs } from "./read_args.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const FUNCTION = "supabase/functions/sync-applications";

readArgs({
  task: "bundle",
  purpose: `Writes ${FUNCTION}/bundle.js: the function as it is deployed, every dependency as deno.lock has it.`,
  options: {},
  examples: [["", "before each deployment"]],
  exits: { 0: "the bundle is written", 1: "it could not be written; deno says why" },
}, Deno.args);
const { code } = await new Deno.Command(Deno.execPath(), {
  // Frozen: what deno.lock does not have is an error, not looked up.
  args: ["bundle", "--quiet", "--frozen", "--platform=deno", "-o", `${FUNCTION}/bundle.js`, `${FUNCTION}/index.ts`],
  cwd: PROJECT,
  stdin: "null",
}).spawn().status;
Deno.exit(code);
