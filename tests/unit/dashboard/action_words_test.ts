import { describeAction, describeArguments } from "../../../supabase/dashboard/src/action_words.ts";
import { assertEquals } from "../../support/assert.ts";

Deno.test("describeAction() has words for what operators do, and the name of what it does not know", () => {
  assertEquals(describeAction("forget_application"), "Forgot an application");
  assertEquals(describeAction("update sync_settings"), "Changed the settings");
  assertEquals(describeAction("do_something_new"), "Do something new");
});

Deno.test("describeArguments() says what was given, and nothing of what was not", () => {
  const say = (given: unknown) => describeArguments({ arguments: given });
  assertEquals(say({ force: true, since: "2026-01-01" }), "since 2026-01-01, everything again");
  assertEquals(say({ since: null, force: false }), "–");
  assertEquals(say({ id: "G3-1", reason: "a wrong number" }), "G3-1, because: a wrong number");
  assertEquals(say({ applications: ["A", "B", "C", "D", "E"] }), "A, B, C and 2 others");
  assertEquals(say({ alert_parked_from: { from: 1, to: 7 } }), "alert parked from: 1 → 7");
  assertEquals(say({ everything: true }), "everything");
  assertEquals(say(null), "–");
});
