import postgres from "postgres";
import type { Check, Step } from "../../../supabase/tools/doctor/check.ts";
import { examine } from "../../../supabase/tools/doctor/examine.ts";
import { type Expected, readMigrations } from "../../../supabase/tools/doctor/read_migrations.ts";
import { readEnvFile, readFunctionEnv } from "../../../supabase/tools/local_stack.ts";
import { freePort } from "../../stack/ports.ts";
import { type Stack, startStack } from "../../stack/stack.ts";
import { type Front, startFront } from "./front.ts";

/** A project on this machine: the stack behind a front, the file of the function's settings, and a shell. */
export interface Patient {
  stack: Stack;
  front: Front;
  /** As the superuser, and as the role the doctor's fixes are run as. */
  admin: postgres.Sql;
  owner: postgres.Sql;
  /** Of the shell the fixes run in. */
  env: Record<string, string>;
  envFile: string;
  now: () => number;
  expected: Expected;
  examine(): Promise<Check[]>;
  /** What the function logged. */
  log: string[];
  /** Runs what the doctor printed. */
  heal(fix: Step[], standIn?: StandIn): Promise<void>;
  /** Settings of the function and in its file, as they were. */
  restoreSettings(): Promise<void>;
  stop(): Promise<void>;
}

/** Does on this machine what a step does on the platform; says whether it did. */
export type StandIn = (patient: Patient, step: string) => Promise<boolean> | boolean;

const PROJECT = new URL("../../..", import.meta.url);
// Only what changes a database runs as it is; what is for the hosted platform, or for another machine, is noted.
const NOTED = `#!/bin/sh
case "$*" in "-y supabase@3.1.0 db "*|"-y supabase@3.1.0 migration "*) exec "$REAL_NPX" "$@" ;; esac
for word in "$(basename "$0")" "$@"; do printf '%s\\0' "$word"; done >> "$CALLS"
printf '\\n' >> "$CALLS"
`;

