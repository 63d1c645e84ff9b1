import { PROJECT } from "../docs/read_blocks.ts";
import { findThawed, hashMigrations, readManifest } from "../stack/frozen_schema/manifest.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";

const read = (path: string) => Deno.readTextFileSync(`${PROJECT}${path}`);

Deno.test("a released migration is as it was released, and a new one comes after all of them", () => {
  const thawed = findThawed(readManifest().migrations, hashMigrations());
  const what = "before the release: deno task freeze; after it: write a new migration";
  assertEquals(thawed, [], what);
});

Deno.test("findThawed() names what was changed, what is missing, and what comes too early", () => {
  const frozen = { "1_a.sql": "x", "2_b.sql": "y", "4_d.sql": "z" };
  assertEquals(findThawed(frozen, { "1_a.sql": "x", "2_b.sql": "Y", "3_c.sql": "new", "5_e.sql": "new" }), [
    "2_b.sql was changed",
    "4_d.sql is missing",
    "3_c.sql comes before 4_d.sql, which databases have already",
  ]);
  assertEquals(findThawed(frozen, { ...frozen, "5_e.sql": "new" }), []);
});

Deno.test("deno.json has the version, the changelog's newest, and the frozen schema is its", () => {
  const { version } = JSON.parse(read("deno.json"));
  assertMatch(version, /^\d+\.\d+\.\d+$/);
  const headings = [...read("CHANGELOG.md").matchAll(/^## \[(.+?)\](?: - (\d{4}-\d{2}-\d{2}))?$/gm)];
  const released = headings.filter(([, name]) => name !== "Unreleased");
  assertEquals(released[0]?.[1], version);
  assert(released.every(([, , day]) => day !== undefined), "a release has a day");
  assertEquals(readManifest().version, version);
});

Deno.test("what removes everything takes every migration out of the history", () => {
  const [, pattern = ""] = /m\.version ~ '(.+?)'/.exec(read("supabase/snippets/Remove everything.sql")) ?? [];
  assert(pattern);
  const versions = Object.keys(hashMigrations()).map((name) => name.split("_")[0] ?? "");
  assert(versions.length >= 5);
  assertEquals(versions.filter((version) => !new RegExp(pattern).test(version)), []);
});
