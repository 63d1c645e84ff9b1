import { stripVTControlCharacters } from "node:util";
import { listPages, PROJECT, readBlocks, readPage } from "../docs/read_blocks.ts";
import { blockOf, RUNNERS } from "../docs/runners.ts";
import { CLI } from "../stack/supabase_cli.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../support/assert.ts";
import type { Sql } from "../support/database.ts";
import { stackEnv } from "../support/stack_env.ts";
import { withStack } from "../support/with_stack.ts";

// What the README and the pages of docs/ tell people to run is run, as it is written and with nothing in the environment
// but what the block itself takes from somewhere. Only `.stack/env` is this stack's own, whichever was started last.
const STACK = `.stack/${new URL(stackEnv("API_URL")).port}`;

interface Said {
  code: number;
  output: string;
}

async function execute(command: string, args: string[], env: Record<string, string> = {}): Promise<Said> {
  const kept = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME", "DENO_TLS_CA_STORE", "npm_config_cache"]
    .flatMap((name) => Deno.env.get(name) ? [[name, Deno.env.get(name) ?? ""]] : []);
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd: PROJECT,
    clearEnv: true,
    env: { ...Object.fromEntries(kept), NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, output: stripVTControlCharacters(text.decode(stdout) + text.decode(stderr)) };
}

const shell = (script: string, env?: Record<string, string>) =>
  execute("bash", ["-c", script.replaceAll(".stack/env", `${STACK}/env`)], env);

/** Runs a shell block from its first line to its last, and wants all of it to succeed. */
async function runShell(script: string): Promise<string> {
  const { code, output } = await shell(`set -e -o pipefail\n${script}`);
  assertEquals(code, 0, `${script}\n${output}`);
  return output;
}

/** The README's program; the others take its client for theirs. */
const [PREAMBLE = ""] = blockOf("invoke").text.split("const { data");

/** Type-checks and runs a program with the variables of `.stack/env`, and prints what `last` says. */
async function runProgram(program: string, last: string, env: Record<string, string> = {}): Promise<string> {
  const path = await Deno.makeTempFile({ dir: `${PROJECT}.stack`, suffix: ".ts" });
  try {
    await Deno.writeTextFile(path, `${program}\n${last}\n`);
    const access = { API_URL: stackEnv("API_URL"), SECRET_KEY: stackEnv("SECRET_KEY"), ...env };
    const { code, output } = await execute(Deno.execPath(), ["run", "-q", "-A", "--check", path], access);
    assertEquals(code, 0, output);
    return output;
  } finally {
    await Deno.remove(path);
  }
}

/** A server that takes the place of Realtime, which the stack has not; it says what a program listens to. */
async function listen(program: string): Promise<unknown> {
  const joined = Promise.withResolvers<{ event?: string; payload?: { config?: { postgres_changes?: unknown } } }>();
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async (request) => {
    if (request.headers.get("upgrade") === null) {
      await joined.promise;
      return new Response();
    }
    const { socket, response } = Deno.upgradeWebSocket(request);
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      joined.resolve(Array.isArray(message) ? { event: message[3], payload: message[4] } : message);
    };
    return response;
  });
  try {
    const env = { API_URL: `http://127.0.0.1:${server.addr.port}` };
    const untilJoined = "await fetch(process.env.API_URL!, { signal: AbortSignal.timeout(60_000) });\nDeno.exit(0);";
    await runProgram(program, untilJoined, env);
    const { event, payload } = await joined.promise;
    assertEquals(event, "phx_join");
    return payload?.config?.postgres_changes;
  } finally {
    await server.shutdown();
  }
}

