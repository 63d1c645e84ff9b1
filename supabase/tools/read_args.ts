import { parseArgs, type ParseArgsOptionDescriptor } from "node:util";
import { columns } from "./terminal/columns.ts";
import { denoTask } from "./terminal/deno_task.ts";
import { renderTable } from "./terminal/render_table.ts";

/** An option of a command, as `parseArgs()` takes it, and what its help says of it. */
export interface Option extends ParseArgsOptionDescriptor {
  /** What stands for the value of a string in the help. */
  value?: string;
  about: string;
}

/** What a command can be told. */
export interface Command<O extends Record<string, Option>> {
  /** As `deno task` knows it. */
  task: string;
  purpose: string;
  options: O;
  /** What is typed behind the task, and what that does. */
  examples: readonly (readonly [words: string, about: string])[];
  /** What its exit codes mean, beside 2. */
  exits: Readonly<Record<number, string>>;
  /** What else its help says, at the end. */
  notes?: string;
  /** The words it takes, any number of them: those known, and those `takes` says yes to. Without, it takes none. */
  words?: { name: string; known: readonly string[]; takes?: (word: string) => boolean; about?: string };
}

/** Of every command. */
const USAGE_EXIT = "the command line cannot be read";
const WIDTH = 80;

/**
 * Reads the command line of a task. `--help` prints what there is and ends the process with 0; what cannot be read is
 * named in one line, and ends it with 2.
 */
export function readArgs<const O extends Record<string, Option>>(command: Command<O>, args: readonly string[]) {
  // `deno task sync -- --force` hands the dashes on.
  const own = args[0] === "--" ? args.slice(1) : [...args];
  if (own.includes("--help")) {
    console.log(describe(command));
    Deno.exit(0);
  }
  const { options, words } = command;
  try {
    const { values, positionals } = parseArgs({ args: own, options, allowPositionals: words !== undefined });
    const given: string[] = positionals;
    const unknown = given.filter((word) => !words?.known.includes(word) && !words?.takes?.(word));
    if (unknown.length === 0) return { values, words: given };
    exitWithUsage(`Unknown ${words?.name} ${unknown.join(", ")}: use ${words?.about ?? words?.known.join(", ")}`);
  } catch (error) {
    // Of what parseArgs() says only the first sentence is about the mistake.
    const [mistake] = String(error instanceof Error ? error.message : error).split(/\.\s/);
    exitWithUsage(`${mistake}: see \`${denoTask(`${command.task} --help`)}\``);
  }
}

/** A whole number given as an option; ends the process with 2 when it is none, or out of range. */
export function readWhole(name: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  exitWithUsage(`--${name} must be a whole number from ${min} to ${max}, not ${JSON.stringify(text)}`);
}

/** Says what is wrong with the command line, and ends the process with 2. */
export function exitWithUsage(message: string): never {
  console.error(message);
  Deno.exit(2);
}

function describe({ task, purpose, options, examples, exits, notes, words }: Command<Record<string, Option>>): string {
  const width = Math.min(WIDTH, columns() ?? WIDTH);
  const table = (rows: string[][]) => renderTable(rows, { indent: 2, width });
  const text = (words: string) => renderTable([[words]], { width });
  const all: [string, Option][] = [...Object.entries(options), ["help", { type: "boolean", about: "shows this" }]];
  const codes = Object.entries({ 2: USAGE_EXIT, ...exits }).sort(([a], [b]) => Number(a) - Number(b));
  return [
    text(purpose),
    `Usage: ${denoTask(`${task}${words ? ` [${words.name} …]` : ""} [options]`)}`,
    ...(words ? [table([[words.name, words.about ?? `any of ${words.known.join(", ")}; without, all of them`]])] : []),
    table(all.map(([name, { value, about }]) => [`--${name}${value ? ` ${value}` : ""}`, about])),
    `Examples:\n${listExamples(examples.map(([words, about]) => [denoTask(`${task} ${words}`.trim()), about]), width)}`,
    `Exit codes:\n${table(codes.map(([code, meaning]) => [code, meaning]))}`,
    ...(notes === undefined ? [] : [text(notes)]),
  ].join("\n\n");
}

/** Commands and what they do side by side; one below the other where the commands leave too little room, as by npx. */
function listExamples(examples: [command: string, about: string][], width: number): string {
  const table = renderTable(examples, { indent: 2, width });
  const fits = table.split("\n").every((line) => line.length <= width);
  return fits ? table : examples.map(([command, about]) => `  ${command}\n    ${about}`).join("\n");
}
