import { parseEnv, stripVTControlCharacters } from "node:util";
import { assertEquals, assertMatch } from "../support/assert.ts";
import { waitUntil } from "../support/wait_until.ts";
import { colorLine } from "./color_log.ts";
import { copyProject } from "./copy_project.ts";

interface Started {
  output(): string;
  says(pattern: RegExp): Promise<unknown>;
  stop(): Promise<number>;
}

function start(cwd: string, ...args: string[]): Started {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "tests/stack/start.ts", "--applications", "5", "--latency", "0", ...args],
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let output = "";
  const read = (async () => {
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) output += text;
  })();
  return {
    output: () => output,
    says: (pattern) => waitUntil(`start to say ${pattern}`, 60_000, () => Promise.resolve(pattern.test(output))),
    async stop() {
      child.kill("SIGINT");
      await read;
      return (await child.status).code;
    },
  };
}

Deno.test("start syncs at once, keeps its ports, tells of another stack of its folder, and is quiet when told", async () => {
  const folder = Deno.makeTempDirSync();
  const env = () => parseEnv(Deno.readTextFileSync(`${folder}/.stack/env`));
  const ports = () =>
    Object.values(env()).flatMap((value) => /^[a-z]+:\/\/.*:\d+/.exec(value ?? "")?.[0].match(/\d+$/) ?? []);
  const started: Started[] = [];
  const run = (...args: string[]) => {
    const one = start(folder, ...args);
    started.push(one);
    return one;
  };
  try {
    copyProject(folder);
    const first = run();
    await first.says(/\d\d:\d\d:\d\d \[syncApplicationsSince\] Sync completed successfully\n/);
    assertMatch(first.output(), /\n {2}API {8}http:\/\/127\.0\.0\.1:\d+\n {2}function {3}http/);
    const before = ports();
    const second = run("--quiet");
    await second.says(/\n {2}█{40} 5 of 5 applications, 0 failed, \d+ s\n/);
    assertMatch(second.output(), /^Another stack of this folder runs, its API on port \d+; this one takes other ports/);
    assertEquals(second.output().includes("[Cron]"), false);
    assertEquals(ports().filter((port) => before.includes(port)), []);
    assertEquals([await second.stop(), await first.stop()], [0, 0]);
    const third = run("--quiet");
    await third.says(/5 of 5 applications/);
    assertEquals(ports(), before);
    assertEquals(await third.stop(), 0);
  } finally {
    await Promise.allSettled(started.map((one) => one.stop()));
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("colorLine() tells kinds of lines apart, and changes none of their words", () => {
  const kinds = [
    "[Cron] Starting sync job...",
    "[Manual] Starting sync job...",
    "[Cron] Sync failed in 3.20s",
    "[Cron] Skipped: sync 1 is running",
    "[syncApplicationsSince] Fetched 48 applications, 2 failed",
    "[syncApplicationsSince] Sync completed successfully",
  ];
  const colored = kinds.map((line) => colorLine(line, { validateStream: false }));
  assertEquals(new Set(colored.map((line) => line.slice(0, 5))).size, kinds.length);
  assertEquals(colored.map(stripVTControlCharacters), kinds);
  const broken = colorLine("error: Uncaught (in promise)", { validateStream: false });
  assertEquals(broken.slice(0, 5), colored[2]?.slice(0, 5));
});
