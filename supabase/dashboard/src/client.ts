import { GoTrueClient } from "@supabase/auth-js";
import { PostgrestClient } from "@supabase/postgrest-js";
import type { Config } from "./config.ts";

/** How one call ended that did not end well: what to say, and whether the API was there at all. */
export class ApiError extends Error {
  override name = "ApiError";
  constructor(message: string, readonly kind: "offline" | "signed out" | "refused" | "failed", readonly hint?: string) {
    super(message);
  }
}

/** What the page talks to: supabase-js' own auth and Data API clients, without the parts it has no use for. */
export interface Client {
  auth: GoTrueClient;
  /** @throws ApiError */
  call<Answer>(name: string, args?: Record<string, unknown>, signal?: AbortSignal): Promise<Answer>;
}

/** No call may outlast it; a poll that hangs would stop all later ones. */
const TIMEOUT_MS = 20_000;

export function createClient({ api_url, publishable_key }: Config): Client {
  const auth = new GoTrueClient({
    url: `${api_url}/auth/v1`,
    headers: { apikey: publishable_key },
    storageKey: `sync-dashboard:${new URL(api_url).host}`,
    // The address bar holds the page's state: a token must never stand there.
    flowType: "pkce",
    detectSessionInUrl: true,
    autoRefreshToken: true,
    persistSession: true,
    // A session that is refreshed is waited for by each call.
    fetch: (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) }),
  });
  const rest = new PostgrestClient(`${api_url}/rest/v1`, {
    headers: { apikey: publishable_key },
    fetch: async (input, init) => {
      const { data } = await auth.getSession();
      const headers = new Headers(init?.headers);
      headers.set("authorization", `Bearer ${data.session?.access_token ?? publishable_key}`);
      return await fetch(input, { ...init, headers });
    },
  });
  return {
    auth,
    async call<Answer>(name: string, args: Record<string, unknown> = {}, signal?: AbortSignal) {
      const timeout = AbortSignal.timeout(TIMEOUT_MS);
      const { data, error, status } = await rest.rpc(name, args)
        .abortSignal(signal ? AbortSignal.any([signal, timeout]) : timeout);
      if (error) throw toApiError(status, error);
      return data as Answer;
    },
  };
}

function toApiError(status: number, error: { message: string; code: string; hint: string | null }): ApiError {
  if (status === 0) return new ApiError("The API does not answer", "offline");
  if (status === 401) return new ApiError("Your session has ended", "signed out");
  // From the gateway in front of it, not from the database.
  if (status >= 502) return new ApiError("The API is there, but what stands behind it is not", "offline");
  const hint = error.hint ?? undefined;
  if (error.code === "42501") return new ApiError(error.message, "refused", hint);
  return new ApiError(error.message, "failed", hint);
}
