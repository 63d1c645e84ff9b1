import fc from "fast-check";
import { formatRoute, parseRoute } from "../../../supabase/dashboard/src/route.ts";
import { assertEquals } from "../../support/assert.ts";

const part = fc.string({ unit: "grapheme", minLength: 1 });

Deno.test("parseRoute() reads what formatRoute() wrote", () => {
  // Preact's and the browser's own names are no choices.
  const query = fc.dictionary(part.filter((name) => name !== "__proto__"), part, { noNullPrototype: true });
  fc.assert(fc.property(fc.array(part), query, (path, query) => {
    assertEquals(parseRoute(formatRoute(path, query)), { path, query });
  }));
});

Deno.test("formatRoute() leaves out what is not chosen", () => {
  assertEquals(formatRoute([]), "#/");
  assertEquals(
    formatRoute(["not-current"], { state: "failed", search: "", after: undefined }),
    "#/not-current?state=failed",
  );
  assertEquals(formatRoute(["applications", "G3/1?#"]), "#/applications/G3%2F1%3F%23");
});

Deno.test("parseRoute() takes any address, also one that cannot be decoded", () => {
  assertEquals(parseRoute(""), { path: [], query: {} });
  assertEquals(parseRoute("#runs/%zz?from=%zz"), { path: ["runs", "%zz"], query: { from: "%zz" } });
  fc.assert(fc.property(fc.string(), (hash) => void parseRoute(hash)));
});
