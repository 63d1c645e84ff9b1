import { parseArgs } from "node:util";
import type { Form } from "./benchmark.ts";

export interface BenchArgs {
  json: boolean;
  form: Form;
  keys: string[];
}

/** Reads the command line; a mistake is printed with what would do, and ends the process. */
export function parseBenchArgs(args: string[], known: string[]): BenchArgs {
  const { values, positionals } = parseArgs({
    args: args.filter((arg) => arg !== "--"),
    options: { json: { type: "boolean" }, short: { type: "boolean" }, full: { type: "boolean" } },
    allowPositionals: true,
    strict: false,
  });
  const unknown = [
    ...Object.keys(values).filter((name) => !["json", "short", "full"].includes(name)).map((name) => `--${name}`),
    ...positionals.filter((key) => !known.includes(key)),
  ];
  if (unknown.length > 0 || (values.short && values.full)) {
    console.error(`Cannot bench ${unknown.join(", ")}: use --json, --short or --full, and any of ${known.join(", ")}`);
    Deno.exit(2);
  }
  return {
    json: values.json === true,
    form: values.short ? "short" : values.full ? "full" : "normal",
    keys: positionals.length === 0 ? known : positionals,
  };
}
