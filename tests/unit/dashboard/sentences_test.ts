import fc from "fast-check";
import { readSentence, splitSentences } from "../../../supabase/dashboard/src/sentences.ts";
import { assertEquals } from "../../support/assert.ts";

const RUN = "0f8fad5b-d9cb-469f-a165-70867728950e";
const text = (text: string) => ({ kind: "text", text });

Deno.test("readSentence() finds moments, runs and statements, and loses no letter", () => {
  assertEquals(
    readSentence(`The history's last change is of 2026-01-16 10:00 UTC (5 minutes ago), by the run ${RUN}: owner.`),
    [
      text("The history's last change is of "),
      { kind: "time", text: "2026-01-16 10:00 UTC", at: "2026-01-16T10:00:00Z" },
      text(" (5 minutes ago), by "),
      { kind: "run", text: `the run ${RUN}`, run: RUN },
      text(": owner."),
    ],
  );
  const part = fc.oneof(
    fc.string(),
    fc.constantFrom("2026-01-16 10:00 UTC", `the run ${RUN}`, "select retry(array['G3-1']);", "select x('a;b');"),
  );
  fc.assert(fc.property(fc.array(part), (parts) => {
    const sentence = parts.join("");
    assertEquals(readSentence(sentence).map(({ text }) => text).join(""), sentence);
  }));
});

Deno.test("readSentence() offers what the page has a button for, whatever stands in the number", () => {
  const offered = (sentence: string) =>
    readSentence(sentence).flatMap((piece) => piece.kind === "statement" ? [[piece.text, piece.offer]] : []);
  assertEquals(offered("Now: select request_applications(array['G3-1']);"), [
    ["select request_applications(array['G3-1']);", "request"],
  ]);
  assertEquals(offered("It is paused; select resume_sync();"), [["select resume_sync();", "resume"]]);
  assertEquals(offered("select drop_it('G3-1');"), [["select drop_it('G3-1');", undefined]]);
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom(..."G3-1;()[]'\" ,") }), (id) => {
    const quoted = `'${id.replaceAll("'", "''")}'`;
    const sentence = `Mended: select retry(array[${quoted}]); unwanted: select forget_application(${quoted}, 'why');`;
    assertEquals(offered(sentence), [
      [`select retry(array[${quoted}]);`, "retry"],
      [`select forget_application(${quoted}, 'why');`, "forget"],
    ]);
  }));
});

Deno.test("splitSentences() tells what is known from what can be done, whose texts stand beside buttons", () => {
  const { known, doable } = splitSentences([
    "It is failed.",
    "Once its cause is mended: select retry(array['A']); if nobody wants it any more: select forget_application('A', 'why');",
  ]);
  assertEquals(known, [[text("It is failed.")]]);
  assertEquals(doable[0]!.map(({ text }) => text), [
    "Once its cause is mended:",
    "select retry(array['A']);",
    "if nobody wants it any more:",
    "select forget_application('A', 'why');",
  ]);
});
