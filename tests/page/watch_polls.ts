import type { Page } from "playwright-core";
import { assert } from "../support/assert.ts";

/** One call of the page: by the page's own clock, which a test holds, when it was made and when its answer was there. */
interface Call {
  name: string;
  began: number;
  ended: number | null;
  bytes: number;
}

/** The page's calls under a clock that goes on only when it is told to. */
export interface Polls {
  /** Those since it was last asked. */
  take(): Promise<Call[]>;
  /** Lets so much time pass on the page, and waits for the answers to what it then asks for. */
  pass(ms: number): Promise<void>;
  /** Goes on until there have been so many more polls, each `every` ms after the answer before it; what each asked for. */
  watch(count: number, every: number): Promise<Call[][]>;
}

const POLL = "sync_overview";

/** To be called before the page is opened; the clock stands still from `freeze()` on. */
export async function watchPolls(page: Page): Promise<{ freeze(): Promise<Polls> }> {
  await page.clock.install();
  await page.addInitScript(noteCalls);
  return {
    async freeze() {
      // Further than the page's clock has come by itself, however slow it all is.
      await page.clock.pauseAt(Date.now() + 600_000);
      return createPolls(page);
    },
  };
}

/** In the page: remembers each call of the Data API until the page has the whole answer. */
function noteCalls(): void {
  const calls: Call[] = [];
  const ask = globalThis.fetch;
  Object.assign(globalThis, {
    calls,
    async fetch(input: RequestInfo | URL, init?: RequestInit) {
      const name = /\/rpc\/(\w+)/.exec(input instanceof Request ? input.url : String(input))?.[1];
      if (!name) return await ask(input, init);
      const call: Call = { name, began: Date.now(), ended: null, bytes: 0 };
      calls.push(call);
      try {
        const answer = await ask(input, init);
        const body = await answer.arrayBuffer();
        call.bytes = body.byteLength;
        return new Response(body, answer);
      } finally {
        call.ended = Date.now();
      }
    },
  });
}

function createPolls(page: Page): Polls {
  const read = () => page.evaluate(() => (globalThis as unknown as { calls: Call[] }).calls);
  let taken = 0;
  const take = async () => {
    const calls = await read();
    const from = taken;
    taken = calls.length;
    return calls.slice(from);
  };
  const pass = async (ms: number) => {
    await page.clock.runFor(ms);
    await page.waitForFunction(() =>
      (globalThis as unknown as { calls: Call[] }).calls.every(({ ended }) => ended !== null)
    );
  };
  const watch = async (count: number, every: number) => {
    const from = (await read()).length;
    let groups: Call[][] = [];
    while (groups.length <= count) {
      // The page hears of an answer while its clock stands, at the latest some such steps later.
      await pass(every / 20);
      groups = groupByPoll((await read()).slice(from));
    }
    for (let at = 1; at <= count; at++) {
      const pause = groups[at]![0]!.began - groups[at - 1]![0]!.ended!;
      assert(pause >= every && pause < 1.5 * every, `asked again after ${pause} ms instead of ${every}`);
    }
    return groups.slice(0, count);
  };
  return { take, pass, watch };
}

/** Each poll with what was asked for after it, and before the next one. */
function groupByPoll(calls: Call[]): Call[][] {
  const begins = calls.flatMap(({ name }, at) => name === POLL ? [at] : []);
  return begins.map((from, at) => calls.slice(from, begins[at + 1]));
}
