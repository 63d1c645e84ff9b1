// `deno task stop`: stops every stack of this project, also what is left of one whose process was killed.
import { readEnv, removeEnv } from "./env_file.ts";
import { cleanUp, listStates } from "./state.ts";

const states = listStates();
for (const state of states) {
  console.log(`Stopping the stack on port ${state.port}`);
  await cleanUp(state);
}
const left = readEnv();
if (left?.API_URL) removeEnv({ API_URL: left.API_URL });
if (states.length === 0) console.log("No stack is running");
