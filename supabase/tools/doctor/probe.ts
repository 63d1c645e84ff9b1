const TIMEOUT_MS = 10_000;
// Refused for its input, after the secret and the settings have been looked at: nothing is synced.
const PROBE = { doctor: true };

export interface Answer {
  status: number;
  /** Ours, when it says `success`. */
  isOurs: boolean;
  message: string;
  /** The origin it redirects to. */
  redirectsTo: string | undefined;
  /** Whether it is what the platform says of a request without a JWT. */
  wantsJwt: boolean;
}

/** Calls the function without making it work. A text is why nobody answers. */
export async function probe(url: string, secret?: string): Promise<Answer | string> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...(secret ? { authorization: `Bearer ${secret}` } : {}) },
      body: JSON.stringify(PROBE),
      // As pg_net, which drops the header on the way.
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await response.text();
    const body = parse(text);
    const location = response.headers.get("location");
    return {
      status: response.status,
      isOurs: "success" in body,
      message: typeof body.message === "string" ? body.message : "",
      redirectsTo: location === null ? undefined : URL.parse(location, url)?.origin,
      wantsJwt: response.status === 401 && /jwt|authorization header/i.test(text),
    };
  } catch (error) {
    if (error instanceof DOMException) return "no answer in 10 s";
    const cause = error instanceof Error ? error.message : "";
    if (/dns|lookup|resolve/i.test(cause)) return "there is no such host";
    return /certificate|tls/i.test(cause) ? "its certificate is not valid" : "connection refused";
  }
}

function parse(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text);
    return typeof body === "object" && body !== null ? { ...body } : {};
  } catch {
    return {};
  }
}
