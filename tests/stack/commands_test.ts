import { fileURLToPath } from "node:url";
import { z } from "zod";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const configSchema = z.object({ tasks: z.record(z.string(), z.object({ description: z.string() })) });
const { tasks } = configSchema.parse(JSON.parse(Deno.readTextFileSync(`${PROJECT}deno.json`)));

async function runTask(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", ...args],
    cwd: PROJECT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

// `ok` is a sequence of others.
const commands = Object.keys(tasks).filter((name) => name !== "ok");

Deno.test("every task answers --help, with and without dashes before it, and names an option it does not know", async () => {
  assert(commands.length >= 10);
  for (const name of commands) {
    const help = await runTask(name, "--help");
    assertEquals(help.code, 0, help.stderr);
    assertMatch(help.stdout, new RegExp(`^[A-Z].+\\.\n\nUsage: deno task ${name} `));
    assertEquals(await runTask(name, "--", "--help"), help);
    const { code, stdout, stderr } = await runTask(name, "--", "--nonsense");
    assertEquals([code, stdout], [2, ""]);
    assertEquals(stderr, `Unknown option '--nonsense': see \`deno task ${name} --help\`\n`);
  }
});

Deno.test("tasks name what they cannot read and what would do, in one line", async () => {
  const cases: [string[], string | RegExp][] = [
    [["start", "--port", "80"], '--port must be a whole number from 1024 to 65535, not "80"\n'],
    [["start", "--postgres", "17"], '--postgres must be system or embedded, not "17"\n'],
    [["test", "--postgres", "mysql"], '--postgres must be system or embedded, not "mysql"\n'],
    [["start", "--faults", "fire=2"], /^Unknown fault "fire=2": use throttle, .*\n$/],
    [["demo", "--", "--latency", "fast"], /^Cannot read --latency "fast": use 0, 1200, 1000-2000 .*\n$/],
    [["stop", "--port", "x"], '--port must be a whole number from 1024 to 65535, not "x"\n'],
    [["sync", "--since"], "Option '--since <value>' argument missing: see `deno task sync --help`\n"],
    [["sync", "now"], "Unexpected argument 'now': see `deno task sync --help`\n"],
    [["doctor", "--env-file", "nowhere/.env"], "There is no file nowhere/.env\n"],
    [["simulate", "--seeds", "many"], /^--seeds must be a whole number from 1 to /],
    [["bench", "--", "speed"], /^Unknown benchmark speed: use backlog, .*\n$/],
    [["bench", "--short", "--full"], "Choose one of --short and --full\n"],
    [["test", "unit", "docs"], /^Unknown part docs: use house, unit, .*\n$/],
    [["test", "--", "docs"], /^Unknown part docs: use house, unit, .*\n$/],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await runTask(...args);
    assertEquals([code, stdout], [2, ""], args.join(" "));
    if (typeof message === "string") assertEquals(stderr, message);
    else assertMatch(stderr, message);
  }
});

/** The project somewhere else, with what it has downloaded. */
function copyProject(folder: string): void {
  for (const name of ["supabase", "tests", "deno.json", "deno.lock", "import_map.json"]) {
    copy(`${PROJECT}${name}`, `${folder}/${name}`);
  }
  Deno.symlinkSync(`${PROJECT}node_modules`, `${folder}/node_modules`);
}

function copy(from: string, to: string): void {
  if (!Deno.statSync(from).isDirectory) return Deno.copyFileSync(from, to);
  Deno.mkdirSync(to);
  for (const { name } of Deno.readDirSync(from)) copy(`${from}/${name}`, `${to}/${name}`);
}

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
