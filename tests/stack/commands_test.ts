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
