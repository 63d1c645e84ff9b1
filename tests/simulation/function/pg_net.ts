import type { NetRequest } from "../database/inspection.ts";
import type { Simulation } from "../simulation.ts";
import { MINUTE, SECOND } from "../time_units.ts";
import { invoke } from "./workers.ts";

/** As sovereign_sync.queue_dispatch() says. Milliseconds. */
const TIMEOUT_MS = 15 * SECOND;

/** pg_net: sends what was queued, and stores what is answered. Its tables are unlogged, so some of it may be lost. */
export function deliver(simulation: Simulation, requests: NetRequest[]): void {
  const { random, dispatches, scheduler, see, trace } = simulation;
  for (const { id, url, body } of requests) {
    if (!url.endsWith("/functions/v1/sync-applications")) {
      see("alert posted");
      trace(`alert: ${body.text}`);
      continue;
    }
    const copies = random.chance(dispatches.lost) ? 0 : random.chance(dispatches.doubled) ? 2 : 1;
    if (copies === 0) see("dispatch lost");
    if (copies === 2) see("dispatch delivered twice");
    for (let copy = 0; copy < copies; copy++) {
      // Twice: at once, or when everything has gone on.
      const delay = random.whole(10, 500) + (copy === 0 ? 0 : random.pick([0, 5 * SECOND, 7 * MINUTE]));
      scheduler.after(delay, undefined, () => send(simulation, id, body));
    }
  }
}

async function send(simulation: Simulation, id: number, body: Record<string, unknown>): Promise<void> {
  const { scheduler, see } = simulation;
  const trigger = String(body.trigger);
  let answered = false;
  const store = (columns: string, values: string) => {
    answered = true;
    scheduler.after(1, undefined, async () => {
      await simulation.database.operate(
        `insert into net._http_response (id, created, ${columns}) values (${id}, sim.now(), ${values})`,
      );
    });
  };
  scheduler.after(TIMEOUT_MS, undefined, () => {
    if (answered) return;
    see("dispatch timed out");
    store("timed_out, error_msg", "true, 'Timeout of 15000 ms reached'");
  });
  await invoke(simulation, {
    what: trigger,
    body,
    async: true,
    onAnswer: (status) => {
      if (!answered) store("status_code, content", `${status}, '{}'`);
    },
  });
}
