// The process of one isolate, on Deno 2.1.4: what the platform's runtime does around a function. The host speaks on
// stdin, a line a message; what this says to the host begins with a zero byte, other lines are the function's log.

interface Hosted {
  default?: { fetch?: (request: Request) => Response | Promise<Response> };
}

const [entrypoint = ""] = Deno.args;
let busy = 0;

function say(message: Record<string, unknown>): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`\0${JSON.stringify(message)}\n`));
}

/** An isolate with work left is not dropped. */
async function keepBusy<T>(work: () => T | Promise<T>): Promise<T> {
  if (busy++ === 0) say({ busy: true });
  try {
    return await work();
  } finally {
    if (--busy === 0) say({ busy: false });
  }
}

Object.assign(globalThis, {
  EdgeRuntime: {
    waitUntil(work: Promise<unknown>) {
      keepBusy(() => work).catch((error) => console.error(error));
    },
  },
});

async function listenToHost(go: () => void): Promise<void> {
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const message: { go?: true; unload?: string } = JSON.parse(line);
      if (message.go) go();
      else dispatchEvent(new CustomEvent("beforeunload", { detail: { reason: message.unload } }));
    }
  }
}

const told = Promise.withResolvers<void>();
// Without a host there is nothing to do.
listenToHost(told.resolve).finally(() => Deno.exit(1));
say({ booting: true });
// The host looks at the clock first: what came before is not the function's.
await told.promise;

const { default: hosted }: Hosted = await import(entrypoint);
const handler = hosted?.fetch;
if (!handler) throw new Error("the entry point exports no default with fetch()");
Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => say({ port }),
}, (request) => keepBusy(() => handler(request)));
