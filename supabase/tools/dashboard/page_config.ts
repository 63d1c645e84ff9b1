import { denoTask } from "../terminal/deno_task.ts";

/** What is wrong with the values for the page, in one line, or undefined. Everybody can read what the page is given. */
export function findConfigProblem(apiUrl: string | undefined, key: string | undefined): string | undefined {
  if (!apiUrl || !key) {
    return `No stack is running: start one with \`${denoTask("start")}\`, or set API_URL and PUBLISHABLE_KEY`;
  }
  const url = URL.parse(apiUrl);
  if (!url || !/^https?:$/.test(url.protocol)) {
    return "API_URL must be the project's URL, such as https://<ref>.supabase.co";
  }
  if (url.username || url.password) return "API_URL must not hold a password: everybody can read it";
  if (/^sb_secret_/.test(key) || roleOf(key) === "service_role") {
    return "PUBLISHABLE_KEY holds a secret key, and everybody could read it: take the one that begins with sb_publishable_, " +
      "or the legacy anon key";
  }
  if (!/^sb_publishable_/.test(key) && roleOf(key) !== "anon") {
    return "PUBLISHABLE_KEY must be the key that begins with sb_publishable_, or the legacy anon key";
  }
  return undefined;
}

/** Of a legacy key, which is a JWT. */
function roleOf(key: string): unknown {
  try {
    const claims = Uint8Array.fromBase64(key.split(".")[1] ?? "", { alphabet: "base64url" });
    return JSON.parse(new TextDecoder().decode(claims)).role;
  } catch {
    return undefined;
  }
}
