// `deno task status`: how the sync is, of the running stack or of any project.
import { connectProject } from "../connect.ts";
import { readArgs } from "../read_args.ts";
import { readStatus, UnknownStatusError } from "./read_status.ts";
import { renderStatus } from "./render_status.ts";
import { createTeller, endRedraw, LOOK_EVERY_MS, redraw, type Show, watchStatus } from "./watch_status.ts";

const { watch = false, json = false } = readArgs({
  task: "status",
  purpose: "How the sync is, of the running stack or, with API_URL and SECRET_KEY set, of any project.",
  options: {
    watch: { type: "boolean", about: `looks again every ${LOOK_EVERY_MS / 1000} seconds, until Ctrl-C` },
    json: { type: "boolean", about: "for programs: {health, runs, failures}; with --watch one a line" },
  },
  examples: [
    ["", "one look"],
    ["--watch", "keeps looking; into a file or a pipe it writes a line for what is new"],
    ["--json", "the views sync_health, sync_runs and sync_failures as they are"],
  ],
  exits: {
    0: "the sync is well, paused, or was watched until Ctrl-C",
    1: "it is unhealthy; the reason stands behind",
    2: "it could not be asked: the command line, the address, the key",
  },
}, Deno.args).values;

const project = connectProject();
if (watch) {
  const onTerminal = !json && Deno.stdout.isTerminal();
  Deno.addSignalListener("SIGINT", () => {
    if (onTerminal) endRedraw();
    Deno.exit(0);
  });
  const printJson: Show = (status, problem) => console.log(JSON.stringify(problem ? { problem } : status));
  if (onTerminal) console.clear();
  await watchStatus(project, json ? printJson : onTerminal ? redraw : createTeller());
}
try {
  const status = await readStatus(project);
  console.log(json ? JSON.stringify(status, undefined, 2) : renderStatus(status, Date.now()));
  Deno.exit(status.health.verdict === "unhealthy" ? 1 : 0);
} catch (error) {
  if (!(error instanceof UnknownStatusError)) throw error;
  if (json) console.log(JSON.stringify({ problem: error.message }));
  else console.error(`${error.message}.`);
  Deno.exit(2);
}
