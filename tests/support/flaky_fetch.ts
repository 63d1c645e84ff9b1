/** What becomes of one call of the Data API; `send` carries it out. */
export type Fate = (send: () => Promise<Response>, body: string) => Promise<Response>;

/** How many calls the real Data API is carrying out, answers included; those that meet their fate are not among them. */
export let underWay = 0;

async function send(request: Request): Promise<Response> {
  underWay++;
  try {
    const response = await fetch(request);
    const body = await response.arrayBuffer();
    return new Response(body.byteLength > 0 ? body : null, response);
  } finally {
    underWay--;
  }
}

/** fetch whose calls of some functions of the Data API meet their fate; undefined lets a call through. */
export function createFlakyFetch(fate: (name: string, call: number) => Fate | undefined): typeof fetch {
  const calls = new Map<string, number>();
  return async (input, init) => {
    const request = new Request(input, init);
    const name = new URL(request.url).pathname.split("/").at(-1) ?? "";
    const call = (calls.get(name) ?? 0) + 1;
    calls.set(name, call);
    const met = fate(name, call);
    return met ? await met(() => send(request.clone()), await request.clone().text()) : await send(request);
  };
}

/** Accepts, and never answers. */
export const hangs: Fate = () => new Promise(() => {});

/** Is carried out, and its answer is lost. */
export const losesAnswer: Fate = async (send) => {
  await (await send()).body?.cancel();
  throw new TypeError("connection reset");
};

/** Something else answers in its place. */
export function answers(status: number, body?: unknown): Fate {
  return () => Promise.resolve(new Response(body === undefined ? null : JSON.stringify(body), { status }));
}
