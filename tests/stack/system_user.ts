import { StackError } from "./stack_error.ts";

/** Who runs PostgreSQL: it refuses to be root. Empty when the stack itself is not started as root. */
export type SystemUser = { uid: number; gid: number } | Record<string, never>;

/** The OS user `postgres`, else `nobody`, when this is root, and otherwise whoever this is. */
export function postgresUser(): SystemUser {
  if (Deno.uid() !== 0) return {};
  const lines = Deno.readTextFileSync("/etc/passwd").split("\n");
  for (const name of ["postgres", "nobody"]) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(":") ?? [];
    if (Number(uid) > 0 && Number(gid) > 0) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new StackError("Cannot start PostgreSQL as root, and there is no user postgres: start as another user");
}

export function give(path: string, user: SystemUser): void {
  if ("uid" in user) Deno.chownSync(path, user.uid, user.gid);
}
