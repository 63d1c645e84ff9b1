import { assert, assertEquals } from "../support/assert.ts";
import { listFiles } from "./read_modules.ts";

const PROJECT = new URL("../../", import.meta.url);

/** A file's URL taken for its path: a blank in it is `%20`. */
function takesUrlForPath(text: string): boolean {
  return /import\.meta\.url\)\.pathname|\b[A-Z][A-Z_]+\.pathname|file:[^\n]*\.pathname/.test(text);
}

Deno.test("no pathname of a URL is used as the path of a file: fileURLToPath() reads blanks and umlauts", () => {
  const files = ["supabase", "tests"].flatMap((folder) => listFiles(PROJECT, folder));
  assert(files.length >= 150);
  // This file has examples.
  const wrong = files.filter((path) => !path.endsWith("/paths_test.ts")).filter((path) =>
    takesUrlForPath(Deno.readTextFileSync(new URL(path, PROJECT)))
  );
  assertEquals(wrong, []);
  assert(takesUrlForPath('const PATH = new URL("..", import.meta.url).pathname'));
  assert(takesUrlForPath("run({ cwd: PROJECT.pathname })"));
  assert(!takesUrlForPath("const { pathname } = new URL(request.url)"));
});
