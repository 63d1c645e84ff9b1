/** What stands at the project's URL: the stack's API or, for the function, what a platform answers in its place. */
export type Mood =
  | "well"
  | "not deployed"
  | "killed"
  | "wants a JWT"
  | "does not boot"
  | "another service"
  | "overloaded";

export interface Front {
  url: string;
  /** Answers every call with a redirect to `url`. */
  redirectingUrl: string;
  mood: Mood;
  /** What the webhook and Lambda at this server answer. */
  webhookStatus: number;
  lambdaDenies: boolean;
  stop(): Promise<void>;
}

const ANSWERS: Record<Exclude<Mood, "well">, () => Response> = {
  "not deployed": () =>
    Response.json({ code: "NOT_FOUND", message: "Requested function was not found" }, { status: 404 }),
  "killed": () =>
    Response.json({ code: "WORKER_LIMIT", message: "Function failed due to not having enough compute" }, {
      status: 546,
    }),
  "wants a JWT": () =>
    Response.json({ code: "UNAUTHORIZED_NO_AUTH_HEADER", message: "Missing authorization header" }, { status: 401 }),
  "does not boot": () => Response.json({ code: "BOOT_ERROR", message: "Function failed to start" }, { status: 503 }),
  "another service": () => new Response("<h1>It works!</h1>", { headers: { "content-type": "text/html" } }),
  "overloaded": () => new Response("Bad Gateway", { status: 502 }),
};

export function startFront(apiUrl: string): Front {
  const listen = (handler: (request: Request) => Response | Promise<Response>) =>
    Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, handler);
  const server = listen(answer);
  const url = `http://127.0.0.1:${server.addr.port}`;
  const redirecting = listen((request) => Response.redirect(`${url}${new URL(request.url).pathname}`, 308));
  const front: Front = {
    url,
    redirectingUrl: `http://127.0.0.1:${redirecting.addr.port}`,
    mood: "well",
    webhookStatus: 200,
    lambdaDenies: false,
    async stop() {
      await Promise.all([server.shutdown(), redirecting.shutdown()]);
    },
  };
  return front;

  async function answer(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    if (pathname === "/webhook") return new Response(null, { status: front.webhookStatus });
    if (pathname.startsWith("/2015-03-31/")) return answerAsLambda(request.headers.get("authorization") ?? "");
    if (pathname.startsWith("/functions/") && front.mood !== "well") return ANSWERS[front.mood]();
    const { method, headers } = request;
    const body = await request.arrayBuffer();
    return await fetch(`${apiUrl}${pathname}${search}`, { method, headers, ...(body.byteLength > 0 ? { body } : {}) });
  }

  /** By the key's name: what AWS says of keys that expired, and of a permission that is missing. */
  function answerAsLambda(authorization: string): Response {
    const refuse = (name: string, status: number) =>
      Response.json({ message: name }, { status, headers: { "x-amzn-errortype": name } });
    if (authorization.includes("Credential=EXPIRED/")) return refuse("ExpiredTokenException", 403);
    return front.lambdaDenies ? refuse("AccessDeniedException", 403) : new Response(null, { status: 204 });
  }
}
