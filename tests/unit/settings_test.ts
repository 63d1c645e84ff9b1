import { assert, assertEquals, assertThrows } from "../support/assert.ts";
import { readSecretKeys, readSettings, SettingsError } from "../../supabase/functions/sync-applications/settings.ts";

const COMPLETE: Record<string, string> = {
  SUPABASE_URL: "https://project.supabase.co",
  SUPABASE_SECRET_KEYS: '{"default":"sb_secret_1","other":"sb_secret_2"}',
  CRON_SECRET: "cron",
  LAMBDA_FUNCTION_APPLICATIONS_MAIN_PROD: "main-prod",
  LAMBDA_FUNCTION_APPLICATIONS_MAIN_TEST: "main-test",
  LAMBDA_FUNCTION_APPLICATIONS_BY_DATE: "by-date",
  LAMBDA_FUNCTION_APPLICTION_MEDIUM: "medium",
  SOV_AWS_CLIENT_NUMBER: "4711",
  AWS_ACCESS_KEY_ID: "AKIA",
  AWS_SECRET_ACCESS_KEY: "aws",
  AWS_REGION: "ap-southeast-2",
};

function read(overrides: Record<string, string | undefined> = {}) {
  const env = { ...COMPLETE, ...overrides };
  return readSettings((name) => env[name]);
}

Deno.test("readSettings() has defaults for what is optional", () => {
  const { occ, budget, batchSize, chunkSize, secretKey } = read();
  assertEquals([occ.mainFunction, occ.timeZone, occ.timeoutMs], ["main-prod", "UTC", 30_000]);
  assertEquals([budget, batchSize, chunkSize], [{ timeMs: 100_000, applications: 850 }, 15, 100]);
  assertEquals(secretKey, "sb_secret_1");
});

Deno.test("readSettings() takes a batch size up to 50 and a chunk size up to 500", () => {
  const { batchSize, chunkSize } = read({ SYNC_BATCH_SIZE: "50", SYNC_CHUNK_SIZE: "500" });
  assertEquals([batchSize, chunkSize], [50, 500]);
  const wrong = [["SYNC_BATCH_SIZE", "0"], ["SYNC_BATCH_SIZE", "51"], ["SYNC_CHUNK_SIZE", "0"], [
    "SYNC_CHUNK_SIZE",
    "501",
  ]];
  for (const [name = "", value] of wrong) assertThrows(() => read({ [name]: value }), SettingsError, name);
});

Deno.test("readSettings() picks the main function by OCC_ENVIRONMENT and asks only for that one", () => {
  const test = read({ OCC_ENVIRONMENT: "test", LAMBDA_FUNCTION_APPLICATIONS_MAIN_PROD: undefined });
  assertEquals(test.occ.mainFunction, "main-test");
});

Deno.test("readSettings() takes the medium function by the specification's spelling and by the correct one", () => {
  const correct = read({
    LAMBDA_FUNCTION_APPLICTION_MEDIUM: undefined,
    LAMBDA_FUNCTION_APPLICATION_MEDIUM: "correctly-spelled",
  });
  assertEquals([read().occ.mediumFunction, correct.occ.mediumFunction], ["medium", "correctly-spelled"]);
});

Deno.test("readSettings() names every missing and every unusable setting at once, and no value", () => {
  const error = assertThrows(
    () =>
      read({
        AWS_REGION: "",
        SOV_AWS_CLIENT_NUMBER: undefined,
        CRON_SECRET: undefined,
        SUPABASE_SECRET_KEYS: "not JSON",
        OCC_TIME_ZONE: "Mars/Olympus",
        SYNC_APPLICATION_BUDGET: "many",
        OCC_ENVIRONMENT: "staging",
      }),
    SettingsError,
  );
  for (
    const name of [
      "AWS_REGION",
      "SOV_AWS_CLIENT_NUMBER",
      "CRON_SECRET",
      "SUPABASE_SECRET_KEYS",
      "OCC_TIME_ZONE",
      "SYNC_APPLICATION_BUDGET",
      "OCC_ENVIRONMENT",
    ]
  ) assert(error.message.includes(name), `${name} is not named in: ${error.message}`);
  assert(!/Olympus|many|staging|not JSON/.test(error.message), error.message);
});

Deno.test("readSecretKeys() finds new and legacy keys, and none where nothing is set", () => {
  const env: Record<string, string> = { ...COMPLETE, SUPABASE_SERVICE_ROLE_KEY: "legacy" };
  assertEquals(readSecretKeys((name) => env[name]), ["sb_secret_1", "sb_secret_2", "legacy"]);
  assertEquals(readSecretKeys(() => undefined), []);
});
