// `deno task stop`: stops every stack of this project, also what is left of one whose process was killed. With --port
// only that one.
import { parseArgs } from "node:util";
import { removeEnv } from "./env_file.ts";
import { cleanUp, listStates } from "./state.ts";

const { port } = parseArgs({ args: Deno.args, options: { port: { type: "string" } } }).values;
const states = listStates().filter((state) => port === undefined || state.port === Number(port));
for (const state of states) {
  console.log(`Stopping the stack on port ${state.port}`);
  await cleanUp(state);
  removeEnv(state.port);
}
if (states.length === 0) console.log("No stack is running");
