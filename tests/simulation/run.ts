// `deno task simulate`: plays seeds against the real orchestrator and the real SQL. A seed that fails prints itself, and
// `--seed N` plays it again with its trace.
import { parseArgs } from "node:util";
import { startStack } from "../stack/stack.ts";
import { openSimDatabase } from "./sim_database.ts";
import { simulateSeed } from "./simulate_seed.ts";

const { values } = parseArgs({
  args: Deno.args.filter((arg) => arg !== "--"),
  options: {
    seeds: { type: "string", default: "300" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
  },
});
const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
if (!(Number.isInteger(first) && Number.isInteger(count) && count > 0)) {
  console.log("Use --seeds N, --from N or --seed N with whole numbers");
  Deno.exit(2);
}

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
    if (values.seed !== undefined) console.log(result.trace.join("\n"));
    if (values.seed !== undefined) console.log(`fingerprint ${result.fingerprint}`);
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
