import { assertEquals } from "../support/assert.ts";
import { isAuthorized } from "../../supabase/functions/sync-applications/http/authorize.ts";

const SECRETS = ["cron-secret", "", "sb_secret_1"];

const CASES: [headers: Record<string, string>, authorized: boolean][] = [
  [{ authorization: "Bearer cron-secret" }, true],
  [{ authorization: "bearer cron-secret" }, true],
  [{ authorization: "Bearer sb_secret_1" }, true],
  [{ apikey: "sb_secret_1" }, true],
  [{ apikey: "sb_secret_1", authorization: "Bearer something-else" }, true],
  [{}, false],
  [{ authorization: "" }, false],
  [{ authorization: "Bearer " }, false],
  [{ authorization: "Bearer cron-secre" }, false],
  [{ authorization: "Bearer cron-secret2" }, false],
  [{ authorization: "cron-secret" }, false],
  [{ authorization: "Basic cron-secret" }, false],
  [{ authorization: "Bearer CRON-SECRET" }, false],
  [{ authorization: "Bearer wrong, Bearer cron-secret" }, false],
  [{ apikey: "" }, false],
  [{ apikey: "sb_publishable_1" }, false],
];

for (const [headers, authorized] of CASES) {
  Deno.test(`isAuthorized() is ${authorized} for ${JSON.stringify(headers)}`, () => {
    assertEquals(isAuthorized(new Headers(headers), SECRETS), authorized);
  });
}

Deno.test("isAuthorized() lets nobody in when no secret is set", () => {
  for (const secrets of [[], ["", ""]]) {
    assertEquals(isAuthorized(new Headers({ authorization: "Bearer ", apikey: "" }), secrets), false);
    assertEquals(isAuthorized(new Headers(), secrets), false);
  }
});
