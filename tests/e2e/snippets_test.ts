import { PROJECT } from "../docs/read_blocks.ts";
import { assert, assertEquals, assertMatch, assertRejects } from "../support/assert.ts";
import type { TransactionSql } from "../support/database.ts";
import { withStack } from "../support/with_stack.ts";

// supabase/snippets/: one action a file. What Studio runs is the whole file, as it is.

const FOLDER = `${PROJECT}supabase/snippets`;
const NAMES = [...Deno.readDirSync(FOLDER)].map(({ name }) => name.replace(/\.sql$/, "")).sort();
const read = (name: string) => Deno.readTextFileSync(`${FOLDER}/${name}.sql`);

const NUMBER = ["G3-…", "G3-100001"] as const;
const DAY = ["YYYY-MM-DD", "2025-06-01"] as const;

interface Unfinished {
  /** What it says as it is. */
  says: RegExp;
  /** What is put in, and where; and what it says then. */
  put: readonly [string, string];
  then: RegExp;
}

/** Snippets that want something first: run as they are, they change nothing. */
const UNFINISHED: Record<string, Unfinished> = {
  "Accept the gap": { says: /^Nothing was done: /, put: ["when false", "when true"], then: /^Accepted: / },
  "Fetch everything since a day": { says: /invalid input syntax for type date/, put: DAY, then: /^Requested .*2025/ },
  "Forget an application": {
    says: /Cannot forget G3-…: reason is empty/,
    put: ["'G3-…', reason => ''", "'G3-100001', reason => 'a wrong number'"],
    then: /^G3-100001 is off the queue/,
  },
  "Reconcile since a day": { says: /invalid input syntax for type date/, put: DAY, then: /2025-06-01/ },
  "Remove everything": {
    says: /^Nothing was removed: /,
    put: ["yes_remove_everything constant boolean := false", "yes_remove_everything constant boolean := true"],
    then: /^$/,
  },
  "Start from a day": { says: /invalid input syntax for type date/, put: DAY, then: /lists from 2025-06-01/ },
  "Sync since a day": { says: /invalid input syntax for type date/, put: DAY, then: /^Requested .*2025-06-01/ },
  "Try a cause again": {
    says: /Cannot fetch application: …/,
    put: ["application: …", "application: OCC answered 503"],
    then: /G3-100001|1 application/,
  },
  "Try applications again": { says: /G3-…/, put: NUMBER, then: /1 application/ },
  "Why is this application old": { says: /G3-…/, put: NUMBER, then: /G3-100001/ },
};

/** Snippets in which a placeholder only finds nothing. */
const FIND_NOTHING = ["Changes of an application", "Statuses of an application"];

/** What a snippet says, or the error it ends with; nothing of what it did stays. */
async function run(transaction: TransactionSql, text: string): Promise<{ said: string; failed: boolean }> {
  const undo = new Error("undone");
  let [said, failed] = ["", false];
  await transaction.savepoint(async (savepoint) => {
    // As one prepared statement: a second one in the file is an error.
    const rows = await savepoint.unsafe(text, [], { prepare: true });
    said = rows.flatMap((row) => Object.values(row)).filter((value) => typeof value === "string").join("\n");
    throw undo;
  }).catch((error: Error) => {
    if (error !== undo) [said, failed] = [error.message, true];
  });
  return { said, failed };
}

withStack("every snippet runs whole, and those that want something first do nothing without it", async (sql) => {
  assert(NAMES.length >= 30);
  assertEquals(Object.keys(UNFINISHED).filter((name) => !NAMES.includes(name)), []);
  const failed = await assertRejects(() =>
    sql.begin(async (transaction) => {
      await transaction`
        insert into public.sync_status (g3_application_number, state, last_error)
        values ('G3-100001', 'failed', 'Cannot fetch application G3-100001: OCC answered 503')`;
      await transaction`
        select sovereign_sync.note_errors(
          '[{"id": "G3-100001", "error": "Cannot fetch application G3-100001: OCC answered 503"}]')`;
      await transaction`insert into public.sync_gaps (from_date, to_date) values ('2026-01-01', '2026-01-11')`;
      for (const name of NAMES) {
        const text = read(name);
        const unfinished = UNFINISHED[name];
        const { said, failed } = await run(transaction, text);
        if (unfinished) {
          assertMatch(said, unfinished.says, name);
          const [from, to] = unfinished.put;
          assert(text.includes(from), name);
          const finished = await run(transaction, text.replace(from, to));
          assertEquals([name, finished.failed && finished.said], [name, false]);
          assertMatch(finished.said, unfinished.then, name);
        } else {
          assertEquals([name, failed && said], [name, false]);
          assertEquals(/…|YYYY/.test(text), FIND_NOTHING.includes(name), name);
        }
      }
      throw new Error("all of it was run");
    })
  );
  assertEquals(failed.message, "all of it was run");
});

Deno.test("every snippet is one statement below a comment, named after what it does", () => {
  for (const name of NAMES) {
    assertMatch(name, /^[A-Z][\w ]+$/);
    const text = read(name).trimEnd();
    assert(text.endsWith(";"), name);
    const code = text.replaceAll(/^--.*$/gm, "");
    if (name !== "Remove everything") assertEquals(code.match(/;/g)?.length, 1, name);
  }
});
