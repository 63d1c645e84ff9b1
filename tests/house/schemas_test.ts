import { hashMigrations } from "../stack/frozen_schema/manifest.ts";
import { generateFiles, read } from "../stack/schemas/generate.ts";
import { listPublicObjects, readSchemas } from "../stack/schemas/read_schemas.ts";
import { splitStatements } from "../../supabase/tools/doctor/read_migrations.ts";
import { assert, assertEquals } from "../support/assert.ts";

Deno.test("what follows from supabase/schemas is what they give: else run deno task migration", () => {
  // A release freezes the installation; what changes after it is a migration of its own.
  const released = Object.keys(hashMigrations()).length > 5;
  const generated = generateFiles({ released });
  assertEquals(generated.size, released ? 1 : 4);
  assertEquals([...generated].filter(([path, text]) => read(path) !== text).map(([path]) => path), []);
});

Deno.test("each file of the schemas opens with a comment, and can be read in one go", () => {
  const files = readSchemas();
  assert(files.length >= 60, `${files.length} files`);
  for (const { path, text } of files) {
    assert(text.startsWith("-- "), path);
    assert(text.split("\n").length <= 251, path);
  }
});

Deno.test("the grants stand in one file, and name whatever the schemas create in public", () => {
  const files = readSchemas();
  const [grants, ...others] = [...files].reverse();
  assertEquals(grants?.path, "90_grants.sql");
  for (const { path, text } of others) {
    assert(!splitStatements(text).some((one) => /^(grant|revoke)\s/.test(one)), path);
  }
  const { views, functions } = listPublicObjects(files);
  assert(views.length >= 15 && functions.length >= 40, `${views.length} views, ${functions.length} functions`);
  const names = [...views, ...functions.map((signature) => signature.replace(/\(.*/, ""))].map((name) =>
    `public.${name}`
  );
  const revoked = splitStatements(grants?.text ?? "").filter((one) => one.startsWith("revoke")).join().split(/[\s,]+/);
  assertEquals(names.filter((name) => !revoked.includes(name)), []);
});
