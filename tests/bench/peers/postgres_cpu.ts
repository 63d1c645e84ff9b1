import { cpuMs } from "../process_usage.ts";
import type { Sql } from "../../support/database.ts";

/** CPU time of all of PostgreSQL so far, its ended backends included. */
export async function postgresCpuMs(sql: Sql): Promise<number> {
  const [row] = await sql`select pg_backend_pid() as pid`;
  const postmaster = parentOf(row?.pid);
  const children = Deno.readTextFileSync(`/proc/${postmaster}/task/${postmaster}/children`).trim().split(" ");
  return [postmaster, ...children.map(Number)].reduce((sum, pid) => sum + cpuOf(pid), endedChildrenMs(postmaster));
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1]);
}

/** Of those it waited for. */
function endedChildrenMs(pid: number): number {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

/** One may end between the list and the look. */
function cpuOf(pid: number): number {
  try {
    return cpuMs(pid);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
