// What the dashboard needs of Supabase Auth, from the local one; and that it opens nothing else.
import { createClient, type SupabaseClient } from "@supabase/supabase-js";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { connect } from "../support/database.ts";
import { stackEnv } from "../support/stack_env.ts";

const API_URL = stackEnv("API_URL");
const KEY = stackEnv("PUBLISHABLE_KEY");

const newClient = () => createClient(API_URL, KEY, { auth: { persistSession: false, autoRefreshToken: false } });

async function signIn(who: "VIEWER" | "OPERATOR"): Promise<SupabaseClient> {
  const client = newClient();
  const { error } = await client.auth.signInWithPassword({
    email: stackEnv(`${who}_EMAIL`),
    password: stackEnv(`${who}_PASSWORD`),
  });
  assertEquals(error, null);
  return client;
}

async function claims(client: SupabaseClient): Promise<Record<string, unknown>> {
  const { data } = await client.auth.getSession();
  const [, payload = ""] = data.session?.access_token.split(".") ?? [];
  return JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(payload, { alphabet: "base64url" })));
}

function call(path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${API_URL}${path}`, init);
}

Deno.test("who signs in reaches Postgres as authenticated, with the claims of the token", async () => {
  for (const [who, operator] of [["VIEWER", false], ["OPERATOR", true]] as const) {
    const client = await signIn(who);
    const { data, error } = await client.rpc("sync_overview");
    assertEquals(error, null);
    assertEquals([data.operator, data.email], [operator, stackEnv(`${who}_EMAIL`)]);
    const { role, app_metadata } = await claims(client);
    assertEquals([role, app_metadata], ["authenticated", {
      provider: "email",
      providers: ["email"],
      ...(operator ? { sync_role: "operator" } : {}),
    }]);
  }
});

Deno.test("what an operator does is recorded with the user's id, as auth.uid() has it; a viewer is refused", async () => {
  const change = { thresholds: { alert_failures_in_a_row: 3 } };
  const refused = await (await signIn("VIEWER")).rpc("operator_change_thresholds", change);
  assertEquals([refused.status, refused.error?.code], [403, "42501"]);
  const client = await signIn("OPERATOR");
  const sql = connect();
  try {
    const [before] = await sql`select public.sync_thresholds() as thresholds`;
    const value = before?.thresholds.alert_failures_in_a_row;
    const { error } = await client.rpc("operator_change_thresholds", {
      thresholds: { alert_failures_in_a_row: value + 1 },
    });
    assertEquals(error, null);
    await client.rpc("operator_change_thresholds", { thresholds: { alert_failures_in_a_row: value } });
    const { data: { user } } = await client.auth.getUser();
    const [action] = await sql`select user_id, email, role_name from public.sync_actions order by id desc limit 1`;
    assertEquals(action, { user_id: user?.id, email: user?.email, role_name: "authenticated" });
  } finally {
    await sql.end();
  }
});

Deno.test("an operator is made in app_metadata by the next refresh; user_metadata, which each user writes, makes none", async () => {
  const client = await signIn("VIEWER");
  const sql = connect();
  const isOperator = async () => (await client.rpc("sync_overview")).data.operator;
  try {
    const { error } = await client.auth.updateUser({ data: { sync_role: "operator" } });
    assertEquals(error, null);
    await client.auth.refreshSession();
    const { user_metadata } = await claims(client);
    assertEquals((user_metadata as Record<string, unknown>).sync_role, "operator");
    assertEquals(await isOperator(), false);

    await sql`update auth.users set raw_app_meta_data = coalesce(raw_app_meta_data, '{}') || '{"sync_role": "operator"}'
      where email = ${stackEnv("VIEWER_EMAIL")}`;
    assertEquals(await isOperator(), false);
    await client.auth.refreshSession();
    assertEquals(await isOperator(), true);
  } finally {
    await sql`update auth.users set raw_app_meta_data = raw_app_meta_data - 'sync_role',
      raw_user_meta_data = raw_user_meta_data - 'sync_role' where email = ${stackEnv("VIEWER_EMAIL")}`;
    await sql.end();
  }
});

Deno.test("nobody makes an account of their own, and a wrong password is one answer for known and unknown people", async () => {
  const sql = connect();
  const count = async () => (await sql`select count(*)::int from auth.users`)[0]?.count;
  try {
    const before = await count();
    const signUp = await newClient().auth.signUp({ email: "stranger@stack.local", password: "a-long-password" });
    assertEquals(signUp.error?.code, "signup_disabled");
    // lite would make the user a code is sent to.
    const otp = await newClient().auth.signInWithOtp({ email: "stranger@stack.local" });
    assertEquals(otp.error?.status, 404);
    assertEquals(await count(), before);
    const wrong = async (email: string) =>
      (await newClient().auth.signInWithPassword({ email, password: "wrong" })).error?.code;
    assertEquals(await wrong(stackEnv("VIEWER_EMAIL")), "invalid_credentials");
    assertEquals(await wrong("stranger@stack.local"), "invalid_credentials");
  } finally {
    await sql.end();
  }
});

Deno.test("without a session the publishable key is anon; a forged, unsigned or foreign token is nobody", async () => {
  const overview = (headers: Record<string, string>) =>
    call("/rest/v1/rpc/sync_overview", {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: "{}",
    });
  const encode = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url", omitPadding: true });
  const forged = [
    { alg: "none", typ: "JWT" },
    { alg: "HS256", typ: "JWT" },
  ].map((header) =>
    `${encode(header)}.${
      encode({ role: "service_role", sub: crypto.randomUUID(), exp: Date.now() / 1000 + 60, app_metadata: {} })
    }.c2ln`
  );
  assertEquals((await overview({})).status, 401);
  assertEquals((await overview({ apikey: "sb_publishable_wrong" })).status, 401);
  for (const headers of [{}, ...forged.map((token) => ({ authorization: `Bearer ${token}` }))]) {
    const response = await overview({ apikey: KEY, ...headers });
    const text = await response.text();
    assert(response.status === 401 || response.status === 403, `${response.status} ${text}`);
    assert(!text.includes("verdict"), text);
  }
  for (const path of ["/auth/v1/admin/users", "/auth/v1/otp", "/auth/v1/magiclink", "/auth/v1/recover", "/_system"]) {
    assertEquals((await call(path, { headers: { apikey: KEY } })).status, 404, path);
    assertEquals((await call(path, { method: "POST", headers: { apikey: stackEnv("SECRET_KEY") } })).status, 404, path);
  }
});

Deno.test("after signing out neither the token nor its refresh is of use", async () => {
  const client = await signIn("OPERATOR");
  const { data: { session } } = await client.auth.getSession();
  await client.auth.signOut({ scope: "local" });
  const refreshed = await newClient().auth.refreshSession({ refresh_token: session?.refresh_token ?? "" });
  assertEquals(refreshed.error?.code, "refresh_token_not_found");
});

Deno.test("the gateway lets pages of any origin call the Data API and Auth, also when it refuses, and the function of none", async () => {
  const origin = "https://example.com";
  for (const path of ["/rest/v1/rpc/sync_overview", "/auth/v1/token?grant_type=password"]) {
    const preflight = await call(path, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "apikey,authorization,content-type,x-supabase-api-version",
      },
    });
    assertEquals([preflight.status, preflight.headers.get("access-control-allow-origin")], [204, "*"]);
    assertMatch(preflight.headers.get("access-control-allow-headers") ?? "", /authorization/);
    assertMatch(preflight.headers.get("access-control-allow-methods") ?? "", /POST/);
    const refused = await call(path, { method: "POST", headers: { origin } });
    assertEquals([refused.status, refused.headers.get("access-control-allow-origin")], [401, "*"]);
    assertEquals(refused.headers.get("access-control-allow-credentials"), null);
    await refused.body?.cancel();
  }
  const response = await call("/functions/v1/sync-applications", { headers: { origin } });
  assertEquals([response.status, response.headers.get("access-control-allow-origin")], [401, null]);
  await response.body?.cancel();
});

Deno.test("Auth, which is there before the first push, leaves the migrations' history to postgres", async () => {
  const sql = connect();
  try {
    const [row] = await sql`
      select c.relowner::regrole::text as owner
      from pg_class c where c.oid = 'supabase_migrations.schema_migrations'::regclass`;
    assertEquals(row?.owner, "postgres");
  } finally {
    await sql.end();
  }
});
