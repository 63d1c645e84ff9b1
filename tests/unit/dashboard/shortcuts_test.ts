import { readShortcut, SHORTCUTS } from "../../../supabase/dashboard/src/shortcuts.ts";
import { assert, assertEquals } from "../../support/assert.ts";

const press = (key: string, held = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...held });

Deno.test("readShortcut() knows each key that the help names", () => {
  for (const { keys } of SHORTCUTS) {
    const before = keys.length > 1 ? keys[0] : undefined;
    assert(readShortcut(press(keys.at(-1)!), before) !== undefined, keys.join(" "));
  }
});

Deno.test("readShortcut() leaves the browser's own keys, and letters that mean something only behind g", () => {
  for (const held of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }]) {
    assertEquals(readShortcut(press("u", held)), undefined);
  }
  assertEquals(readShortcut(press("r")), undefined);
  assertEquals(readShortcut(press("r"), "x"), undefined);
  assertEquals(readShortcut(press("r"), "g"), { go: ["runs"] });
  assertEquals(readShortcut(press("toString"), "g"), undefined);
  assertEquals(readShortcut(press("constructor")), undefined);
});
