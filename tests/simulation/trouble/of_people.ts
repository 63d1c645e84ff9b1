import { daysBefore } from "../../../supabase/functions/sync-applications/calendar.ts";
import { invoke } from "../function/workers.ts";
import type { Simulation } from "../simulation.ts";
import { HOUR, MINUTE, SECOND } from "../time_units.ts";
import { anyApplication, change } from "./of_applications.ts";

/** Somebody asks the endpoint for applications by number. */
async function request(simulation: Simulation, ids: string[]): Promise<void> {
  const { scheduler, trace, see } = simulation;
  const at = scheduler.now();
  trace(`somebody asks for ${ids.join(", ")}`);
  see("request by number");
  await invoke(simulation, {
    what: "request",
    body: { applications: ids },
    onAnswer: (status) => {
      if (status < 300) simulation.promised.push(...ids.map((id) => ({ id, at })));
    },
  });
}

/** Waits until something is in flight. */
function requestInFlight(simulation: Simulation): void | Promise<void> {
  const { scheduler, wellAt, now, see } = simulation;
  const claimed = now.statuses.find((status) => status.claimed);
  if (claimed) {
    see("request while in flight");
    if (simulation.random.chance(0.3)) change(simulation, claimed.id, "forward");
    return request(simulation, [claimed.id]);
  }
  if (scheduler.now() < wellAt - MINUTE) scheduler.after(2 * SECOND, undefined, () => requestInFlight(simulation));
}

/** Waits until a run is open; an impatient one asks twice. */
async function cancel(simulation: Simulation): Promise<void> {
  const { scheduler, random, wellAt, now } = simulation;
  if (now.running > 0) {
    await run(simulation, "select public.cancel_sync()");
    if (random.chance(0.3)) await run(simulation, "select public.cancel_sync()");
  } else if (scheduler.now() < wellAt - MINUTE) {
    scheduler.after(random.whole(SECOND, 3 * SECOND), undefined, () => cancel(simulation));
  }
}

async function syncNow(simulation: Simulation): Promise<void> {
  const text = simulation.random.pick([
    "select public.sync_now()",
    `select public.sync_now('${dayOf(simulation, 2)}')`,
    `select public.sync_now('${dayOf(simulation, 10)}', force => true)`,
  ]);
  await run(simulation, text);
}

/** While a run is open, if one comes. */
async function whileOneRuns(simulation: Simulation, act: () => Promise<void>): Promise<void> {
  const { now, scheduler, random, wellAt } = simulation;
  if (now.running > 0) {
    await act();
  } else if (scheduler.now() < wellAt - MINUTE) {
    scheduler.after(random.whole(SECOND, 3 * SECOND), undefined, () => whileOneRuns(simulation, act));
  }
}

function soonAfterChange(simulation: Simulation, act: (id: string) => void | Promise<void>): void {
  const { id } = anyApplication(simulation);
  change(simulation, id);
  simulation.scheduler.after(simulation.random.whole(200 * SECOND, 700 * SECOND), undefined, () => act(id));
}

async function manual(simulation: Simulation, body: Record<string, unknown>): Promise<void> {
  simulation.see("manual run");
  await invoke(simulation, { what: "manual", body, async: simulation.random.chance(0.3) });
}

function dayOf({ occ, scheduler }: Simulation, daysAgo: number): string {
  return daysBefore(occ.write(scheduler.now()).slice(0, 10), daysAgo);
}

