import { parseArgs } from "node:util";
import { parseFaults } from "./occ/faults.ts";
import { parseLatency } from "./occ/latency.ts";
import { StackError } from "./stack_error.ts";

/** What `deno task start` and `deno task demo` can be told. */
export interface StackFlags {
  port?: number;
  applications: number;
  latency: string;
  faults: string;
  seed: number;
}

export const FLAGS_HELP = `  --port 54321          port of the API; by default 54321, or a free one when that is taken
  --applications 250    how many applications OCC holds
  --latency 1000-2000   milliseconds a call of OCC takes: 0, 1200, 1000-2000 (uniform), ~1400 (log-normal)
  --faults unavailable=2,throttle=5%
                        what fails at OCC: fault[=count|percent%|id+id], list:fault for the list
  --seed 1              another seed, another world`;

/** @throws StackError naming the option and what would do; FaultsError for faults and latency */
export function parseFlags(args: string[], defaults: Omit<StackFlags, "port">): StackFlags {
  const values = readArgs(args);
  const port = values.port;
  const flags: StackFlags = {
    ...(port === undefined ? {} : { port: whole("port", port, 1024, 65_535) }),
    applications: whole("applications", values.applications ?? String(defaults.applications), 0, 1_000_000),
    latency: values.latency ?? defaults.latency,
    faults: values.faults ?? defaults.faults,
    seed: whole("seed", values.seed ?? String(defaults.seed), 0, 2 ** 31),
  };
  parseFaults(flags.faults);
  parseLatency(flags.latency);
  return flags;
}

function whole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new StackError(`--${name} must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`);
}

function readArgs(args: string[]): Partial<Record<keyof StackFlags, string>> {
  const option = { type: "string" } as const;
  try {
    return parseArgs({
      // What follows `deno task start --` arrives with the dashes.
      args: args.filter((arg, index) => index > 0 || arg !== "--"),
      options: { port: option, applications: option, latency: option, faults: option, seed: option },
    }).values;
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    throw new StackError(`${message.split(". ")[0]}. Options:\n${FLAGS_HELP}`);
  }
}
