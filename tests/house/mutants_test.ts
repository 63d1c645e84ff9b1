import { assert, assertEquals } from "../support/assert.ts";
import { mutate } from "../mutants/mutant.ts";
import { MUTANTS, testsOf } from "../mutants/mutants.ts";

const PROJECT = new URL("../../", import.meta.url);

/** The file a mutant changes. */
const read = (file: string) => Deno.readTextFileSync(new URL(file, PROJECT));

Deno.test("every mutant still breaks something, and no two of them have one name", () => {
  assert(MUTANTS.length >= 60);
  for (const mutant of MUTANTS) {
    assert(mutate(read(mutant.file), mutant) !== read(mutant.file), mutant.name);
    assert(testsOf(mutant).length > 0, mutant.name);
  }
  assertEquals(new Set(MUTANTS.map(({ name }) => name)).size, MUTANTS.length);
});
