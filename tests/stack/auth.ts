import type { StackSecrets } from "./secrets.ts";

// What a page needs to sign somebody in, keep them so and out again. lite also makes users of strangers in some of its
// other calls although sign-up is off, so the rest is as if it were not there.
const ROUTES = [
  "POST /auth/v1/token",
  "POST /auth/v1/logout",
  "POST /auth/v1/signup",
  "GET /auth/v1/user",
  "PUT /auth/v1/user",
  "GET /auth/v1/settings",
];

export function isAuthRoute(request: Request): boolean {
  return ROUTES.includes(`${request.method} ${new URL(request.url).pathname}`);
}

/** lite's tokens lack what Supabase's name of their user: `app_metadata` and `user_metadata`. Adds it and signs anew. */
export async function completeTokens(response: Response, secrets: StackSecrets): Promise<Response> {
  if (!response.ok || !response.headers.get("content-type")?.includes("json")) return response;
  const body: { access_token?: string; user?: { app_metadata: object; user_metadata: object } } = await response.json();
  if (body.access_token && body.user) {
    const { app_metadata, user_metadata } = body.user;
    body.access_token = await sign(
      { ...readClaims(body.access_token), app_metadata, user_metadata },
      secrets.jwtSecret,
    );
  }
  const headers = new Headers(response.headers);
  headers.delete("content-length");
  return Response.json(body, { status: response.status, headers });
}

function readClaims(token: string): object {
  const [, claims = ""] = token.split(".");
  return JSON.parse(new TextDecoder().decode(Uint8Array.fromBase64(claims, { alphabet: "base64url" })));
}

/** A JWT with HS256. */
export async function sign(claims: object, secret: string): Promise<string> {
  const encoder = new TextEncoder();
  const encode = (bytes: Uint8Array) => bytes.toBase64({ alphabet: "base64url", omitPadding: true });
  const part = (value: object) => encode(encoder.encode(JSON.stringify(value)));
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["sign"]);
  return `${text}.${encode(new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text))))}`;
}
