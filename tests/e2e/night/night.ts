import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";
import { assertEquals } from "../../support/assert.ts";
import { waitUntil } from "../../support/wait_until.ts";
import type { OccSimulator } from "../../stack/occ/simulator.ts";
import { type Patient, startPatient } from "../doctor/patient.ts";

/** A project that was well when the night began, and its clock. */
export interface Night {
  patient: Patient;
  occ: OccSimulator;
  /** Five minutes go by, and the schedule calls. */
  tick(times?: number): Promise<void>;
  /** The schedule's command runs, and what comes of it is waited for. */
  call(): Promise<void>;
  /** The schedule's command runs five minutes after it last did; nothing is waited for. */
  begin(): Promise<void>;
  /** What is stored looks as if so many seconds had gone by. */
  pass(seconds: number): Promise<void>;
  stop(): Promise<void>;
}

const APPLICATIONS = 40;
const TICK_SECONDS = 300;
/** Every time that a rule compares with now(). */
const TIMES = {
  "public.tblsovereignapplicationssynclog": ["sync_started_at", "sync_completed_at", "heartbeat_at", "listed_at"],
  "public.sync_status": [
    "next_attempt_at",
    "failing_since",
    "claimed_at",
    "requested_at",
    "synced_at",
    "stale_since",
    "listed_at",
    "held_since",
    "no_canary_until",
  ],
  "public.sync_alerts": ["opened_at", "resolved_at", "told_at"],
  "public.sync_settings": ["installed_at", "resumed_at", "connected_at"],
  "sovereign_sync.dispatches": ["dispatched_at", "silent_since"],
};

export async function startNight(): Promise<Night> {
  const patient = await startPatient();
  const { admin, stack: { occ } } = patient;
  if (!occ) throw new Error("The night needs the simulated OCC");
  // As most are: not saved today.
  for (const id of occ.world.add(APPLICATIONS)) save(occ, id, 3);

  let calledAt = 0;
  /** Seconds, since the schedule last called. */
  let passed = 0;

  async function pass(seconds: number): Promise<void> {
    passed += seconds;
    for (const [table, columns] of Object.entries(TIMES)) {
      const changes = columns.map((name) => `${name} = ${name} - make_interval(secs => ${seconds})`);
      await admin.unsafe(`update ${table} set ${changes.join(", ")}`);
    }
  }

  async function tick(times = 1): Promise<void> {
    for (let n = 0; n < times; n++) {
      await begin();
      await settle();
    }
  }

  // Neither sooner nor later than pg_cron would: a tick that is missed is an alert of its own.
  async function begin(): Promise<void> {
    const elapsed = (Date.now() - calledAt) / 1000 + passed;
    if (elapsed < TICK_SECONDS) await pass(TICK_SECONDS - elapsed);
    await invoke();
  }

  async function invoke(): Promise<void> {
    [calledAt, passed] = [Date.now(), 0];
    await runJob("select sovereign_sync.invoke_sync_applications()");
  }

  /** As pg_cron does it: in a session of its own, whatever comes of it. */
  async function runJob(command: string): Promise<void> {
    const session = postgres(patient.stack.env.DB_URL, { max: 1, onnotice: () => {} });
    try {
      await session.unsafe(command);
    } catch (error) {
      if (!(error instanceof postgres.PostgresError)) throw error;
    } finally {
      await session.end();
    }
  }

  async function call(): Promise<void> {
    await invoke();
    await settle();
  }

  async function settle(): Promise<void> {
    await waitUntil("what comes of the tick", 180_000, async () => {
      await runJob("select sovereign_sync.watch_sync()");
      const [open] = await admin`
        select count(*)::int as count from public.sync_dispatches where outcome is null and dispatched_at > now() - interval '1 minute'`;
      const [running] = await admin`
        select count(*)::int as count from public.tblsovereignapplicationssynclog
        where status = 'running' and not sovereign_sync.run_is_dead(heartbeat_at)`;
      return open?.count === 0 && running?.count === 0;
    });
    await runJob("select sovereign_sync.watch_sync()");
  }

  const night: Night = { patient, occ, tick, call, begin, pass, stop: () => patient.stop() };
  await tick();
  await assertGreen(night);
  return night;
}

/** An application as it was last saved so many days ago. */
export function save(occ: OccSimulator, id: string, daysAgo: number): void {
  const application = occ.world.applications.get(id);
  if (application) application.lastSavedDateTime = new Date(Date.now() - daysAgo * 86_400_000).toISOString();
}

/** Nothing is to be done any more, on any surface, and what OCC has is stored. */
export async function assertGreen({ patient, occ }: Night): Promise<void> {
  const { admin } = patient;
  const [health] = await admin`select verdict, reason from public.sync_health`;
  assertEquals(health?.verdict, "healthy", health?.reason);
  const rows = await admin`
    select g3_application_number as id, lastsaveddatetime as saved from public.tblsovereignapplications`;
  const stored = new Map(rows.map(({ id, saved }) => [id, saved.toISOString()]));
  for (const { id, lastSavedDateTime } of occ.world.applications.values()) {
    assertEquals(stored.get(id), lastSavedDateTime, `${id} is lost`);
  }
  // pg_cron's worker may be at its first minute.
  for (let looks = 1;; looks++) {
    const left = (await patient.examine()).filter(({ state }) => state !== "ok");
    if (left.length === 0) return;
    if (looks === 90) throw new Error(`The doctor finds: ${JSON.stringify(left)}`);
    await delay(1000);
  }
}
