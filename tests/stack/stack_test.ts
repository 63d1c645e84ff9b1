import { fileURLToPath } from "node:url";
import { createClient } from "@supabase/supabase-js";
import postgres from "postgres";
import { assert, assertEquals, assertMatch, assertRejects } from "../support/assert.ts";
import { waitUntil } from "../support/wait_until.ts";
import { copyProject } from "./copy_project.ts";
import { listProcesses } from "./processes.ts";
import { type StackOptions, startStack } from "./stack.ts";
import { StackError } from "./stack_error.ts";
import { freePort } from "./ports.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const quiet: StackOptions = {
  applications: 60,
  latency: "0",
  faults: "",
  seed: 1,
  cron: false,
  functionLog: () => {},
  report: () => {},
};

/** What a stack would leave behind: its processes and its folders. */
function leftovers(port: number, clusterPort: string): string[] {
  const processes = listProcesses().flatMap(({ pid }) => {
    try {
      const command = Deno.readTextFileSync(`/proc/${pid}/cmdline`).replaceAll("\0", " ");
      const environment = Deno.readTextFileSync(`/proc/${pid}/environ`);
      const ours = environment.includes(`SUPABASE_URL=http://127.0.0.1:${port}`) || command.includes(`:${clusterPort}`);
      return ours ? [command] : [];
    } catch {
      return [];
    }
  });
  const folders = [...Deno.readDirSync(`${PROJECT}.stack`)].filter(({ name }) => name === String(port));
  return [...processes, ...folders.map(({ name }) => `.stack/${name}`)];
}

function isListening(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return false;
  } catch {
    return true;
  }
}

Deno.test("startStack() runs beside another stack, hands a backlog from pass to pass, and stop() leaves nothing", async () => {
  const port = freePort();
  const lines: string[] = [];
  const stack = await startStack({
    ...quiet,
    port,
    env: { SYNC_APPLICATION_BUDGET: "25" },
    functionLog: (line) => void lines.push(line),
  });
  const clusterPort = new URL(stack.env.DB_URL).port;
  const sql = postgres(stack.env.DB_URL, { max: 1 });
  try {
    await sql`select sovereign_sync.invoke_sync_applications()`;
    const row = await waitUntil("the run's end", 30_000, async () => {
      const [row] = await sql`
        select status, passes, applications_upserted from public.tblsovereignapplicationssynclog
        where status <> 'running'`;
      return row;
    });
    assertEquals(row, { status: "completed", passes: 3, applications_upserted: 60 }, lines.join("\n"));
  } finally {
    await sql.end();
    await stack.stop();
  }
  assertEquals(leftovers(port, clusterPort), []);
  assert(!isListening(port) && !isListening(Number(clusterPort)));
});

Deno.test("the stack's API refuses requests without a key, keeps the migrations' grants, and serves no studio", async () => {
  const stack = await startStack({ ...quiet, port: freePort() });
  const admin = postgres(stack.env.ADMIN_DB_URL, { max: 1 });
  try {
    const grants = () => admin`select relname, relacl::text from pg_class where relname ~ '^tbl' order by 1`;
    const before = await grants();
    const keyless = await fetch(`${stack.env.API_URL}/rest/v1/tblSovereignApplications`);
    await keyless.body?.cancel();
    assert(keyless.status >= 400, `${keyless.status}`);
    const anon = createClient(stack.env.API_URL, stack.env.PUBLISHABLE_KEY, { auth: { persistSession: false } });
    assertEquals((await anon.from("tblSovereignApplications").select()).error?.code, "42501");
    assertEquals(await grants(), before);
    const page = await fetch(stack.env.API_URL);
    assertEquals(page.status, 404);
    await page.body?.cancel();
    const studio = await fetch(stack.env.STUDIO_URL);
    assertEquals([studio.status, studio.headers.get("content-type")?.split(";")[0]], [200, "text/html"]);
    await studio.body?.cancel();
  } finally {
    await admin.end();
    await stack.stop();
  }
});

