import { setTimeout as delay } from "node:timers/promises";
import type { Check } from "../../../supabase/tools/doctor/check.ts";
import { assert, assertEquals, assertMatch } from "../../support/assert.ts";
import type { Fault } from "./fault.ts";
import { type Patient, startPatient } from "./patient.ts";

// What a fault did while it lasted is told until a sync has completed: their own fixes are run, too.
const AFTERMATH = ["health", "last run"];
// Well as soon as a background worker had its turn.
const BY_WORKERS = ["pg_cron", "pg_net", "alerts"];
// pg_cron ticks at the full minute.
const PATIENCE_MS = 90_000;

function unwell(checks: Check[]): Check[] {
  return checks.filter(({ state }) => state !== "ok");
}

/** Until all is well; what follows from the fault is mended by its own fix, once. */
async function examineUntilWell(patient: Patient, fault: Fault): Promise<void> {
  const mended = new Set<string>();
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const left = unwell(await patient.examine());
    if (left.length === 0) return;
    const expected = [...fault.also ?? [], ...AFTERMATH];
    const isAwaited = left.every(({ name }) => expected.includes(name) || name === fault.line);
    if (Date.now() > deadline || !isAwaited) throw new Error(`${fault.what} is not mended: ${JSON.stringify(left)}`);
    const next = left.find(({ name }) => expected.includes(name) && !mended.has(name));
    if (next) {
      mended.add(next.name);
      await patient.heal(next.fix ?? [], fault.standIn);
    }
    // What the next minute's tick does.
    await patient.owner`select sovereign_sync.watch_sync()`;
    await delay(300);
  }
}

async function assertHealed(patient: Patient, fault: Fault): Promise<void> {
  const secrets = [
    "hunter2",
    new URL(patient.stack.env.DB_URL).password,
    ...Object.entries(patient.env).filter(([name]) => name.endsWith("_SECRET")).map(([, value]) => value),
  ];
  if (typeof fault.seed === "string") await patient.admin.unsafe(fault.seed);
  else await fault.seed(patient);
  const checks = await patient.examine();
  const found = checks.find(({ name }) => name === fault.line);
  assertEquals(found?.state, fault.state ?? "fail", JSON.stringify(unwell(checks)));
  assertMatch(found?.detail ?? "", fault.detail);
  assert(found?.fix && found.fix.length > 0, `${fault.line} has no fix`);
  for (const secret of secrets) assert(!JSON.stringify(checks).includes(secret), "a secret is printed");
  await patient.heal(found.fix, fault.standIn);
  const line = (await patient.examine()).find(({ name }) => name === fault.line);
  if (!AFTERMATH.includes(fault.line) && !BY_WORKERS.includes(fault.line)) {
    assertEquals(line?.state ?? "ok", "ok", `${fault.line}: ${line?.detail}`);
  }
  await examineUntilWell(patient, fault);
}

/** One test on a project of its own: the doctor finds nothing at first, then each fault, and its fix works as printed. */
export function testFaults(kind: string, faults: Fault[]): void {
  Deno.test(`doctor finds nothing on a good project, and each fault of ${kind} is fixed by what it prints`, async (t) => {
    const only = Deno.env.get("DOCTOR_FAULT");
    const patient = await startPatient();
    try {
      const { FUNCTION_URL: url, SECRET_KEY: apikey } = patient.stack.env;
      const callFunction = () => fetch(url, { headers: { apikey } });
      const response = await callFunction();
      assertEquals(response.status, 200);
      await response.body?.cancel();
      const good = await patient.examine();
      assertEquals(unwell(good), []);
      // The next sync reports what was refused.
      await (await callFunction()).body?.cancel();
      const [refused] = await patient
        .admin`select coalesce(sum(requests), 0)::integer as requests from public.sync_refusals`;
      assertEquals(refused?.requests, 0, "the doctor's own calls are counted as refused");
      assert(good.length >= 25, `${good.length} checks`);
      for (const fault of faults.filter(({ what }) => !only || new RegExp(only).test(what))) {
        const isWell = await t.step(fault.what, async () => {
          const env = { ...patient.env };
          try {
            await assertHealed(patient, fault);
          } finally {
            await fault.tidy?.(patient);
            // A secret that was renewed is the project's from now on.
            patient.env = { ...env, CRON_SECRET: patient.env.CRON_SECRET ?? "" };
            patient.front.mood = "well";
            await patient.restoreSettings();
          }
        });
        // One that is not mended would be found again with all that follow.
        if (!isWell) break;
      }
    } finally {
      await patient.stop();
    }
  });
}
