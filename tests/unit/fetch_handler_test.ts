import { assertEquals, assertRejects } from "../support/assert.ts";
import { fetchHandler } from "../../supabase/functions/sync-applications/occ/fetch_handler.ts";

const REQUEST = {
  protocol: "http:",
  hostname: "occ.test",
  port: 9001,
  path: "/2015-03-31/functions/main/invocations",
  method: "POST",
  headers: { authorization: "AWS4-HMAC-SHA256" },
  body: '{"functionName":"medium"}',
};

async function withFetch(fake: typeof fetch, test: () => Promise<void>): Promise<void> {
  const real = globalThis.fetch;
  globalThis.fetch = fake;
  try {
    await test();
  } finally {
    globalThis.fetch = real;
  }
}

Deno.test("fetchHandler sends what the SDK has signed, and hands back status, headers and body", async () => {
  const sent: unknown[] = [];
  const fake: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    sent.push(request.url, request.method, request.headers.get("authorization"), await request.text());
    return new Response("{}", { status: 429, headers: { "Retry-After": "1" } });
  };
  await withFetch(fake, async () => {
    const { response: { statusCode, headers, body } } = await fetchHandler.handle(REQUEST);
    assertEquals([statusCode, headers["retry-after"], new TextDecoder().decode(body)], [429, "1", "{}"]);
  });
  const url = "http://occ.test:9001/2015-03-31/functions/main/invocations";
  assertEquals(sent, [url, "POST", REQUEST.headers.authorization, REQUEST.body]);
});

Deno.test("fetchHandler rejects by the name the SDK does not try again for when its signal is aborted, and only then", async () => {
  const fake: typeof fetch = (input, init) => {
    const { signal } = new Request(input, init);
    return Promise.reject(signal.aborted ? signal.reason : new TypeError("refused"));
  };
  const reason = new Error("too late");
  await withFetch(fake, async () => {
    const aborted = await assertRejects(
      () => fetchHandler.handle({ ...REQUEST, signal: AbortSignal.abort(reason) }),
      Error,
    );
    assertEquals([aborted.name, aborted.cause], ["AbortError", reason]);
    const refused = await assertRejects(() => fetchHandler.handle(REQUEST), TypeError);
    assertEquals(refused.message, "refused");
  });
});
