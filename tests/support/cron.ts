import type { Sql } from "./database.ts";

/** The schedule whose next tick comes soonest: a second where pg_cron knows seconds, a minute before its 1.5. */
export async function soonestSchedule(sql: Sql): Promise<string> {
  try {
    await sql.begin(async (transaction) => {
      await transaction`select cron.schedule('soonest', '1 second', 'select 1')`;
      throw new KnowsSeconds();
    });
  } catch (error) {
    if (error instanceof KnowsSeconds) return "1 second";
  }
  return "* * * * *";
}

/** Undoes the transaction that has found out. */
class KnowsSeconds extends Error {}
