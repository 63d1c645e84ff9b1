import type { PostgresServer } from "./find_postgres.ts";
import { markProcess, type ProcessMark, processTree, signalProcess, waitUntilGone } from "./processes.ts";
import { StackError } from "./stack_error.ts";
import { setTimeout as delay } from "node:timers/promises";
import type { SystemUser } from "./system_user.ts";

/** A postmaster that this process started. */
export interface Postmaster {
  mark: ProcessMark;
  /** Once it is no zombie either, which to the next postmaster is as good as alive. */
  reaped: Promise<unknown>;
}

/** Starts `postgres` on the cluster in `folder`; it runs on when this process is killed, until `stop` finds it. */
export async function startPostmaster(
  server: PostgresServer,
  folder: string,
  user: SystemUser,
): Promise<Postmaster> {
  const child = new Deno.Command(`${server.bin}/postgres`, {
    args: ["-D", `${folder}/data`],
    cwd: folder,
    ...user,
    // Its own process group: Ctrl-C in the terminal is for the stack, which then stops PostgreSQL in good order.
    detached: true,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  child.unref();
  const complaints = new Response(child.stderr).text();
  const mark = markProcess(child.pid);
  const early = await Promise.race([child.status, delay(100)]);
  if (!mark || early) throw new StackError(`Cannot start PostgreSQL: ${(await complaints).trim()}`);
  return { mark, reaped: child.status };
}

/** Stops a running postmaster: first politely (a fast shutdown), then for certain. */
export function runningPostmaster(mark: ProcessMark): { stop(): Promise<void> } {
  return {
    async stop() {
      const tree = processTree(mark);
      signalProcess(mark, "SIGINT");
      if (await waitUntilGone(tree, 5_000)) return;
      for (const left of tree) signalProcess(left, "SIGKILL");
      await waitUntilGone(tree, 5_000);
    },
  };
}