/** What people do through the endpoint, as operators. */
export const PEOPLE = {
  "requests": (simulation: Simulation) => request(simulation, [anyApplication(simulation).id]),
  "request of many": (simulation: Simulation) =>
    request(simulation, [...simulation.occ.applications.all.keys(), "G3-unknown"]),
  "request in flight": requestInFlight,
  "request soon": (simulation: Simulation) => soonAfterChange(simulation, (id) => request(simulation, [id])),
  "force soon": (simulation: Simulation) =>
    soonAfterChange(simulation, () => manual(simulation, { since: dayOf(simulation, 1), force: true })),
  "manual": (simulation: Simulation) => {
    const { random } = simulation;
    const since = random.pick([
      "",
      dayOf(simulation, random.whole(0, 3)),
      dayOf(simulation, random.whole(0, 30)),
    ]);
    return manual(simulation, { ...(since ? { since } : {}), ...(random.chance(0.5) ? { force: true } : {}) });
  },
  "pause": async (simulation: Simulation) => {
    const { scheduler, random, wellAt } = simulation;
    await run(simulation, "select public.pause_sync()");
    const until = Math.min(wellAt - SECOND, scheduler.now() + random.whole(10 * MINUTE, 3 * HOUR));
    scheduler.at(until, () => run(simulation, "select public.resume_sync()"));
  },
  "sync now": (simulation: Simulation) =>
    simulation.random.chance(0.4) ? syncNow(simulation) : whileOneRuns(simulation, () => syncNow(simulation)),
  "reconcile": (simulation: Simulation) =>
    run(
      simulation,
      simulation.random.pick([
        "select public.reconcile()",
        `select public.reconcile('${dayOf(simulation, simulation.random.whole(2, 40))}')`,
      ]),
    ),
  "retry": (simulation: Simulation) => run(simulation, "select public.retry(everything => true)"),
  "forget": (simulation: Simulation) => {
    const { id } = anyApplication(simulation);
    simulation.forgotten.set(id, simulation.scheduler.now());
    return run(simulation, `select public.forget_application('${id}', 'nobody wants it')`);
  },
  cancel,
  "accept gap": (simulation: Simulation) => run(simulation, "select public.accept_gap()"),
  "start from": (simulation: Simulation) =>
    run(simulation, `select public.start_from('${dayOf(simulation, simulation.random.whole(1, 12))}')`),
  "log deleted": (simulation: Simulation) => run(simulation, "delete from public.tblsovereignapplicationssynclog"),
  "rows deleted": (simulation: Simulation) =>
    run(simulation, "delete from public.tblsovereignapplications where right(g3_application_number, 1) in ('1', '4')"),
  "rows truncated": (simulation: Simulation) => run(simulation, "truncate public.tblsovereignapplications"),
  "older date edited": (simulation: Simulation) => {
    const { id } = anyApplication(simulation);
    return run(
      simulation,
      `update public.tblsovereignapplications set lastsaveddatetime = '2020-01-01', owner = 'owner 0'
        where g3_application_number = '${id}'`,
    );
  },
  "newer date edited": async (simulation: Simulation) => {
    const { id } = anyApplication(simulation);
    await run(
      simulation,
      `update public.tblsovereignapplications set lastsaveddatetime = sim.now() + interval '3 days'
        where g3_application_number = '${id}'`,
    );
    simulation.scheduler.after(SECOND, undefined, () => change(simulation, id));
  },
  "key edited": async (simulation: Simulation) => {
    const { id } = anyApplication(simulation);
    await run(
      simulation,
      `update public.tblsovereignapplications set g3_application_number = 'edited ${id}'
        where g3_application_number = '${id}' and not exists (
          select from public.tblsovereignapplications where g3_application_number = 'edited ${id}')`,
    );
  },
};

async function run(simulation: Simulation, statement: string): Promise<void> {
  const done = await simulation.database.operate(statement);
  if (/^(delete|truncate|update)/.test(statement)) simulation.disturbedAt = simulation.scheduler.now();
  const [name = ""] = /(?<=select public\.)\w+|^(delete|truncate|update)/.exec(statement) ?? [];
  simulation.see(`somebody runs ${name}`);
  simulation.trace(`somebody runs: ${statement.replaceAll(/\s+/g, " ")}${done ? "" : " (in vain: it is locked)"}`);
}
