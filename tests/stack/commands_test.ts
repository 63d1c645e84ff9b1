import { fileURLToPath } from "node:url";
import * as z from "zod";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { callTask, runTask, taskFile } from "./call_task.ts";
import { copyProject } from "./copy_project.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const configSchema = z.object({ tasks: z.record(z.string(), z.object({ command: z.string() })) });
const { tasks } = configSchema.parse(JSON.parse(Deno.readTextFileSync(`${PROJECT}deno.json`)));
const FILES = new Map(Object.entries(tasks).map(([name, { command }]) => [name, taskFile(command)]));

/** How a task is typed, by what the PATH holds: help and messages name commands that work where they are printed. */
const SPELLINGS = [
  { where: "with deno in the PATH", folder: "bin", deno: "deno" },
  // npx puts this folder in front of the PATH, and only while it runs.
  { where: "by npx", folder: "_npx/0123/node_modules/.bin", deno: `npx -y deno@${Deno.version.deno}` },
];

/** Runs a test for each spelling. In its PATH is nothing but deno: as a shell finds it, or as npx does. */
function withEachPath(name: string, test: (path: string, deno: string) => Promise<void>): void {
  for (const { where, folder, deno } of SPELLINGS) {
    Deno.test(`${name}, ${where}`, async () => {
      const root = Deno.makeTempDirSync();
      const path = `${root}/${folder}`;
      const kept = ["PATH", "COLUMNS"].map((name) => [name, Deno.env.get(name)] as const);
      try {
        Deno.mkdirSync(path, { recursive: true });
        Deno.symlinkSync(Deno.execPath(), `${path}/deno`);
        Deno.env.set("PATH", path);
        // As wide as a pipe.
        Deno.env.delete("COLUMNS");
        await test(path, deno);
      } finally {
        for (const [name, value] of kept) {
          if (value === undefined) Deno.env.delete(name);
          else Deno.env.set(name, value);
        }
        Deno.removeSync(root, { recursive: true });
      }
    });
  }
}

withEachPath("every task answers --help, and names an option it does not know", async (_path, deno) => {
  assert(FILES.size >= 10);
  for (const [name, file] of FILES) {
    const help = await callTask(file, ["--help"]);
    assertEquals([help.code, help.stderr], [0, ""], name);
    const sections = [`\n\nUsage: ${deno} task ${name} `, "\n  --help ", "\n\nExamples:\n", "\n\nExit codes:\n  0 "];
    const places = sections.map((section) => help.stdout.indexOf(section));
    assert(
      places.every((place, nth) => place > (places[nth - 1] ?? 0)),
      `${name} --help lacks a section:\n${help.stdout}`,
    );
    const [, examples = ""] = /\n\nExamples:\n(.*?)\n\n/s.exec(help.stdout) ?? [];
    assertMatch(examples, new RegExp(`^  ${deno} task ${name}\\b`));
    assertEquals(help.stdout.split("\n").filter((line) => line.length > 80), []);
    assertEquals(await callTask(file, ["--", "--help"]), help);
    assertEquals(await callTask(file, ["--", "--nonsense"]), {
      code: 2,
      stdout: "",
      stderr: `Unknown option '--nonsense': see \`${deno} task ${name} --help\`\n`,
    });
  }
});