export async function startPatient(): Promise<Patient> {
  const log: string[] = [];
  const stack = await startStack({
    port: freePort(),
    applications: 3,
    latency: "0",
    faults: "",
    seed: 1,
    cron: true,
    functionLog: (line) => void log.push(line),
    report: () => {},
  });
  const front = startFront(stack.env.API_URL);
  const folder = await Deno.makeTempDir({ prefix: "doctor-" });
  const settings = readFunctionEnv(stack.env.API_URL);
  const connect = (url: string) => postgres(url, { max: 1, onnotice: () => {} });
  const [admin, owner] = [connect(stack.env.ADMIN_DB_URL), connect(stack.env.DB_URL)];
  const calls = `${folder}/calls`;
  for (const name of ["npx", "git", "sudo", "aws"]) {
    await Deno.writeTextFile(`${folder}/${name}`, NOTED, { mode: 0o755 });
  }

  const patient: Patient = {
    stack,
    log,
    front,
    admin,
    owner,
    env: {
      // What the reader of a fix knows, and puts in the place of "$NAME".
      ...Object.fromEntries(Object.entries(settings).filter(([name]) => /^(AWS|LAMBDA)_/.test(name))),
      DB_URL: stack.env.DB_URL,
      API_URL: front.url,
      CRON_SECRET: stack.env.CRON_SECRET,
      ALERT_WEBHOOK_URL: `${front.url}/webhook`,
    },
    envFile: `${folder}/function.env`,
    now: () => Date.now(),
    expected: readMigrations(),
    examine: () =>
      examine({
        env: patient.env,
        functionEnv: readEnvFile(patient.envFile) ?? {},
        envFile: patient.envFile,
        now: patient.now(),
        expected: patient.expected,
      }),
    async heal(fix, standIn) {
      for (const step of fix) {
        const [text = ""] = Object.values(step) as string[];
        if (await standIn?.(patient, text)) continue;
        if ("sql" in step) await owner.unsafe(text);
        else if ("shell" in step) await runShell(text, standIn);
        else throw new Error(`nobody does: ${text}`);
      }
    },
    async restoreSettings() {
      const lines = Object.entries({ ...settings, CRON_SECRET: patient.env.CRON_SECRET });
      await Deno.writeTextFile(patient.envFile, lines.map(([name, value]) => `${name}='${value}'`).join("\n"));
      const changed = Object.fromEntries([...touched].map((name) => [name, settings[name] ?? ""]));
      if (touched.size > 0) await stack.restartFunction({ ...changed, CRON_SECRET: patient.env.CRON_SECRET ?? "" });
      touched.clear();
    },
    async stop() {
      await Promise.all([admin.end(), owner.end()]);
      await front.stop();
      await stack.stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
  const touched = new Set<string>();
  let bundled = false;

  async function runShell(command: string, standIn?: StandIn): Promise<void> {
    await Deno.writeTextFile(calls, "");
    const { code, stdout, stderr } = await new Deno.Command("bash", {
      // What a step exports is there for the next one.
      args: ["-c", `set -e; ${command}\nenv -0 > "$ENV_AFTER"`],
      cwd: PROJECT,
      env: {
        ...patient.env,
        PATH: `${folder}:${Deno.env.get("PATH")}`,
        REAL_NPX: await which("npx"),
        CALLS: calls,
        ENV_AFTER: `${folder}/env`,
        SUPABASE_TELEMETRY_DISABLED: "1",
      },
      stdin: "null",
    }).output();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    if (code !== 0) throw new Error(`${command}\nends with ${code}: ${said}`);
    for (const line of (await Deno.readTextFile(`${folder}/env`)).split("\0")) {
      const [, name = "", value = ""] = /^([A-Z_]+)=([\s\S]*)$/.exec(line) ?? [];
      if (/_SECRET$|_URL$/.test(name)) patient.env[name] = value;
      // Where the doctor has it from.
      if (name === "PGPASSWORD") Deno.env.set(name, value);
    }
    for (const line of (await Deno.readTextFile(calls)).split("\n").filter(Boolean)) {
      await actAsPlatform(line.split("\0").slice(0, -1), standIn);
    }
  }

  /** `secrets set` and `functions deploy` as the platform takes them; the rest is up to the fault. */
  async function actAsPlatform(words: string[], standIn?: StandIn): Promise<void> {
    const [command, , cli, group, verb, ...args] = words;
    if (words.join(" ") === "npx -y deno@2.9.6 task bundle") {
      bundled = true;
      return;
    }
    if (command !== "npx" || cli !== "supabase@3.1.0") {
      if (!await standIn?.(patient, words.join(" "))) throw new Error(`nobody does: ${words.join(" ")}`);
      return;
    }
    if (!args.includes("--yes")) throw new Error(`asks, without a terminal: ${words.join(" ")}`);
    if (`${group} ${verb}` === "functions deploy") {
      if (!bundled) throw new Error("what is deployed was not bundled");
      const [name, ...flags] = args.filter((word) => word !== "--yes" && !word.startsWith("--remote="));
      if (`${name} ${flags.sort().join(" ")}` !== "sync-applications --no-verify-jwt --use-api") {
        throw new Error(`deploys something else: ${words.join(" ")}`);
      }
      front.mood = "well";
      bundled = false;
      return;
    }
    const pairs = args.includes("--env-file")
      ? readEnvFile(args[args.indexOf("--env-file") + 1] ?? "") ?? {}
      : Object.fromEntries(
        args.filter((word) => !word.startsWith("--")).map((
          word,
        ) => [/^[A-Z_]+/.exec(word)?.[0], word.replace(/^.*?(=|$)/, "")]),
      );
    for (const name of Object.keys(pairs)) touched.add(name);
    await stack.restartFunction(pairs);
  }

  await owner`select sovereign_sync.connect_sync(${front.url}, null)`;
  await patient.restoreSettings();
  return patient;
}

async function which(name: string): Promise<string> {
  const { stdout } = await new Deno.Command("bash", { args: ["-c", `command -v ${name}`] }).output();
  return new TextDecoder().decode(stdout).trim();
}
