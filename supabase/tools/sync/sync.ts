// `deno task sync`: a sync now, with its progress, of the running stack or of any project.
import process from "node:process";
import { styleText } from "node:util";
import { connectProject, type Project } from "../connect.ts";
import { exitWithUsage, readArgs } from "../read_args.ts";
import { denoTask } from "../terminal/deno_task.ts";
import { createProgressBar, type ProgressBar } from "../terminal/progress_bar.ts";
import { askFunction, type SyncBody } from "./ask_function.ts";
import { describeEnd, type End, EXITS } from "./describe_end.ts";
import { followRun, LostSightError } from "./follow_run.ts";
import { readRequested } from "./read_requested.ts";

const { values } = readArgs({
  task: "sync",
  purpose: "Syncs now, and shows how it goes: the running stack or, with API_URL and SECRET_KEY set, any project.",
  options: {
    since: { type: "string", value: "2025-06-01", about: "what changed since a day; without, since the last sync" },
    force: { type: "boolean", about: "fetches everything listed, also what is current" },
    application: {
      type: "string",
      value: "G3-1042",
      multiple: true,
      about: "fetches this one first, whatever is known of it; may be given more than once",
    },
    wait: {
      type: "boolean",
      about: "waits for a sync that runs already, and then until its own is over with all its passes",
    },
    json: { type: "boolean", about: "for programs: one object, {status, message, fix, run, applications}" },
  },
  examples: [
    ["", "what changed since the last sync"],
    ["--since 2025-06-01 --force", "everything that changed since a day, again"],
    ["--application G3-1042 --wait", "one application, until it is stored"],
  ],
  exits: EXITS,
  notes: "Without --wait it ends with the first pass: what is left then is taken by the next pass, by itself.",
}, Deno.args);

const { since, force, application: applications = [], wait = false, json = false } = values;
if (applications.length > 0 && (since !== undefined || force)) {
  exitWithUsage("--application stands alone: leave out --since and --force, it is fetched whatever is known of it");
}
const body: SyncBody = applications.length > 0
  ? { applications }
  : { ...(since === undefined ? {} : { since }), ...(force ? { force } : {}) };

async function sync(project: Project, bar: ProgressBar | undefined): Promise<End> {
  for (;;) {
    const answer = await askFunction(project, body);
    if (answer.kind === "refused") return { status: "refused", message: answer.message, fix: answer.fix };
    if (answer.kind === "busy" && !wait) {
      const fix = `wait for it with --wait, or see it with \`${denoTask("status --watch")}\``;
      return { status: "busy", message: `Another sync is running (${answer.syncLogId})`, fix };
    }
    const run = await followRun(project, answer.syncLogId, wait, bar);
    if (answer.kind === "busy") continue;
    const requested = await readRequested(project, applications);
    // Another run may have taken them along, and ended before it came to them.
    if (wait && requested.some(({ isWaiting }) => isWaiting)) continue;
    return { status: run.status ?? "running", run, applications: requested };
  }
}

const project = connectProject();
const bar = json ? undefined : createProgressBar();
Deno.addSignalListener("SIGINT", () => {
  bar?.stop();
  console.error(`The sync goes on without this command: see it with \`${denoTask("status --watch")}\``);
  Deno.exit(130);
});
const end = await sync(project, bar).catch((error): End => {
  if (!(error instanceof LostSightError)) throw error;
  return { status: "unseen", message: error.message, fix: `see it with \`${denoTask("status")}\`` };
});
bar?.stop();
const { code, message, fix } = describeEnd(end);
if (json) {
  const { status, run, applications: asked } = end;
  console.log(JSON.stringify({ status, message, fix, run, applications: asked }, undefined, 2));
} else {
  const color = code === 0 ? "green" : "red";
  const print = code === 0 ? console.log : console.error;
  print(styleText(color, message, { stream: code === 0 ? process.stdout : process.stderr }));
  if (fix !== undefined) print(`To mend it: ${fix}`);
}
Deno.exit(code);
