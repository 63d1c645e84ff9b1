// `deno task simulate`: plays seeds against the real orchestrator and the real SQL. A seed that fails prints itself, and
// `--seed N` plays it again with its trace.
import { readArgs, readWhole } from "../../supabase/tools/read_args.ts";
import { startStack } from "../stack/stack.ts";
import { CORPUS } from "./corpus.ts";
import { createLockHolder } from "./database/locks.ts";
import { openSimDatabase } from "./database/sim_database.ts";
import { EXPECTED } from "./expected.ts";
import { createSightings } from "./sightings.ts";
import { simulateSeed } from "./simulate_seed.ts";

/** With fewer seeds something may be missed by chance. */
const SEEDS_FOR_ALL = 300;

const { values } = readArgs({
  task: "simulate",
  purpose: "Plays seeded worlds of trouble against the real orchestrator and the real SQL.",
  options: {
    seeds: { type: "string", value: "300", about: "how many seeds" },
    from: { type: "string", value: "1", about: "the first of them" },
    seed: { type: "string", value: "7", about: "only this one, with its trace" },
    profile: { type: "string", value: "poison", about: "all of them in this kind of world" },
    sightings: { type: "boolean", about: "lists what happened, and how often" },
  },
}, Deno.args);
const one = values.seed !== undefined;
const first = readWhole(one ? "seed" : "from", values.seed ?? values.from ?? "1", 0, 2 ** 31);
const count = one ? 1 : readWhole("seeds", values.seeds ?? "300", 1, 2 ** 31);

const stack = await startStack({
  applications: 0,
  latency: "0",
  faults: "",
  seed: 1,
  cron: false,
  functionLog: () => {},
  report: () => {},
});
const sightings = createSightings();
const slowest: [string, number][] = [];
let played = 0;
let failed = 0;
let steps = 0;
let kills = 0;
let days = 0;
const startedAt = Date.now();
try {
  const sql = await openSimDatabase(stack.env.ADMIN_DB_URL);
  const locks = createLockHolder(stack.env.ADMIN_DB_URL);
  const stage = { sql, locks, see: sightings.see };

  async function play(seed: number, profile?: string): Promise<string> {
    const began = Date.now();
    const result = await simulateSeed(stage, seed, profile);
    played++;
    steps += result.steps;
    kills += result.kills;
    days += result.virtualMs / 86_400_000;
    slowest.push([`${seed} ${result.profile}`, Date.now() - began]);
    if (one) console.log(`${result.trace.join("\n")}\nfingerprint ${result.fingerprint}`);
    if (result.problems.length > 0) {
      failed++;
      console.log(`seed ${seed} (${result.profile}) failed: ${result.problems.slice(0, 5).join("\n  ")}`);
      const option = profile === undefined ? "" : ` --profile "${profile}"`;
      console.log(`  again, with its trace: deno task simulate --seed ${seed}${option}`);
    }
    return result.fingerprint;
  }

  if (!one) { for (const { seed, profile } of CORPUS) await play(seed, profile); }
  const fingerprints: string[] = [];
  for (let seed = first; seed < first + count; seed++) {
    fingerprints.push(await play(seed, values.profile));
    if ((seed - first + 1) % 100 === 0) console.log(`${seed - first + 1} of ${count} seeds, ${failed} failed`);
  }
  // A seed means the same every time, whatever was played before it.
  const again = await simulateSeed(stage, first, values.profile);
  if (again.fingerprint !== fingerprints[0]) {
    failed++;
    console.log(`seed ${first} played differently the second time`);
    if (one) await Deno.writeTextFile("/tmp/again.txt", again.trace.join("\n"));
  }
  await locks.end();
  await sql.end();
} finally {
  await stack.stop();
}
if (values.sightings) {
  for (const [what, times] of sightings.list()) console.log(`${String(times).padStart(7)} ${what}`);
}
if (!one && count >= SEEDS_FOR_ALL && values.profile === undefined) {
  const missing = sightings.missing(EXPECTED);
  if (missing.length > 0) {
    failed++;
    console.log(`Never happened, though it must sometimes:\n  ${missing.join("\n  ")}`);
  }
}
const seconds = ((Date.now() - startedAt) / 1000).toFixed(0);
if (values.sightings) {
  slowest.sort(([, a], [, b]) => b - a);
  for (const [what, ms] of slowest.slice(0, 10)) console.log(`${ms} ms seed ${what}`);
}
console.log(`${played} seeds, ${days.toFixed(0)} virtual days, ${steps} events, ${kills} workers killed, ${seconds} s`);
console.log(`${Math.max(0, played - failed)} passed | ${failed} failed`);
Deno.exit(failed > 0 ? 1 : 0);
