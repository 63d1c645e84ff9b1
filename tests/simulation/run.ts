// `deno task simulate`: plays seeds against the real orchestrator and the real SQL. A seed that fails prints itself, and
// `--seed N` plays it again with its trace.
import { readArgs, readWhole } from "../../supabase/tools/read_args.ts";
import { denoTask } from "../../supabase/tools/terminal/deno_task.ts";
import { CORPUS } from "./corpus.ts";
import { EXPECTED } from "./expected.ts";
import { createSightings } from "./sightings.ts";
import { simulateSeed } from "./simulate_seed.ts";
import { withStage } from "./stage.ts";
import { createTally } from "./tally.ts";

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
    sightings: { type: "boolean", about: "lists what happened, how often, and which seeds took longest" },
  },
  examples: [
    ["--seeds 20", "a short look"],
    ["--seed 7", "one seed, with all that happened in it"],
  ],
  exits: {
    0: "every seed came to rest as it must",
    1: "a seed failed; it is printed with the command that plays it again",
  },
}, Deno.args);
const { profile } = values;
const one = values.seed !== undefined;
const first = readWhole(one ? "seed" : "from", values.seed ?? values.from ?? "1", 0, 2 ** 31);
const count = one ? 1 : readWhole("seeds", values.seeds ?? "300", 1, 2 ** 31);

const sightings = createSightings();
const tally = createTally();

await withStage(sightings.see, async (stage) => {
  async function play(seed: number, name?: string): Promise<string> {
    const result = await simulateSeed(stage, seed, name);
    if (one) console.log(`${result.trace.join("\n")}\nfingerprint ${result.fingerprint}`);
    tally.add(seed, result, denoTask(`simulate --seed ${seed}${name === undefined ? "" : ` --profile "${name}"`}`));
    return result.fingerprint;
  }

  if (!one && profile === undefined) { for (const known of CORPUS) await play(known.seed, known.profile); }
  const fingerprint = await play(first, profile);
  for (let played = 1; played < count; played++) {
    if (played % 100 === 0) console.log(`${played} of ${count} seeds, ${tally.failed()} failed`);
    await play(first + played, profile);
  }
  // A seed means the same every time, whatever was played before it.
  const again = await simulateSeed(stage, first, profile);
  if (again.fingerprint !== fingerprint) tally.fail(`seed ${first} played differently the second time`);
});

if (values.sightings) {
  for (const [what, times] of sightings.list()) console.log(`${String(times).padStart(7)} ${what}`);
  console.log(tally.slowest().join("\n"));
}
const missing = count >= SEEDS_FOR_ALL && profile === undefined ? sightings.missing(EXPECTED) : [];
if (missing.length > 0) tally.fail(`Never happened, though it must sometimes:\n  ${missing.join("\n  ")}`);
console.log(tally.summary());
Deno.exit(tally.failed() > 0 ? 1 : 0);
