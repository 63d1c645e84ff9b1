import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";
import { CLI } from "../stack/migrate.ts";
import { stackEnv } from "../support/stack_env.ts";
import { withStack } from "../support/with_stack.ts";

// What docs/operate.md tells people to run is run.

const PROJECT = fileURLToPath(new URL("../../", import.meta.url));
const PAGE = Deno.readTextFileSync(`${PROJECT}docs/operate.md`);

function blocks(language: string): string[] {
  return [...PAGE.matchAll(/```(\w*)\n(.*?)```/gs)].filter(([, name]) => name === language).map(([, , text]) =>
    text ?? ""
  );
}

async function shell(command: string): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", command],
    cwd: PROJECT,
    env: { API_URL: stackEnv("API_URL"), SECRET_KEY: stackEnv("SECRET_KEY") },
    stdin: "null",
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

withStack("every SQL statement of docs/operate.md runs", async (sql) => {
  const texts = blocks("sql");
  assert(texts.length >= 5);
  for (const text of texts) {
    await sql.begin(async (transaction) => {
      // Where it creates a secret there is none yet; where it retries, something fails.
      if (text.includes("create_secret")) await transaction`delete from vault.secrets`;
      await transaction`
        insert into public.sync_status (g3_application_number, state, last_error)
        values ('G3-1042', 'failed', 'Cannot fetch application G3-1042: OCC answered 404')`;
      await transaction`
        select private.note_errors('[{"id": "G3-1042", "error": "Cannot fetch application G3-1042: OCC answered 404"}]')`;
      await transaction.unsafe(text);
      await transaction`rollback`;
    }).catch((error) => {
      throw new Error(`${error.message}, in:\n${text}`);
    });
  }
});

withStack("the export of docs/operate.md is the runs as CSV", async (sql) => {
  await sql`
    insert into public.tblsovereignapplicationssynclog (since_date, status, sync_completed_at, error_details)
    values ('2026-01-01', 'failed', now(), '{"reason": "OCC said: \\"no\\", twice"}')`;
  const [command = ""] = blocks("bash").filter((text) => text.includes("-o csv"));
  const file = await Deno.makeTempFile({ suffix: ".csv" });
  try {
    await shell(
      command.replace("npx -y supabase@3.1.0", `npx -y ${CLI}`).replace("--remote ", `--remote=${stackEnv("DB_URL")} `)
        .replace("sync_runs.csv", file),
    );
    const [header = "", row = ""] = (await Deno.readTextFile(file)).split("\n");
    assertMatch(header, /^id,started_at,trigger,status,since_date,.*,outcome,warnings$/);
    assertMatch(row, /,manual,failed,2026-01-01/);
    assertMatch(row, /"OCC said: ""no"", twice"/);
  } finally {
    await Deno.remove(file);
  }
});

withStack("the Data API gives failures as CSV", async (sql) => {
  await sql`
    insert into public.sync_status (g3_application_number, state, last_error) values ('G3-1', 'failed', 'with, a comma')`;
  const [command = ""] = /curl "\$API_URL[^`]*/.exec(PAGE) ?? [];
  const [header = "", row = ""] = (await shell(`${command} -s`)).split("\n");
  assertMatch(header, /^application,state,attempts,/);
  assertMatch(row, /^G3-1,failed,0,.*,"with, a comma",/);
});
