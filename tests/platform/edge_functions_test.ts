import { createHmac } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { hostedRuntime } from "../bench/start_host.ts";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { waitUntil } from "../support/wait_until.ts";
import { createEdgeFunctions, type EdgeFunctions } from "./edge_functions.ts";
import type { HostedProject } from "./hosted_project.ts";
import { type Limits, PLATFORM_LIMITS } from "./limits.ts";

/** What an isolate uses is read from /proc. */
const ON_LINUX = Deno.build.os === "linux";
const SECRET = "a-jwt-secret";
let runtime: ReturnType<typeof hostedRuntime> | undefined;

interface Hosted {
  functions: EdgeFunctions;
  project: HostedProject;
  log: string[];
  call(path?: string, init?: RequestInit): Promise<Response>;
}

/** Runs a test with one function deployed, `hello`, whose file is `source`. */
function withFunction(
  name: string,
  source: string,
  test: (hosted: Hosted) => Promise<void>,
  { limits = {}, verifyJwt = false }: { limits?: Partial<Limits>; verifyJwt?: boolean } = {},
): void {
  Deno.test(name, { ignore: !ON_LINUX }, async () => {
    const folder = await Deno.makeTempDir({ prefix: "platform-" });
    await Deno.writeTextFile(`${folder}/index.js`, source);
    const project: HostedProject = {
      ref: "abcdefghijklmnopqrst",
      apiUrl: "http://127.0.0.1:9",
      databaseUrl: "",
      adminUrl: "",
      secretKey: "sb_secret_x",
      publishableKey: "sb_publishable_x",
      jwtSecret: SECRET,
      secrets: new Map([["GREETING", "hello"]]),
      functions: new Map(),
    };
    project.functions.set("hello", {
      slug: "hello",
      version: 1,
      verifyJwt,
      folder,
      files: ["index.js"],
      entrypoint: "index.js",
      importMap: undefined,
      createdAt: 0,
      updatedAt: 0,
    });
    const log: string[] = [];
    const functions = createEdgeFunctions({
      project,
      deno: (await (runtime ??= hostedRuntime())).path,
      limits: { ...PLATFORM_LIMITS, ...limits },
      log: (line) => void log.push(line),
    });
    try {
      await test({
        functions,
        project,
        log,
        call: (path = "/functions/v1/hello", init) => functions.handle(new Request(`http://127.0.0.1${path}`, init)),
      });
    } finally {
      await functions.stop();
      await Deno.remove(folder, { recursive: true });
    }
  });
}

withFunction(
  "the stand-in serves a function on Deno 2.1.4 with the project's secrets, and nothing where none is deployed",
  `export default { async fetch(request) {
    const { pathname, search } = new URL(request.url);
    return Response.json([Deno.version.deno, Deno.env.get("GREETING"), Deno.env.get("SUPABASE_SECRET_KEYS"),
      request.method, pathname + search, await request.text(), request.headers.get("x-mark")]);
  } }`,
  async ({ call, project, functions }) => {
    const init = { method: "POST", body: "body", headers: { "x-mark": "mark" } };
    const first = await call("/functions/v1/hello?a=1", init);
    assertEquals(first.status, 200);
    assertEquals(await first.json(), [
      "2.1.4",
      "hello",
      '{"default":"sb_secret_x"}',
      "POST",
      "/functions/v1/hello?a=1",
      "body",
      "mark",
    ]);
    assertEquals((await call("/functions/v1/nobody")).status, 404);

    project.secrets.set("GREETING", "good day");
    functions.changed();
    assertEquals((await (await call()).json())[1], "good day");
    await waitUntil("the isolate with the former secrets to be dropped", 30_000, async () => {
      await delay(0);
      return functions.ends.length === 1;
    });
    assertEquals(functions.ends[0]?.killed, undefined);

    project.functions.delete("hello");
    assertEquals((await call()).status, 404);
  },
);

withFunction(
  "the stand-in gives a function the network, its own files, and neither other files nor a disk nor subprocesses",
  `const attempts = {
    own: () => Deno.readTextFile(new URL("index.js", import.meta.url)),
    others: () => Deno.readTextFile("/etc/hostname"),
    write: () => Deno.writeTextFile(new URL("x", import.meta.url), ""),
    run: async () => await new Deno.Command("/bin/true").output(),
  };
  export default { async fetch() {
    const seen = {};
    for (const [name, attempt] of Object.entries(attempts)) {
      seen[name] = await attempt().then(() => "allowed", (error) => error.name);
    }
    return Response.json(seen);
  } }`,
  async ({ call }) => {
    assertEquals(await (await call()).json(), {
      own: "allowed",
      others: "NotCapable",
      write: "NotCapable",
      run: "NotCapable",
    });
  },
);