Deno.test("jobs of pg_cron's stand-in survive a crash of PostgreSQL: what ran has failed, and the next run comes", async () => {
  const stack = await startStack({ ...quiet, port: freePort(), postgres: "embedded" });
  const sql = postgres(stack.env.DB_URL, { max: 1, onnotice: () => {} });
  try {
    await sql`select cron.schedule('test', '1 second', 'select pg_sleep(20)')`;
    const [first] = await waitUntil("a run", 30_000, async () => {
      const runs = await sql`select runid from cron.job_run_details where status = 'running'`;
      return runs.length > 0 ? runs : undefined;
    });
    await stack.killPostgres();
    const [job] = await waitUntil("the next run", 30_000, async () => {
      const runs =
        await sql`select runid from cron.job_run_details where status = 'running' and runid > ${first?.runid}`
          .catch(() => []);
      return runs.length > 0 ? runs : undefined;
    });
    assert(job);
    const [ended] = await sql`select status, return_message from cron.job_run_details where runid = ${first?.runid}`;
    assertEquals(ended, { status: "failed", return_message: "server restarted" });
  } finally {
    await sql.end();
    await stack.stop();
  }
});

Deno.test("startStack() says so when the port is taken", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  try {
    const { port } = listener.addr;
    const error = await assertRejects(() => startStack({ ...quiet, port }), StackError);
    assertEquals(error.message, `Port ${port} is taken: choose another with --port, or stop what listens there`);
  } finally {
    listener.close();
  }
});

async function run(args: string[], env: Record<string, string> = {}): Promise<{ code: number; output: string }> {
  const command = new Deno.Command(Deno.execPath(), { args: ["run", "-A", ...args], cwd: PROJECT, env });
  const { code, stdout, stderr } = await command.output();
  return { code, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

Deno.test("start names what the environment lacks when OCC is somebody's own", async () => {
  const { code, output } = await run(["tests/stack/start.ts"], { AWS_ENDPOINT_URL_LAMBDA: "http://127.0.0.1:1" });
  assertEquals(code, 1);
  assertMatch(
    output,
    /AWS_ENDPOINT_URL_LAMBDA is set, so OCC is yours: set AWS_ACCESS_KEY_ID, .*SOV_AWS_CLIENT_NUMBER too/,
  );
});

for (const signal of ["SIGINT", "SIGKILL"] as const) {
  Deno.test(`a stack that got ${signal} is gone without a trace${signal === "SIGKILL" ? " after stop" : ""}`, async () => {
    const port = freePort();
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "tests/stack/start.ts", "--port", String(port)],
      cwd: PROJECT,
      stdout: "null",
    }).spawn();
    const env = `${PROJECT}.stack/${port}/env`;
    const text = await waitUntil("the stack", 60_000, () => Deno.readTextFile(env).catch(() => undefined));
    const clusterPort = new URL(/^DB_URL=(.+)$/m.exec(text)?.[1] ?? "").port;
    child.kill(signal);
    const { code } = await child.status;
    if (signal === "SIGINT") assertEquals(code, 0);
    else assertMatch((await run(["tests/stack/stop.ts", "--port", String(port)])).output, /Stopping the stack on port/);
    assertEquals(leftovers(port, clusterPort), []);
    assert(!isListening(Number(clusterPort)));
  });
}

Deno.test("the test command that is interrupted ends its parts, and leaves no stack and no file behind", async () => {
  const folder = Deno.makeTempDirSync();
  // PostgreSQL's user must get in.
  Deno.chmodSync(folder, 0o711);
  const [project, temporary] = [`${folder}/project`, `${folder}/tmp`];
  for (const path of [project, temporary, `${project}/.stack`]) Deno.mkdirSync(path);
  copyProject(project);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "tests/run.ts", "integration", "e2e-chaos", "--jobs", "2"],
    cwd: project,
    env: { NO_COLOR: "1", TMPDIR: temporary },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const stacks = () => [...Deno.readDirSync(`${project}/.stack`)].filter(({ isDirectory }) => isDirectory);
  // Of the first part its own process has started it, of the second one the test.
  const clusters = await waitUntil("a stack of each part", 120_000, async () => {
    const envs = stacks().map(({ name }) => Deno.readTextFile(`${project}/.stack/${name}/env`));
    const texts = await Promise.all(envs).catch(() => []);
    return texts.length === 2 && texts.map((text) => Number(new URL(/^DB_URL=(.+)$/m.exec(text)?.[1] ?? "").port));
  });
  child.kill("SIGINT");
  const { code } = await child.status;
  // The CLI leaves something of its runtime's.
  const left = [...Deno.readDirSync(temporary)].map(({ name }) => name).filter((name) => !name.startsWith(".bun-"));
  assertEquals([code, stacks(), left], [130, [], []]);
  assertEquals(clusters.filter(isListening), []);
  Deno.removeSync(folder, { recursive: true });
});
