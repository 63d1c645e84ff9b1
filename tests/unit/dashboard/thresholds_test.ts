import { describeValue, orderNames, readProblems, toChanges } from "../../../supabase/dashboard/src/thresholds.ts";
import { assertEquals } from "../../support/assert.ts";

const NAMES = ["alert_parked_from", "alert_oldest_stale_after"];

Deno.test("toChanges() is what differs, and leaves to the database to refuse what is no number", () => {
  const known = { alert_parked_from: 1, alert_oldest_stale_after: 1800 };
  assertEquals(toChanges({ alert_parked_from: " 1 ", alert_oldest_stale_after: "3600" }, known), {
    alert_oldest_stale_after: 3600,
  });
  assertEquals(toChanges({ alert_parked_from: "many" }, known), { alert_parked_from: "many" });
  assertEquals(toChanges({ alert_parked_from: "" }, known), { alert_parked_from: "" });
  assertEquals(toChanges({ alert_parked_from: "-1.5" }, known), { alert_parked_from: -1.5 });
});

Deno.test("readProblems() gives each field what the database says of it, and keeps what is about none", () => {
  assertEquals(
    readProblems(
      "Cannot change the thresholds: alert_parked_from must be a whole number of applications from 1 to 1000000, not 0; " +
        "alert_oldest_stale_after must be a whole number of seconds from 60 to 604800, not 5",
      NAMES,
    ),
    {
      alert_parked_from: "must be a whole number of applications from 1 to 1000000, not 0",
      alert_oldest_stale_after: "must be a whole number of seconds from 60 to 604800, not 5",
    },
  );
  assertEquals(readProblems("Only an operator may do this: change thresholds", NAMES), {
    "": "Only an operator may do this: change thresholds",
  });
});

Deno.test("orderNames() knows the usual order, and puts what is new behind", () => {
  const limit = { unit: "", low: 1, high: 2, means: "" };
  assertEquals(
    orderNames({ limits: { alert_new: limit, alert_parked_from: limit, alert_oldest_stale_after: limit } }),
    [
      "alert_oldest_stale_after",
      "alert_parked_from",
      "alert_new",
    ],
  );
});

Deno.test("describeValue() says seconds in words, and nothing of what is none", () => {
  assertEquals(describeValue("900", "seconds"), "15 min");
  assertEquals(describeValue("900", "syncs"), undefined);
  assertEquals(describeValue("soon", "seconds"), undefined);
});
