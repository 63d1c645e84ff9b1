import { FaultsError } from "./faults.ts";
import type { OccSimulator } from "./simulator.ts";

interface Control {
  faults?: string;
  latency?: string;
  maxConcurrent?: number;
  add?: number;
  touch?: string | number;
  remove?: string;
  restore?: string;
  reset?: boolean;
}

const CONTROL = "/_control";

/**
 * The simulator's handler. `/_control` is the tests' way in: GET answers the counts, POST takes
 * `{faults?, latency?, maxConcurrent?, add?, touch?, remove?, restore?, reset?}`.
 */
export function handleOcc(simulator: OccSimulator): Deno.ServeHandler<Deno.NetAddr> {
  return (request, { completed }) => {
    if (new URL(request.url).pathname === CONTROL) return control(simulator, request);
    const hungUp = new AbortController();
    completed.catch(() => hungUp.abort());
    return simulator.fetch(request, hungUp.signal);
  };
}

async function control(simulator: OccSimulator, request: Request): Promise<Response> {
  if (request.method === "POST") {
    const changes: Control = await request.json();
    if (changes.reset) simulator.resetStats();
    const touched = changes.touch === undefined ? [] : simulator.world.touch(changes.touch);
    if (changes.remove !== undefined) simulator.world.remove(changes.remove);
    if (changes.restore !== undefined) simulator.world.restore(changes.restore);
    const added = simulator.world.add(changes.add ?? 0);
    try {
      simulator.configure(changes);
    } catch (error) {
      if (error instanceof FaultsError) return Response.json({ message: error.message }, { status: 400 });
      throw error;
    }
    return Response.json({ ...simulator.stats(), ids: [...touched, ...added] });
  }
  return Response.json({ ...simulator.stats(), applications: simulator.world.applications.size });
}
