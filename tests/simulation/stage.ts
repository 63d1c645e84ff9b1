import type postgres from "postgres";
import { startStack } from "../stack/stack.ts";
import { createLockHolder, type LockHolder } from "./database/locks.ts";
import { openSimDatabase } from "./database/sim_database.ts";
import type { See } from "./sightings.ts";

/** What all seeds are played on: a PostgreSQL with the project's schema, and a second connection to hold locks. */
export interface Stage {
  sql: postgres.Sql;
  locks: LockHolder;
  see: See;
}

/** Brings up a stack, lets `play` play on its database, and takes it down whatever happens. */
export async function withStage(see: See, play: (stage: Stage) => Promise<void>): Promise<void> {
  const stack = await startStack({
    applications: 0,
    latency: "0",
    faults: "",
    seed: 1,
    cron: false,
    functionLog: () => {},
    report: () => {},
  });
  try {
    const sql = await openSimDatabase(stack.env.ADMIN_DB_URL);
    const locks = createLockHolder(stack.env.ADMIN_DB_URL);
    await play({ sql, locks, see });
    await locks.end();
    await sql.end();
  } finally {
    await stack.stop();
  }
}
