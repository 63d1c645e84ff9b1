import { StackError } from "./stack_error.ts";

/** Who runs PostgreSQL: it refuses to be root. Empty when the stack itself is not started as root. */
export type SystemUser = { uid: number; gid: number } | Record<string, never>;

/** The OS user `postgres` when this is root, and otherwise whoever this is. */
export function postgresUser(): SystemUser {
  if (Deno.uid() !== 0) return {};
  const line = Deno.readTextFileSync("/etc/passwd").split("\n").find((line) => line.startsWith("postgres:"));
  const [, , uid, gid] = line?.split(":") ?? [];
  if (uid === undefined || gid === undefined) {
    throw new StackError("Cannot start PostgreSQL as root, and there is no user postgres: adduser --system postgres");
  }
  return { uid: Number(uid), gid: Number(gid) };
}

export function give(path: string, user: SystemUser): void {
  if ("uid" in user) Deno.chownSync(path, user.uid, user.gid);
}