withEachPath("tasks name what they cannot read and what would do, in one line", async (_path, deno) => {
  const cases: [[task: string, ...args: string[]], string | RegExp][] = [
    [["start", "--port", "80"], '--port must be a whole number from 1024 to 65535, not "80"\n'],
    [["start", "--postgres", "17"], '--postgres must be system or embedded, not "17"\n'],
    [["test", "--postgres", "mysql"], '--postgres must be system or embedded, not "mysql"\n'],
    [["start", "--faults", "fire=2"], /^Unknown fault "fire=2": use throttle, .*\n$/],
    [["demo", "--", "--latency", "fast"], /^Cannot read --latency "fast": use 0, 1200, 1000-2000 .*\n$/],
    [["stop", "--port", "x"], '--port must be a whole number from 1024 to 65535, not "x"\n'],
    [["sync", "--since"], `Option '--since <value>' argument missing: see \`${deno} task sync --help\`\n`],
    [["sync", "now"], `Unexpected argument 'now': see \`${deno} task sync --help\`\n`],
    [["doctor", "--env-file", "nowhere/.env"], "There is no file nowhere/.env\n"],
    [["sync", "--application", "G3-1", "--force"], /^--application stands alone: leave out --since and --force, .*\n$/],
    [["mutate", "--jobs", "all"], '--jobs must be a whole number from 1 to 64, not "all"\n'],
    [["simulate", "--seeds", "many"], /^--seeds must be a whole number from 1 to /],
    [["bench", "--", "speed"], /^Unknown benchmark speed: use backlog, .*\n$/],
    [["bench", "--short", "--full"], "Choose one of --short and --full\n"],
    [["test", "unit", "docs"], /^Unknown part docs: use quick, house, .*\n$/],
    [["test", "--", "docs"], /^Unknown part docs: use quick, house, .*\n$/],
  ];
  for (const [[task, ...args], message] of cases) {
    const { code, stdout, stderr } = await callTask(FILES.get(task) ?? "", args);
    assertEquals([code, stdout], [2, ""], `${task} ${args.join(" ")}`);
    if (typeof message === "string") assertEquals(stderr, message);
    else assertMatch(stderr, message);
  }
});

/** All of it, once: the other tasks' is made by the same function. */
const STATUS_HELP = `\
How the sync is, of the running stack or, with API_URL and SECRET_KEY set, of
any project.

Usage: deno task status [options]

  --watch  looks again every 2 seconds, until Ctrl-C
  --json   for programs: {health, runs, failures}; with --watch one a line
  --help   shows this

Examples:
  deno task status          one look
  deno task status --watch  keeps looking; into a file or a pipe it writes a
                            line for what is new
  deno task status --json   the views sync_health, sync_runs and sync_failures
                            as they are

Exit codes:
  0  the sync is well, paused, or was watched until Ctrl-C
  1  it is unhealthy; the reason stands behind
  2  it could not be asked: the command line, the address, the key
`;

withEachPath("deno task runs a task with its options, also behind --", async (path, deno) => {
  const env = { PATH: path };
  const help = await runTask(["status", "--help"], env);
  assertEquals([help.code, help.stderr], [0, ""]);
  if (deno === "deno") assertEquals(help.stdout, STATUS_HELP);
  else {assert(
      help.stdout.includes(`\n  ${deno} task status --watch `) && !/(?<!@[\d.]+ )\bdeno task/.test(help.stdout),
    );}
  assertEquals(await runTask(["status", "--", "--help"], env), help);
  assertEquals(await runTask(["status", "--nonsense"], env), {
    code: 2,
    stdout: "",
    stderr: `Unknown option '--nonsense': see \`${deno} task status --help\`\n`,
  });
});

async function runDemo(cwd: string): Promise<{ code: number; output: string }> {
  const { HOME: _, ...env } = Deno.env.toObject();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "demo", "--applications", "5", "--latency", "0"],
    cwd,
    clearEnv: true,
    env: { ...env, NO_COLOR: "1" },
    stdin: "null",
  }).output();
  return { code, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

Deno.test("the demo works below a folder with a blank and an umlaut, without HOME, and says when it cannot write", async () => {
  const parent = `${Deno.makeTempDirSync()}/a ä b`;
  const folder = `${parent}/clone x`;
  try {
    Deno.mkdirSync(folder, { recursive: true });
    copyProject(folder);
    // As in a folder that is read-only, also for root.
    Deno.writeTextFileSync(`${folder}/.stack`, "");
    const refused = await runDemo(folder);
    assertEquals(refused.code, 1);
    const [last] = refused.output.trim().split("\n").slice(-1);
    assertEquals(
      last,
      `Cannot write to ${folder}/.stack/: make the folder writable, or copy the project to one that is`,
    );
    Deno.removeSync(`${folder}/.stack`);
    const { code, output } = await runDemo(folder);
    assertEquals(code, 0, output);
    assertMatch(output, /Starting PostgreSQL \d+ \(.*pg_cron/);
    assertMatch(output, /synced 2 of 2 applications/);
    assertEquals([...Deno.readDirSync(parent)].map(({ name }) => name), ["clone x"]);
  } finally {
    Deno.removeSync(parent, { recursive: true });
  }
});
