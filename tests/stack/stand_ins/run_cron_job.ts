import postgres from "postgres";

export interface CronJob {
  jobid: string;
  command: string;
  database: string;
  username: string;
}

/** Runs a job once, in a session of its own as its user, and records how it went in `cron.job_run_details`. */
export async function runJob(
  sql: postgres.Sql,
  connectionUrl: string,
  job: CronJob,
  canceled: AbortSignal,
): Promise<void> {
  const { jobid, command, database, username } = job;
  const [run] = await sql`
    insert into cron.job_run_details (jobid, database, username, command, status)
    values (${jobid}, ${database}, ${username}, ${command}, 'starting') returning runid`;
  const runid: string = run?.runid;
  let outcome: { status: string; message: string };
  const session = openSession(connectionUrl, database);
  try {
    const pid = await become(session, username);
    canceled.throwIfAborted();
    canceled.addEventListener("abort", () => void sql`select pg_terminate_backend(${pid})`.catch(() => {}));
    await sql`
      update cron.job_run_details set status = 'running', job_pid = ${pid}, start_time = now() where runid = ${runid}`;
    outcome = { status: "succeeded", message: tag(await session.unsafe(command).simple()) };
  } catch (error) {
    outcome = { status: "failed", message: canceled.aborted ? "job canceled" : complaint(error) };
  } finally {
    await session.end({ timeout: 0 });
  }
  await sql`
    update cron.job_run_details set
      status = ${outcome.status}, return_message = ${outcome.message}, end_time = clock_timestamp()
    where runid = ${runid}`;
}

function openSession(connectionUrl: string, database: string): postgres.Sql {
  // Without what the superuser that connects has of its own.
  const connection = { application_name: "pg_cron", search_path: '"$user", public' };
  return postgres(connectionUrl, { database, max: 1, onnotice: () => {}, fetch_types: false, connection });
}

/** Makes the session the user's, with the settings it has by `alter role` and `alter database`. */
async function become(session: postgres.Sql, username: string): Promise<number> {
  const [own] = await session`select pg_backend_pid() as pid`;
  await session`
    select set_config(split_part(setting, '=', 1), substr(setting, strpos(setting, '=') + 1), false)
    from (
      select unnest(s.setconfig) as setting, s.setrole, s.setdatabase from pg_db_role_setting as s
      where s.setrole in (0, (select r.oid from pg_roles as r where r.rolname = ${username}))
        and s.setdatabase in (0, (select d.oid from pg_database as d where d.datname = current_database()))
      order by s.setrole <> 0, s.setdatabase <> 0
    ) as settings`;
  await session.unsafe(`set session authorization "${username.replaceAll('"', '""')}"`);
  return own?.pid;
}

/** What PostgreSQL calls the end of a command, of the last one when there were several: `SELECT 1`, `INSERT 0 1`. */
function tag(result: postgres.RowList<postgres.Row[]>): string {
  const last: { command?: string; count?: number | null } = Array.isArray(result.at(-1)) ? result.at(-1)! : result;
  const command = last.command === "INSERT" ? "INSERT 0" : last.command;
  return [command, last.count].filter((part) => part !== null && part !== undefined).join(" ");
}

function complaint(error: unknown): string {
  if (!(error instanceof postgres.PostgresError)) return String(error);
  const { severity_local, message, detail, hint, where } = error;
  return `${severity_local}: ${message}` + (detail ? `\nDETAIL: ${detail}` : "") + (hint ? `\nHINT: ${hint}` : "") +
    (where ? `\nCONTEXT: ${where}` : "");
}
