// `deno task stop`: stops every stack of this project, also what is left of one whose process was killed.
import { readArgs } from "../../supabase/tools/read_args.ts";
import { removeEnv } from "./env_file.ts";
import { readPort } from "./read_flags.ts";
import { cleanUp, listStates } from "./state.ts";

const { values } = readArgs({
  task: "stop",
  purpose: "Stops every stack of this project and removes what is left, also of one whose process was killed.",
  options: { port: { type: "string", value: "54321", about: "only the stack whose API is at this port" } },
  examples: [["", "all of them"], ["--port 54321", "one of them"]],
  exits: { 0: "none runs any more" },
}, Deno.args);
const port = values.port === undefined ? undefined : readPort(values.port);
const states = listStates().filter((state) => port === undefined || state.port === port);
for (const state of states) {
  console.log(`Stopping the stack on port ${state.port}`);
  await cleanUp(state);
  removeEnv(state.port);
}
if (states.length === 0) console.log("No stack is running");
