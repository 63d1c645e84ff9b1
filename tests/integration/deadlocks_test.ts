import { assert, assertEquals } from "../support/assert.ts";
import { connect, type Sql } from "../support/database.ts";
import { withHarness } from "../support/harness.ts";

const SECONDS = 5;
/** However slow the machine is, each does at least so much, and has this long for it. */
const TURNS = 10;
const MOST_SECONDS = 120;
const SAVED = ["2026-01-15T10:00:00Z", "2026-01-16T10:00:00Z"];

/** Somebody who does the same again and again; counts how often, and what went wrong. */
class Actor {
  done = 0;
  readonly errors: string[] = [];
  readonly #sql = connect();

  async act(isOver: () => boolean, act: (sql: Sql, turn: number) => Promise<unknown>): Promise<void> {
    for (let turn = 0; !isOver(); turn++) {
      try {
        await act(this.#sql, turn);
        this.done++;
      } catch (error) {
        const { code = "", message = "" } = error as { code?: string; message?: string };
        this.errors.push(`${code} ${message}`);
      }
    }
    await this.#sql.end();
  }
}

/** Some of the applications in any order: known ones and, as time goes on, new ones, which come before and after those. */
function someIds(count: number): string[] {
  const first = Date.now() % 1_000_000;
  return Array.from({ length: count }, () => {
    const number = String(first + Math.floor(Math.random() * 400));
    return `G3-${[...number].reverse().join("")}`;
  });
}

withHarness(
  `requests, lists, claims, settlements and deletions never wait in a circle, for ${SECONDS} s`,
  0,
  async ({ sql }) => {
    const lease = crypto.randomUUID();
    await sql`select public.open_sync_run(${lease}, '2026-01-01', 'schedule')`;
    const began = Date.now();
    let listed = 0;
    let claimed = 0;
    const list = async (sql: Sql, turn: number) => {
      const entries = someIds(200).map((id) => ({ id, last_saved: SAVED[turn % 2] ?? "" }));
      await sql`select public.enqueue_applications(${lease}, ${sql.json(entries)}, ${listed++}, '2026-01-01', true)`;
    };
    const fetchAndSettle = async (sql: Sql, turn: number) => {
      const rows = await sql`select id from public.claim_applications(${lease}, 30, ${claimed++}) as id`;
      const began_at = new Date().toISOString();
      const ids: string[] = rows.map(({ id }) => id);
      const answers = ids.slice(5).map((id) => ({
        g3_application_number: id,
        lastsaveddatetime: SAVED[turn % 2] ?? null,
        began_at,
      }));
      const failures = ids.slice(0, 5).map((id) => ({ id, error: "Cannot fetch", step: "fetch" }));
      await sql`select public.settle_applications(${lease}, ${sql.json(answers)}, ${sql.json(failures)})`;
    };
    const actors: [Actor, (sql: Sql, turn: number) => Promise<unknown>][] = [
      [new Actor(), list],
      [new Actor(), fetchAndSettle],
      [new Actor(), (sql) => sql`select public.request_applications(${someIds(40)})`],
      [new Actor(), (sql) => sql`select public.request_applications(${someIds(40)})`],
      [new Actor(), (sql) => sql`select public.request_applications(${someIds(3)})`],
      [
        new Actor(),
        (sql) => sql`delete from public.tblsovereignapplications where g3_application_number = any (${someIds(2)})`,
      ],
    ];
    const isOver = () => {
      const seconds = (Date.now() - began) / 1000;
      return seconds > MOST_SECONDS ||
        seconds > SECONDS && actors.every(([{ done, errors }]) => done + errors.length > TURNS);
    };
    await Promise.all(actors.map(([actor, act]) => actor.act(isOver, act)));
    assertEquals(actors.flatMap(([actor]) => actor.errors), []);
    for (const [actor] of actors) assert(actor.done > TURNS, `${actor.done} turns`);
  },
);

withHarness("a part of a list that is sent again counts once, whatever it holds", 0, async ({ sql, logRow }) => {
  const lease = crypto.randomUUID();
  await sql`select public.open_sync_run(${lease}, '2026-01-01', 'schedule')`;
  const entries = (from: number) =>
    sql.json([0, 1, 2].map((index) => ({ id: `G3-${from + index}`, last_saved: "2026-01-15T10:00:00Z" })));
  const enqueue = async (part: number, complete: boolean) => {
    const [row] = await sql`
      select public.enqueue_applications(${lease}, ${entries(part * 3)}, ${part}, '2026-01-01', ${complete}) as due`;
    return row?.due;
  };
  assertEquals([await enqueue(0, false), await enqueue(0, false)], [0, 0]);
  assertEquals([await enqueue(1, true), await enqueue(1, true)], [6, 6]);
  const row = await logRow();
  assertEquals([row.applications_found, row.applications_enqueued, row.listed_parts], [6, 6, 2]);
});
