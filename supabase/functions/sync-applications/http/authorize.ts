import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Whether a request carries one of the accepted secrets: as `Authorization: Bearer …`, or as `apikey`, where
 * supabase-js puts a project's secret key (specification, "Security"). The comparison takes the same time whatever the
 * lengths and whichever secret it is.
 */
export function isAuthorized(headers: Headers, secrets: readonly string[]): boolean {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1] ?? "";
  const apikey = headers.get("apikey") ?? "";
  // Which headers a caller sends is no secret: what is not there needs no hash.
  const presented = [bearer, apikey].filter((text) => text !== "").map(digest);
  let authorized = false;
  for (const secret of secrets) {
    if (secret === "") continue;
    const expected = digest(secret);
    for (const candidate of presented) authorized = timingSafeEqual(candidate, expected) || authorized;
  }
  return authorized;
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
