// `deno task simulate`: plays seeds against the real orchestrator and the real SQL. A seed that fails prints itself, and
// `--seed N` plays it again with its trace.
import { readArgs, readWhole } from "../../supabase/tools/read_args.ts";
import { startStack } from "../stack/stack.ts";
import { openSimDatabase } from "./sim_database.ts";
import { simulateSeed } from "./simulate_seed.ts";

const { values } = readArgs({
  task: "simulate",
  purpose: "Plays seeded worlds of trouble against the real orchestrator and the real SQL.",
  options: {
    seeds: { type: "string", value: "300", about: "how many seeds" },
    from: { type: "string", value: "1", about: "the first of them" },
    seed: { type: "string", value: "7", about: "only this one, with its trace" },
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
let failed = 0;
let steps = 0;
let kills = 0;
const startedAt = Date.now();
try {
  const sql = await openSimDatabase(stack.env.ADMIN_DB_URL);
  for (let seed = first; seed < first + count; seed++) {
    const result = await simulateSeed(sql, seed);
    steps += result.steps;
    kills += result.kills;
    if (one) console.log(result.trace.join("\n"));
    if (one) console.log(`fingerprint ${result.fingerprint}`);
    if (result.problems.length > 0) {
      failed++;
      console.log(`seed ${seed} failed: ${result.problems.slice(0, 5).join("\n  ")}`);
      console.log(`  again, with its trace: deno task simulate --seed ${seed}`);
    }
    if ((seed - first + 1) % 100 === 0) console.log(`${seed - first + 1} of ${count} seeds, ${failed} failed`);
  }
  // A seed means the same every time.
  const again = [await simulateSeed(sql, first), await simulateSeed(sql, first)];
  if (again[0]?.fingerprint !== again[1]?.fingerprint) {
    failed++;
    console.log(`seed ${first} played differently the second time`);
  }
  await sql.end();
} finally {
  await stack.stop();
}
const seconds = ((Date.now() - startedAt) / 1000).toFixed(0);
console.log(`${count} seeds, ${steps} events, ${kills} workers killed, ${seconds} s`);
console.log(`${count - Math.min(failed, count)} passed | ${failed} failed`);
Deno.exit(failed > 0 ? 1 : 0);
