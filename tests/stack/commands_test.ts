import { fileURLToPath } from "node:url";
import * as z from "zod";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { copyProject } from "./copy_project.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const configSchema = z.object({ tasks: z.record(z.string(), z.object({ description: z.string() })) });
const { tasks } = configSchema.parse(JSON.parse(Deno.readTextFileSync(`${PROJECT}deno.json`)));

const PAGE = Deno.readTextFileSync(`${PROJECT}docs/commands.md`);

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

async function runTask(args: string[], env: Record<string, string> = {}): Promise<Ended> {
  const { COLUMNS: _, ...own } = Deno.env.toObject();
  const command = new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", ...args],
    cwd: PROJECT,
    clearEnv: true,
    env: { ...own, NO_COLOR: "1", ...env },
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

const commands = Object.keys(tasks);

Deno.test("every task answers --help as docs/commands.md has it, in 80 columns, and names an option it does not know", async () => {
  assert(commands.length >= 10);
  const sections = [...PAGE.matchAll(/^## (\w+)\n\n```text\n(.*?)```/gms)].map((
    [, name = "", text = ""],
  ) => [name, text]);
  assertEquals(sections.map(([name]) => name).toSorted(), commands.toSorted(), "docs/commands.md has a section a task");
  const known = Object.fromEntries(sections);
  for (const name of commands) {
    const help = await runTask([name, "--help"]);
    assertEquals(help.code, 0, help.stderr);
    assertEquals(
      help.stdout,
      known[name],
      `docs/commands.md: put what \`deno task ${name} --help\` prints below ## ${name}`,
    );
    for (const part of [`\n\nUsage: deno task ${name} `, "\n  --help ", "\n\nExamples:\n", "\n\nExit codes:\n  0 "]) {
      assert(help.stdout.includes(part), `${name} --help has no ${part.trim()}`);
    }
    assertEquals(help.stdout.split("\n").filter((line) => line.length > 80), []);
    const { code, stdout, stderr } = await runTask([name, "--", "--nonsense"]);
    assertEquals([code, stdout], [2, ""]);
    assertEquals(stderr, `Unknown option '--nonsense': see \`deno task ${name} --help\`\n`);
  }
  assertEquals(await runTask(["sync", "--", "--help"]), await runTask(["sync", "--help"]));
});

Deno.test("who came by npx is told commands that work without deno in the PATH", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    // As npx has it in front of its own PATH, for as long as it runs.
    const fleeting = `${folder}/_npx/0123/node_modules/.bin`;
    Deno.mkdirSync(fleeting, { recursive: true });
    Deno.symlinkSync(Deno.execPath(), `${fleeting}/deno`);
    const { stdout } = await runTask(["sync", "--help"], { PATH: fleeting });
    const npx = `npx -y deno@${Deno.version.deno} task`;
    assertMatch(stdout, new RegExp(`\nUsage: ${npx} sync \\[options\\]\n`));
    assertMatch(stdout, new RegExp(`\n  ${npx} sync --since 2025-06-01 --force `));
    assertEquals(stdout.includes("deno task"), false);
    const { stderr } = await runTask(["status", "--nonsense"], { PATH: fleeting });
    assertEquals(stderr, `Unknown option '--nonsense': see \`${npx} status --help\`\n`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
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
    [["sync", "--application", "G3-1", "--force"], /^--application stands alone: leave out --since and --force, .*\n$/],
    [["mutate", "--jobs", "all"], '--jobs must be a whole number from 1 to 64, not "all"\n'],
    [["simulate", "--seeds", "many"], /^--seeds must be a whole number from 1 to /],
    [["bench", "--", "speed"], /^Unknown benchmark speed: use backlog, .*\n$/],
    [["bench", "--short", "--full"], "Choose one of --short and --full\n"],
    [["test", "unit", "docs"], /^Unknown part docs: use house, unit, .*\n$/],
    [["test", "--", "docs"], /^Unknown part docs: use house, unit, .*\n$/],
  ];
  for (const [args, message] of cases) {
    const { code, stdout, stderr } = await runTask(args);
    assertEquals([code, stdout], [2, ""], args.join(" "));
    if (typeof message === "string") assertEquals(stderr, message);
    else assertMatch(stderr, message);
  }
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