const RUN: Record<string, (text: string, sql: Sql) => Promise<void>> = {
  async demo(text) {
    const [demo = "", test = "", ...more] = text.trim().split("\n");
    // The second one is what runs this.
    assertMatch(test, / task test$/);
    assertEquals(more, []);
    const output = await runShell(demo);
    assertMatch(output, /250 of 250 applications, 2 failed/);
    assertMatch(output, /applications_upserted {3}248/);
    assertMatch(output, /synced 2 of 2 applications/);
    // What the README shows is what it prints, but for times, ids and what follows from them.
    // Which PostgreSQL is the machine's affair.
    const shape = (said: string) =>
      said.match(/^( {2}[a-z_]+ {2,}|Starting PostgreSQL \d+ \(|[A-Z][^\n]+$)/gm)?.map((line) =>
        line.trim().replace(/^(Starting PostgreSQL) \d+/, "$1")
      );
    const shown = readBlocks().find(({ page, language, text }) =>
      page === "README.md" && language === "" && text.includes("Starting PostgreSQL")
    );
    const lines = shape(shown?.text ?? "") ?? [];
    assert(lines.length >= 15);
    for (const line of lines) assert(shape(output)?.includes(line), `the demo does not print: ${line}`);
  },
  async call(text, sql) {
    const output = await runShell(text);
    assertEquals(output.match(/"success":true/g)?.length, 3, output);
    const [asked] = await sql`
      select count(*)::int as runs, count(*) filter (where since_date = '2025-06-01')::int as since
      from public.tblsovereignapplicationssynclog`;
    assertEquals(asked, { runs: 3, since: 2 });
  },
  async invoke(text) {
    assertMatch(await runProgram(text, "if (error) throw error; console.log(data.success);"), /^true$/m);
  },
  async "call and go"(text) {
    assertMatch(await runShell(text), /"success":true,"message":"Sync started.*"syncLogId"/);
  },
  async "invoke in vain"(text) {
    assertMatch(await runProgram(PREAMBLE + text, ""), /^400 .*since must be/ms);
  },
  async listen(text, sql) {
    const changes = await listen(PREAMBLE + text);
    assertEquals(changes, [
      { event: "UPDATE", schema: "public", table: "tblsovereignapplications" },
      { event: "*", schema: "public", table: "tblsovereignapplicationssynclog" },
    ]);
    for (const table of ["tblsovereignapplications", "tblsovereignapplicationssynclog"]) {
      assertEquals((await sql`select to_regclass(${`public.${table}`}) is not null as there`)[0]?.there, true);
    }
  },
  async "read the history"(text, sql) {
    await sql`insert into public.tblsovereignapplications (g3_application_number) values ('G3-1042')`;
    await sql`update public.tblsovereignapplications set appstatuscode = 'COND'`;
    const last = "console.log(data?.map(({ attribute, new: now }) => `${attribute}=${now}`).join());";
    assertMatch(await runProgram(PREAMBLE + text, last), /^appStatusCode=COND$/m);
  },
  async "export through the API"(text, sql) {
    await sql`
      insert into public.sync_status (g3_application_number, state, last_error) values ('G3-1', 'failed', 'with, a comma')`;
    const output = await runShell(text);
    assertMatch(output, /^application,state,attempts,/m);
    assertMatch(output, /^G3-1,failed,0,.*,"with, a comma",/m);
  },
  async "begin with"(text) {
    const [status = "", doctor = "", ...more] = text.trim().split("\n");
    assertEquals(more, []);
    // Without these it would be the stack that was started last.
    const env = {
      API_URL: stackEnv("API_URL"),
      SECRET_KEY: stackEnv("SECRET_KEY"),
      DB_URL: stackEnv("DB_URL"),
    };
    assertMatch((await shell(status, env)).output, /^(healthy|syncing|unhealthy) {2}.+\n[^]*^queue +0 pending/m);
    assertMatch((await shell(doctor, env)).output, /^ok +database[^]*\d+ ok, \d+ to look at, \d+ failed/m);
  },
  async "write the page"(text) {
    const folder = await Deno.makeTempDir({ prefix: "page-" });
    try {
      const { code, output } = await shell(text.replace("--build site", `--build ${folder}`));
      assertEquals(code, 0, output);
      assertEquals(JSON.parse(await Deno.readTextFile(`${folder}/config.json`)).api_url, stackEnv("API_URL"));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
  "the AWS permission"(text) {
    const { Version, Statement } = JSON.parse(text);
    assertEquals(Version, "2012-10-17");
    assertEquals(Statement.map(({ Effect, Action }: Record<string, string>) => [Effect, Action]), [
      ["Allow", "lambda:InvokeFunction"],
    ]);
    // It is the only command there is.
    const source = Deno.readTextFileSync(
      `${PROJECT}supabase/functions/sync-applications/occ/lambda_invoker.ts`,
    );
    assertEquals(new Set(source.match(/\b[A-Z]\w+Command\b/g)), new Set(["InvokeCommand"]));
    return Promise.resolve();
  },
};

for (const { name, page, by } of RUNNERS) {
  if (by !== "stack") continue;
  withStack(`${page}: ${name}`, async (sql) => {
    const run = RUN[name];
    assert(run, "nobody runs it");
    await run(blockOf(name).text, sql);
  });
}

withStack("every SQL statement of the pages runs", async (sql) => {
  const blocks = readBlocks().filter(({ language }) => language === "sql");
  assert(blocks.length >= 20);
  for (const { page, text } of blocks) {
    await sql.begin(async (transaction) => {
      // Where it creates a secret there is none yet; where it retries, something fails.
      if (text.includes("create_secret")) await transaction`delete from vault.secrets`;
      await transaction`
        insert into public.sync_status (g3_application_number, state, last_error)
        values ('G3-1042', 'failed', 'Cannot fetch application G3-1042: OCC answered 404')`;
      await transaction`
        select sovereign_sync.note_errors('[{"id": "G3-1042", "error": "Cannot fetch application G3-1042: OCC answered 404"}]')`;
      await transaction.unsafe(text);
      await transaction`rollback`;
    }).catch((error) => {
      throw new Error(`${page}: ${error.message}, in:\n${text}`);
    });
  }
});

/** What the pages say of a command in a line of text is looked up, too. */
const PROSE = listPages().map(readPage).join("\n");

Deno.test("every task the pages name exists, and every CLI command and flag is known to the pinned CLI", async () => {
  const tasks: Record<string, unknown> = JSON.parse(Deno.readTextFileSync(`${PROJECT}deno.json`)).tasks;
  const named = new Set([...PROSE.matchAll(/deno(?:@[\d.]+)? task ([a-z]+)/g)].map(([, name = ""]) => name));
  assert(named.size >= 8);
  assertEquals([...named].filter((name) => !tasks[name]), []);

  const commands = [...PROSE.matchAll(/npx -y supabase@3\.1\.0 ([^`\n]+)/g)].map(([, text = ""]) =>
    text.split(/ <<< | \| | > | \$\(/)[0]?.trim() ?? ""
  );
  assert(commands.length >= 15);
  const flags = new Map<string, Set<string>>();
  for (const command of commands) {
    const words = command.split(" ");
    const first = words.findIndex((word) => !/^[a-z]+$/.test(word));
    const subcommand = words.slice(0, first < 0 ? 2 : Math.min(first, 2)).join(" ");
    const known = flags.get(subcommand) ?? new Set();
    for (const word of words) if (/^--?[a-z]/.test(word)) known.add(word.replace(/=.*/, ""));
    flags.set(subcommand, known);
  }
  // By one npx, which takes a second of its own.
  const script = [...flags.keys()].map((subcommand) => `echo '## ${subcommand}' && supabase ${subcommand} --help`);
  // The native stack is an experiment, and unknown without it.
  const env = { SUPABASE_EXPERIMENTAL_STACK: "1" };
  const { code, output } = await execute("npx", ["-y", "-p", CLI, "-c", script.join(" && ")], env);
  assertEquals(code, 0, output);
  const helps = new Map(output.split(/^## /m).map((text) => [text.split("\n")[0] ?? "", text]));
  for (const [subcommand, used] of flags) {
    const help = helps.get(subcommand) ?? "";
    for (const flag of used) assertStringIncludes(help, flag, `${subcommand} has no ${flag}`);
  }
});
