import { judgeVersion } from "../../supabase/tools/doctor/check_extensions.ts";
import { assertEquals } from "../support/assert.ts";
import { FAULTS } from "./doctor/faults.ts";
import { FAULTS_OF_CONNECTION, FAULTS_OF_FUNCTION } from "./doctor/faults_of_function.ts";
import { FAULTS_OF_HEALTH } from "./doctor/faults_of_health.ts";
import { testFaults } from "./doctor/test_faults.ts";

Deno.test("judgeVersion() refuses what is older than the migrations need", () => {
  assertEquals([14, 15, 17].map((major) => judgeVersion(major).state), ["fail", "ok", "ok"]);
});

Deno.test("docs/doctor.md lists every fault, in this order", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/doctor.md", import.meta.url));
  const rows = [...text.matchAll(/^\| *(\d+) *\| (.*?) *\| `(.*?)` *\|$/gm)].map(([, ...cells]) => cells);
  assertEquals(rows, FAULTS.map(({ what, line }, index) => [String(index + 1), what, line]));
});

testFaults("the function and of health", [
  ...FAULTS_OF_FUNCTION,
  ...FAULTS_OF_CONNECTION,
  ...FAULTS_OF_HEALTH,
]);
