import fc from "fast-check";
import { readNumbers } from "../../../supabase/dashboard/src/numbers.ts";
import { assertEquals } from "../../support/assert.ts";

Deno.test("readNumbers() takes what people paste, each number once", () => {
  assertEquals(readNumbers(" G3-1, G3-2;G3-1\n\tG3-3 ,"), ["G3-1", "G3-2", "G3-3"]);
  assertEquals(readNumbers(" ,; "), []);
  const number = fc.string({ minLength: 1 }).filter((text) => !/[\s,;]/.test(text));
  fc.assert(fc.property(fc.uniqueArray(number), fc.constantFrom(",", " ", ";\n"), (numbers, between) => {
    assertEquals(readNumbers(numbers.join(between)), numbers);
  }));
});
