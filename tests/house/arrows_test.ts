import { assert, assertEquals } from "../support/assert.ts";
import { findViolations, type Room, roomOf } from "./find_violations.ts";
import { readModule, readModules } from "./read_modules.ts";

const PROJECT = new URL("../../", import.meta.url);
const IN_FUNCTION = "supabase/functions/sync-applications";

/** Arrows the house has; when none of a kind is seen, nobody looked. */
const SEEN: [Room, Room][] = [
  ["index", "http"],
  ["index", "root"],
  ["http", "sync"],
  ["http", "root"],
  ["sync", "occ"],
  ["sync", "database"],
  ["sync", "root"],
  ["occ", "root"],
  ["database", "root"],
  ["tools", "tools"],
  ["tools", "database"],
  ["tests", "tools"],
  ["tests", "http"],
  // The application's types.
  ["database", "occ"],
];

Deno.test("the arrows of the house go one way: http -> sync -> occ, database; nothing leads to the tests", () => {
  const modules = readModules(PROJECT, ["supabase", "tests"]);
  assert(modules.length >= 150, `${modules.length} files`);
  const ofFunction = modules.filter(({ path }) => path.startsWith(IN_FUNCTION));
  assert(ofFunction.length >= 25, `${ofFunction.length} files of the function`);
  const arrows = new Set(modules.flatMap(({ path, imports }) => {
    return imports.map(({ target }) => `${roomOf(path)} -> ${roomOf(target)}`);
  }));
  assertEquals(SEEN.map(([from, to]) => `${from} -> ${to}`).filter((arrow) => !arrows.has(arrow)), []);
  for (const name of ["Deno", "createClient", "EdgeRuntime"]) {
    assert(ofFunction.some(({ names }) => names.has(name)), `nothing of the function uses ${name}`);
  }

  const violations = findViolations(modules);
  assert(violations.length === 0, `\n${violations.join("\n")}`);
});

/** A house of two files: what `text` says in `path`, and the file it imports. */
function judge(path: string, text: string, target: string): string[] {
  return findViolations([readModule(path, text), readModule(target, "")]);
}

Deno.test("findViolations() names the file and the import, however it is written", () => {
  const from = `${IN_FUNCTION}/http/handler.ts`;
  const target = `${IN_FUNCTION}/database/watermark.ts`;
  const wrong = [`${from} imports ${target}: http may import http, sync, root`];
  for (
    const text of [
      'import { getLastSyncDate } from "../database/watermark.ts";',
      'import {\n  getLastSyncDate,\n  type Row,\n} from "../database/watermark.ts";',
      'import type { Row } from "../database/watermark.ts";',
      'import * as watermark from "../database/watermark.ts";',
      'import "../database/watermark.ts";',
      'export * from "../database/watermark.ts";',
      'export { type Row } from "../database/watermark.ts";',
      'const { getLastSyncDate } = await import("../database/watermark.ts");',
      'type Row = import("../database/watermark.ts").Row;',
    ]
  ) assertEquals(judge(from, text, target), wrong, text);
  assertEquals(judge(from, '// import "../database/watermark.ts";\nconst text = `import "./x.ts"`;', target), []);
});

Deno.test("findViolations() lets the database know an application's type, and no more of OCC", () => {
  const from = `${IN_FUNCTION}/database/application_row.ts`;
  const target = `${IN_FUNCTION}/occ/application_medium.ts`;
  assertEquals(judge(from, 'import type { A } from "../occ/application_medium.ts";', target), []);
  assertEquals(judge(from, 'import { type A, type B } from "../occ/application_medium.ts";', target), []);
  const wrong = [`${from} imports ${target}: database may import database, root`];
  assertEquals(judge(from, 'import { ATTRIBUTES, type A } from "../occ/application_medium.ts";', target), wrong);
  assertEquals(judge(from, 'import type { Occ } from "../occ/invoke_occ.ts";', `${IN_FUNCTION}/occ/invoke_occ.ts`), [
    `${from} imports ${IN_FUNCTION}/occ/invoke_occ.ts: database may import database, root`,
  ]);
});

Deno.test("findViolations() keeps the tests out of what is shipped, the tools out of the function, and root files low", () => {
  const wrong = (path: string, specifier: string, target: string) =>
    judge(path, `import { x } from "${specifier}";`, target).length;
  assertEquals(wrong("supabase/tools/sync.ts", "../../tests/a.ts", "tests/a.ts"), 1);
  assertEquals(wrong(`${IN_FUNCTION}/sync/a.ts`, "../../../../tests/a.ts", "tests/a.ts"), 1);
  assertEquals(wrong(`${IN_FUNCTION}/sync/a.ts`, "../../../tools/a.ts", "supabase/tools/a.ts"), 1);
  assertEquals(wrong(`${IN_FUNCTION}/settings.ts`, "./occ/a.ts", `${IN_FUNCTION}/occ/a.ts`), 1);
  assertEquals(wrong(`${IN_FUNCTION}/http/a.ts`, "../index.ts", `${IN_FUNCTION}/index.ts`), 1);
  assertEquals(wrong(`${IN_FUNCTION}/settings.ts`, "./clock.ts", `${IN_FUNCTION}/clock.ts`), 0);
  assertEquals(wrong("tests/a.ts", "../supabase/tools/a.ts", "supabase/tools/a.ts"), 0);
});

Deno.test("findViolations() finds cycles, of types too, and who else wires", () => {
  const [a, b, c] = ["tests/a.ts", "tests/b.ts", "tests/c.ts"];
  const cycle = [
    readModule(a, 'import { x } from "./b.ts";'),
    readModule(b, 'import type { X } from "./c.ts";'),
    readModule(c, 'export * from "./a.ts";'),
  ];
  assertEquals(findViolations(cycle), [`import cycle: ${a} -> ${b} -> ${c} -> ${a}`]);
  const wires = (text: string) => findViolations([readModule(`${IN_FUNCTION}/sync/a.ts`, text)]);
  for (
    const [text, name] of [
      ['const value = Deno.env.get("X");', "Deno"],
      ["const { env } = Deno;", "Deno"],
      ['const value = globalThis["Deno"];', "Deno"],
      ['import { createClient as create } from "@supabase/supabase-js";', "createClient"],
      ["EdgeRuntime.waitUntil(work);", "EdgeRuntime"],
      ["const value = process.env.X;", "process.env"],
    ] as const
  ) assertEquals(wires(text), [`${IN_FUNCTION}/sync/a.ts uses ${name}: only index.ts may`], text);
  assertEquals(wires("/** Deno.env */\nconst text = 'EdgeRuntime'; // createClient"), []);
});
