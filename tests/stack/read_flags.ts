import { type Command, exitWithUsage, type Option, readArgs, readWhole } from "../../supabase/tools/read_args.ts";
import { FaultsError, parseFaults } from "./occ/faults.ts";
import { POSTGRES_CHOICES, type PostgresChoice } from "./find_postgres.ts";
import { parseLatency } from "./occ/latency.ts";

/** What `deno task start` and `deno task demo` can be told. */
export interface StackFlags {
  port?: number;
  applications: number;
  latency: string;
  faults: string;
  seed: number;
  postgres: PostgresChoice;
  /** Of start alone. */
  quiet: boolean;
}

export const POSTGRES_OPTION = {
  type: "string",
  value: "embedded",
  about: "system: this machine's own with pg_cron; embedded: 17 from npm; by default the first of them there is",
} as const satisfies Option;

const OPTIONS = {
  port: { type: "string", value: "54321", about: "of the API; by default 54321, or a free one when that is taken" },
  applications: { type: "string", value: "250", about: "how many applications OCC holds" },
  latency: {
    type: "string",
    value: "1000-2000",
    about: "milliseconds a call of OCC takes: 0, 1200, 1000-2000 (uniform), ~1400 (log-normal)",
  },
  faults: {
    type: "string",
    value: "unavailable=2,throttle=5%",
    about: "what fails at OCC: fault[=count|percent%|id+id], list:fault for the list",
  },
  seed: { type: "string", value: "1", about: "another seed, another world" },
  postgres: POSTGRES_OPTION,
} as const satisfies Record<string, Option>;

/** Reads the command line; what cannot be read is named with what would do, and ends the process. */
export function readFlags(
  { quiet, ...command }: Omit<Command<Record<string, Option>>, "options"> & { quiet?: Option },
  args: string[],
  defaults: Pick<StackFlags, "applications" | "latency" | "faults" | "seed">,
): StackFlags {
  const options = { ...OPTIONS, ...(quiet ? { quiet } : {}) };
  const { values } = readArgs<typeof OPTIONS & { quiet?: Option }>({ ...command, options }, args);
  const flags: StackFlags = {
    ...(values.port === undefined ? {} : { port: readPort(values.port) }),
    applications: readWhole("applications", values.applications ?? String(defaults.applications), 0, 1_000_000),
    latency: values.latency ?? defaults.latency,
    faults: values.faults ?? defaults.faults,
    seed: readWhole("seed", values.seed ?? String(defaults.seed), 0, 2 ** 31),
    postgres: readPostgres(values.postgres),
    quiet: values.quiet === true,
  };
  try {
    parseFaults(flags.faults);
    parseLatency(flags.latency);
  } catch (error) {
    if (error instanceof FaultsError) exitWithUsage(error.message);
    throw error;
  }
  return flags;
}

export function readPostgres(text: string | undefined): PostgresChoice {
  const choice = POSTGRES_CHOICES.find((name) => name === (text ?? "auto"));
  return choice ?? exitWithUsage(`--postgres must be ${POSTGRES_CHOICES.slice(1).join(" or ")}, not "${text}"`);
}

export function readPort(text: string): number {
  return readWhole("port", text, 1024, 65_535);
}
