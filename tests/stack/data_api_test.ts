// What the hosted Data API does to its callers, and the local one too.
import { createClient } from "@supabase/supabase-js";
import { assert, assertEquals } from "../support/assert.ts";
import { connect } from "../support/database.ts";
import { stackEnv } from "../support/stack_env.ts";

const client = (key: string) => createClient(stackEnv("API_URL"), key, { auth: { persistSession: false } });
const service = client(stackEnv("SECRET_KEY"));
const anon = client(stackEnv("PUBLISHABLE_KEY"));

Deno.test("the Data API refuses to change or delete every row, as safeupdate does", async () => {
  const deleted = await service.from("sync_alerts").delete();
  assertEquals([deleted.status, deleted.error?.code, deleted.error?.message], [
    400,
    "21000",
    "DELETE requires a WHERE clause",
  ]);
  const updated = await service.from("sync_alerts").update({ kind: "x" }).select("id").limit(1);
  assertEquals([updated.error?.code, updated.error?.message], ["21000", "UPDATE requires a WHERE clause"]);
  const filtered = await service.from("tblSovereignApplications").delete().eq("G3_application_number", "nobody");
  assertEquals(filtered.error, null);
  const either = await service.from("tblSovereignApplications").delete().or(
    "G3_application_number.eq.nobody,owner.eq.nobody",
  );
  assertEquals(either.error, null);
  const stranger = await fetch(`${stackEnv("API_URL")}/rest/v1/sync_alerts`, { method: "DELETE" });
  assert([401, 403].includes(stranger.status), await stranger.text());
});

Deno.test("the Data API ends what takes too long: anon after 3 s, the others after 8", async () => {
  const sql = connect(stackEnv("ADMIN_DB_URL"));
  try {
    await sql.begin(async (transaction) => {
      // The lock is waited for before anybody asks whether anon may read.
      await transaction`lock table public.tblsovereignapplications in access exclusive mode`;
      const read = async (caller: typeof service) => {
        const started = Date.now();
        const { error } = await caller.from("tblSovereignApplications").select("G3_application_number").limit(1);
        return { code: error?.code, seconds: (Date.now() - started) / 1000 };
      };
      const [stranger, known] = await Promise.all([read(anon), read(service)]);
      assertEquals(stranger.code, "57014");
      assert(stranger.seconds > 2.9 && stranger.seconds < known.seconds, `anon: ${stranger.seconds} s`);
      // Statement and lock have the same time: either may end it.
      assert(["57014", "55P03"].includes(known.code ?? ""), known.code);
      // Real time: it is the server's own that is under test.
      assert(known.seconds > 7.9, `service_role: ${known.seconds} s`);
    });
  } finally {
    await sql.end();
  }
});
