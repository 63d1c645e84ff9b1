import { fileURLToPath } from "node:url";
import { assert, assertEquals } from "../support/assert.ts";

const MIGRATIONS = new URL("../../supabase/migrations/", import.meta.url);
const CHECK = "20261101000050_check_what_is_there.sql";

const read = (name: string) => Deno.readTextFileSync(fileURLToPath(new URL(name, MIGRATIONS)));

Deno.test("what the migrations create in public is looked for before anything is created", () => {
  const files = [...Deno.readDirSync(fileURLToPath(MIGRATIONS))].map(({ name }) => name).filter((name) =>
    name !== CHECK
  );
  const created = files.flatMap((name) =>
    [...read(name).matchAll(/^create (?:table|view|function) public\."?(\w+)/gm)].map(([, one = ""]) => one)
  );
  assert(created.length >= 30, `${created.length} found`);
  const check = read(CHECK).toLowerCase();
  assertEquals(created.filter((one) => !check.includes(`'${one.toLowerCase()}'`)), []);
});
