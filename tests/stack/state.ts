import { stackFolder, STACKS } from "../../supabase/tools/local_stack.ts";
import { isRunning, markProcess, type ProcessMark, processTree, signalProcess, waitUntilGone } from "./processes.ts";
import { StackError } from "./stack_error.ts";
import { runningPostmaster } from "./postmaster.ts";

/** What a stack left on the machine: enough to stop it, also after its own process was killed. */
export interface StackState {
  port: number;
  stack: ProcessMark;
  /** Everything its PostgreSQL writes. */
  clusterFolder: string;
  postmaster?: ProcessMark;
  function?: ProcessMark;
}

/** @throws StackError when the project's folder cannot be written to */
export function writeState(state: StackState): void {
  const path = `${stackFolder(state.port)}/state.json`;
  try {
    Deno.mkdirSync(stackFolder(state.port), { recursive: true });
    Deno.writeTextFileSync(`${path}.new`, JSON.stringify(state));
  } catch (cause) {
    throw new StackError(`Cannot write to ${STACKS}: make the folder writable, or copy the project to one that is`, {
      cause,
    });
  }
  Deno.renameSync(`${path}.new`, path);
}

/** The stacks of this project that were started and not stopped. */
export function listStates(): StackState[] {
  try {
    return [...Deno.readDirSync(STACKS)].flatMap(({ name }) => /^\d+$/.test(name) ? readState(Number(name)) : []);
  } catch {
    return [];
  }
}

function readState(port: number): StackState[] {
  try {
    return [JSON.parse(Deno.readTextFileSync(`${stackFolder(port)}/state.json`))];
  } catch {
    return [];
  }
}

export function isStackRunning(state: StackState): boolean {
  return isRunning(state.stack);
}

export function ownMark(): ProcessMark {
  const mark = markProcess(Deno.pid);
  if (!mark) throw new Error("This process does not see itself");
  return mark;
}

/** Ends what is left of a stack: the stack itself if it runs, then its children, then its folders. */
export async function cleanUp(state: StackState): Promise<void> {
  if (state.stack.pid !== Deno.pid && isStackRunning(state)) {
    signalProcess(state.stack, "SIGTERM");
    await waitUntilGone([state.stack], 15_000);
    signalProcess(state.stack, "SIGKILL");
  }
  if (state.function) {
    const tree = processTree(state.function);
    for (const mark of tree) signalProcess(mark, "SIGKILL");
    await waitUntilGone(tree, 5_000);
  }
  if (state.postmaster) await runningPostmaster(state.postmaster).stop();
  remove(state.clusterFolder);
  remove(stackFolder(state.port));
}

function remove(folder: string): void {
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory)) throw error;
  }
}
