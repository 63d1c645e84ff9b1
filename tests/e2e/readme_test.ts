import { fileURLToPath } from "node:url";
import { createClient } from "@supabase/supabase-js";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { CLI } from "../stack/migrate.ts";
import { stackEnv } from "../support/stack_env.ts";
import { withStack } from "../support/with_stack.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const README = Deno.readTextFileSync(`${PROJECT}README.md`);

/** The README's code blocks of a language. */
function blocks(language: string): string[] {
  return [...README.matchAll(/```(\w*)\n(.*?)```/gs)].filter(([, name]) => name === language).map(([, , text]) =>
    text ?? ""
  );
}

async function shell(command: string, env: Record<string, string> = {}): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", command],
    cwd: PROJECT,
    env,
    stdin: "null",
  })
    .output();
  return { code, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

const withoutColors = { NO_COLOR: "1" };

/** How each command of the README's blocks is shown to work; one that is missing here fails the test. */
const COMMANDS: [RegExp, (command: string) => Promise<void>][] = [
  [/task demo/, async (command) => {
    const { code, output } = await shell(command, withoutColors);
    assertEquals(code, 0, output);
    assertMatch(output, /250 of 250 applications, 2 failed/);
    assertMatch(output, /applications_upserted {3}248/);
    assertMatch(output, /synced 2 of 2 applications/);
    // What the README shows is what it prints, but for times, ids and what follows from them.
    // Which PostgreSQL is the machine's affair.
    const shape = (text: string) =>
      text.match(/^( {2}[a-z_]+ {2,}|Starting PostgreSQL \d+ \(|[A-Z][^\n]+$)/gm)?.map((line) =>
        line.trim().replace(/^(Starting PostgreSQL) \d+/, "$1")
      );
    const printed = shape(output) ?? [];
    const shown = shape(blocks("").find((text) => text.includes("Starting PostgreSQL")) ?? "") ?? [];
    assert(shown.length >= 15);
    for (const line of shown) assert(printed.includes(line), `the demo does not print: ${line}`);
  }],
  // It is what runs this.
  [/task test/, () => Promise.resolve()],
  [/^curl /, async (command) => {
    const { output } = await shell(command, {
      FUNCTION_URL: stackEnv("FUNCTION_URL"),
      CRON_SECRET: stackEnv("CRON_SECRET"),
    });
    assertMatch(output, /"success":true/);
  }],
];

withStack("every command of the README's blocks works", async () => {
  // What calls the CLI, and the doctor of a hosted project, is run in tests/platform/.
  const ours = blocks("bash").filter((text) => !/supabase@|\$REF/.test(text));
  const commands = ours.flatMap((text) => text.split("\n")).filter((line) => line !== "");
  assert(commands.length >= 3);
  for (const command of commands) {
    const run = COMMANDS.find(([pattern]) => pattern.test(command))?.[1];
    assert(run, `nothing shows that this works: ${command}`);
    await run(command);
  }
});

withStack("every SQL statement of the README runs", async (sql) => {
  const texts = blocks("sql");
  assert(texts.length >= 10);
  for (const text of texts) {
    await sql.begin(async (transaction) => {
      // Where it creates a secret there is none yet; what it retries is known.
      if (text.includes("create_secret")) await transaction`delete from vault.secrets`;
      await transaction`
        insert into public.sync_status (g3_application_number, state, last_error) values ('G3-1042', 'failed', 'any')`;
      await transaction.unsafe(text);
      await transaction`rollback`;
    }).catch((error) => {
      throw new Error(`${error.message}, in:\n${text}`);
    });
  }
});

withStack("the README's TypeScript syncs", async () => {
  const supabase = createClient(stackEnv("API_URL"), stackEnv("SECRET_KEY"), { auth: { persistSession: false } });
  const [code] = blocks("ts");
  const AsyncFunction: new (...args: string[]) => (supabase: unknown) => Promise<{ success: boolean }> =
    Object.getPrototypeOf(async () => {}).constructor;
  const data = await new AsyncFunction("supabase", `${code}; if (error) throw error; return data;`)(supabase);
  assertEquals(data.success, true);
});

Deno.test("every task the README names exists, and every CLI command and flag is known to the pinned CLI", async () => {
  const tasks: Record<string, unknown> = JSON.parse(Deno.readTextFileSync(`${PROJECT}deno.json`)).tasks;
  const named = [...README.matchAll(/task ([a-z]+)/g)].map(([, name]) => name ?? "").filter((name) => name !== "s");
  for (const name of new Set(named)) assert(tasks[name], `deno.json has no task ${name}`);
  const commands = [...README.matchAll(/npx -y supabase@3\.1\.0 ([^`\n]+)/g)].map(([, text]) => text ?? "");
  assert(commands.length >= 5);
  for (const command of commands) {
    const words = command.split(" ");
    const subcommand = words.filter((word) => /^[a-z]+$/.test(word)).slice(
      0,
      words[0] === "login" || words[0] === "start" ? 1 : 2,
    );
    if (subcommand[0] === "link") subcommand.length = 1;
    const { code, output } = await shell(`npx -y ${CLI} ${subcommand.join(" ")} --help`);
    assertEquals(code, 0, output);
    for (const flag of words.filter((word) => word.startsWith("--"))) {
      assert(output.includes(flag), `${subcommand.join(" ")} has no ${flag}`);
    }
  }
});
