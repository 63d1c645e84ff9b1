import { assert, assertEquals, assertRejects } from "../support/assert.ts";
import { createFakeOcc, envelope } from "../support/fake_lambda.ts";
import { fetchMediumApplicationData } from "../../supabase/functions/sync-applications/occ/fetch_medium_application_data.ts";
import { toApplicationRow } from "../../supabase/functions/sync-applications/sync/to_application_row.ts";
import { OccError } from "../../supabase/functions/sync-applications/occ/occ_error.ts";

function fetchDetail(attributes: unknown, id: unknown = "G3-1042") {
  return fetchMediumApplicationData(createFakeOcc(() => envelope({ type: "application", id, attributes })), "G3-1042");
}

Deno.test("fetchMediumApplicationData() asks OCC in its wire format", async () => {
  const asked: unknown[] = [];
  const occ = createFakeOcc((payload) => {
    asked.push(payload);
    return envelope({ id: "G3-1042", attributes: {} });
  });
  await fetchMediumApplicationData(occ, "G3-1042");
  assertEquals(asked, [
    { functionName: "medium", application_external_number: "G3-1042", staff_client_number: "4711" },
  ]);
});

Deno.test("fetchMediumApplicationData() makes empty and missing attributes null and ignores unknown ones", async () => {
  const { attributes } = await fetchDetail({ owner: "", tradingBranch: "North", shoeSize: 44, subPrime: false });
  assertEquals([attributes.owner, attributes.applicationName, attributes.tradingBranch], [null, null, "North"]);
  assertEquals(attributes.subPrime, "false");
  assert(!("shoeSize" in attributes));
});

Deno.test("fetchMediumApplicationData() cleans text that Postgres refuses", async () => {
  const { attributes } = await fetchDetail({ owner: "a\u0000b", applicationName: "x\ud800y" });
  assertEquals([attributes.owner, attributes.applicationName], ["ab", "x\ufffdy"]);
});

Deno.test("fetchMediumApplicationData() refuses an unusable record, without quoting it", async () => {
  const cases: [attributes: unknown, id: unknown, message: string][] = [
    [{}, "G3-1043", "OCC answered with another application"],
    [{ owner: { name: "Canary" } }, "G3-1042", "attributes.owner has the wrong type"],
    [{ owner: "C".repeat(10_001) }, "G3-1042", "attributes.owner is too long"],
    [{ lastSavedDateTime: "Canary" }, "G3-1042", "attributes.lastSavedDateTime is not an ISO 8601 date and time"],
    ["Canary", "G3-1042", "attributes has the wrong type"],
    [{}, null, "id has the wrong type"],
  ];
  for (const [attributes, id, message] of cases) {
    const error = await assertRejects(() => fetchDetail(attributes, id), OccError, message);
    assertEquals([error.kind, error.message.endsWith(error.state)], ["other", true]);
    assert(!/Canary|CCC|1043/.test(error.message), error.message);
  }
});

Deno.test("fetchMediumApplicationData() is not fooled by __proto__", async () => {
  const body = '{"id":"G3-1042","attributes":{"__proto__":{"owner":"Mallory"},"constructor":"x"}}';
  const occ = createFakeOcc(() => ({ payload: JSON.stringify({ statusCode: 200, body }) }));
  const { attributes } = await fetchMediumApplicationData(occ, "G3-1042");
  assertEquals(attributes.owner, null);
});

Deno.test("toApplicationRow() names the columns as Postgres folds them and leaves out relationships", async () => {
  const row = toApplicationRow(await fetchDetail({ appStatusCode: "APP", lastSavedDateTime: "2026-03-01T10:00:00Z" }));
  assertEquals(Object.keys(row).sort(), [
    "applicationinternalnumber",
    "applicationname",
    "applicationtitle",
    "appstatuscode",
    "appstatusdesc",
    "clientapplication",
    "comparisonratessupplied",
    "currenttaskwith",
    "g3_application_number",
    "lastsaveddatetime",
    "loadedbyclientnumber",
    "owner",
    "paymentmethod",
    "saleschannel",
    "subprime",
    "tradingbranch",
    "type",
  ]);
  assertEquals([row.appstatuscode, row.lastsaveddatetime], ["APP", "2026-03-01T10:00:00Z"]);
});