withFunction(
  "a function that verifies JWTs answers 401 without one, or with one of another project",
  `export default { fetch: () => new Response("in") }`,
  async ({ call }) => {
    const sign = (secret: string) => {
      const text = [{ alg: "HS256", typ: "JWT" }, { role: "anon" }]
        .map((part) => btoa(JSON.stringify(part)).replaceAll("=", "")).join(".");
      return `Bearer ${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
    };
    const statuses: number[] = [];
    for (const authorization of ["", "Bearer x", "Bearer a.b.c", sign("another"), sign(SECRET)]) {
      statuses.push((await call(undefined, { headers: { authorization } })).status);
    }
    assertEquals(statuses, [401, 401, 401, 401, 200]);
  },
  { verifyJwt: true },
);

const TOLD = `addEventListener("beforeunload", (event) => console.log("told", event.detail.reason));`;

withFunction(
  "a function that uses more CPU than the limit is told at 90 % and killed, its caller gets 546, the next one a new isolate",
  `${TOLD}
  const spin = (ms) => { for (const end = performance.now() + ms; performance.now() < end;); };
  export default { async fetch(request) {
    if (!request.url.includes("burn")) return new Response("fine");
    for (;;) { spin(20); await new Promise((resolve) => setTimeout(resolve, 1)); }
  } }`,
  async ({ call, functions, log }) => {
    assertEquals((await call()).status, 200);
    const burnt = await call("/functions/v1/hello?burn");
    assertEquals(burnt.status, 546);
    assertEquals((await burnt.json()).code, "WORKER_LIMIT");
    assertEquals(functions.ends.map(({ killed }) => killed), ["cpu"]);
    assert((functions.ends[0]?.usage.cpuMs ?? 0) >= 400, JSON.stringify(functions.ends));
    assertEquals(log, ["told cpu"]);
    assertEquals((await call()).status, 200);
  },
  { limits: { cpuMs: 400 } },
);

withFunction(
  "a function that never gives the thread back is killed all the same",
  `export default { fetch() { for (;;); } }`,
  async ({ call, functions }) => {
    assertEquals((await call()).status, 546);
    assertEquals(functions.ends.map(({ killed }) => killed), ["cpu"]);
  },
  { limits: { cpuMs: 400 } },
);

withFunction(
  "a function that waits uses no CPU, and is killed at the wall clock",
  `${TOLD}
  export default { fetch: () => new Promise((resolve) => setTimeout(resolve, 60_000)) }`,
  async ({ call, functions, log }) => {
    assertEquals((await call()).status, 546);
    assertEquals(functions.ends.map(({ killed }) => killed), ["wall_clock"]);
    assert((functions.ends[0]?.usage.cpuMs ?? Infinity) < 500);
    assertEquals(log, ["told wall_clock"]);
  },
  { limits: { wallClockMs: 2000 } },
);

withFunction(
  "a function that keeps more memory than the limit is killed",
  `const kept = [];
  export default { async fetch() {
    for (;;) {
      kept.push(new Uint8Array(8_000_000).fill(1));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  } }`,
  async ({ call, functions }) => {
    assertEquals((await call()).status, 546);
    assertEquals(functions.ends.map(({ killed }) => killed), ["memory"]);
  },
);

withFunction(
  "EdgeRuntime.waitUntil() keeps a retired isolate until its work is done; then it is dropped, not killed",
  `${TOLD}
  export default { fetch(request) {
    const gate = new URL(request.url).searchParams.get("gate");
    if (gate) EdgeRuntime.waitUntil(fetch(gate).then(() => console.log("done")));
    return new Response("accepted", { status: 202 });
  } }`,
  async ({ call, functions, log }) => {
    const open = Promise.withResolvers<Response>();
    const gate = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => open.promise);
    try {
      assertEquals((await call(`/functions/v1/hello?gate=http://127.0.0.1:${gate.addr.port}/`)).status, 202);
      functions.changed();
      // Its successor is there: an isolate without work would have been dropped.
      assertEquals((await call()).status, 202);
      assertEquals([log, functions.ends], [[], []]);
    } finally {
      open.resolve(new Response());
      await gate.shutdown();
    }
    await waitUntil("the isolate to be dropped", 30_000, () => Promise.resolve(functions.ends.length === 1));
    assertEquals(functions.ends[0]?.killed, undefined);
    assertEquals(log, ["done", "told early_drop"]);
  },
);

withFunction(
  "a function that does not answer in time is a 504 to its caller, and goes on",
  `export default { async fetch() {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    console.log("went on");
    return new Response();
  } }`,
  async ({ call, log }) => {
    assertEquals((await call()).status, 504);
    await waitUntil("the handler to go on", 30_000, async () => {
      await delay(0);
      return log.includes("went on");
    });
  },
  { limits: { responseMs: 300 } },
);

withFunction(
  "a function that cannot be loaded is a 503, with the reason in the log",
  `import "./missing.js";
  export default { fetch: () => new Response() }`,
  async ({ call, functions, log }) => {
    const answer = await call();
    assertEquals(answer.status, 503);
    assertEquals((await answer.json()).code, "BOOT_ERROR");
    assertMatch(log.join("\n"), /missing\.js/);
    assertEquals(functions.ends.map(({ killed }) => killed), [undefined]);
  },
);

withFunction(
  "a function that has used half its CPU gets no new request, whatever memory it holds; the next one is a new isolate's",
  `const kept = new Uint8Array(120_000_000).fill(1);
  let requests = 0;
  export default { fetch() {
    for (const end = performance.now() + 150; performance.now() < end;);
    return Response.json([++requests, kept.length]);
  } }`,
  async ({ call, functions }) => {
    const first = await (await call()).json();
    assertEquals(first[0], 1);
    // It would be told at 2,700 ms, and killed at 3,000.
    await waitUntil("a new isolate", 30_000, async () => (await (await call()).json())[0] === 1);
    await waitUntil("the former one to be dropped", 30_000, async () => {
      await delay(0);
      return functions.ends.length === 1;
    });
    const [end] = functions.ends;
    assertEquals(end?.killed, undefined);
    assert(end && end.usage.cpuMs >= 1500 && end.usage.cpuMs < 2700, JSON.stringify(end));
  },
  { limits: { cpuMs: 3000 } },
);
