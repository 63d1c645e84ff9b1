import postgres from "postgres";
import { type Check, fail, type Step, warn } from "./check.ts";
import { checkAccess } from "./check_access.ts";
import { checkAws } from "./check_aws.ts";
import { checkExtensions, checkVersion } from "./check_extensions.ts";
import { checkFunction } from "./check_function.ts";
import { checkHealth } from "./check_health.ts";
import { checkInstallation } from "./check_installation.ts";
import { checkJobs } from "./check_jobs.ts";
import { checkMigrations } from "./check_migrations.ts";
import { checkOwnership } from "./check_ownership.ts";
import { checkRowSecurity } from "./check_row_security.ts";
import { checkClock, checkTimeouts, checkTimeZone } from "./check_settings.ts";
import { checkAlerts, checkVault, readSecret } from "./check_vault.ts";
import { checkWorkers } from "./check_workers.ts";
import { describeConnection } from "./describe_connection.ts";
import { inspectInstallation } from "./inspect_installation.ts";
import { type Expected, readMigrations } from "./read_migrations.ts";
import { hand, shell } from "./steps.ts";
import { codeOf, findRef, originOf, type Subject } from "./subject.ts";

export interface Access {
  /** DB_URL to look inside the database, API_URL and a secret to call the function. */
  env: Record<string, string>;
  /** Settings of the function, and the file they are in. */
  functionEnv: Record<string, string>;
  envFile?: string | undefined;
  now?: number;
  expected?: Expected;
}

/** Where the schedule calls the function, and what it presents. */
interface Called {
  url?: string | undefined;
  secret?: string | undefined;
}

/** All checks the given access allows, and what it does not allow. */
export async function examine(access: Access): Promise<Check[]> {
  const { env, functionEnv, envFile, now = Date.now() } = access;
  const ref = findRef(env.API_URL, env.DB_URL);
  const given = URL.canParse(env.API_URL ?? "") ? originOf(env.API_URL ?? "") : undefined;
  const apiUrl = given ?? (ref && `https://${ref}.supabase.co`);
  const { checks, called } = env.DB_URL
    ? await examineDatabase(env.DB_URL, {
      expected: access.expected ?? readMigrations(),
      apiUrl,
      ref,
      functionEnv,
      envFile,
      now,
    })
    : { checks: [withoutDatabase()], called: {} satisfies Called as Called };
  const calledUrl = called.url && URL.canParse(called.url) && !isDockersName(called.url, apiUrl) ? called.url : apiUrl;
  // Vault's secret goes where the schedule sends it; one of the environment only to that project's API.
  const own = calledUrl && apiUrl && originOf(calledUrl) === apiUrl ? env : {};
  const [secret, secretName] = called.secret
    ? [called.secret, "Vault's cron_secret"]
    : own.CRON_SECRET
    ? [own.CRON_SECRET, "CRON_SECRET"]
    : [own.SECRET_KEY, "SECRET_KEY"];
  if (env.API_URL && !given) {
    checks.push(fail("api", "API_URL is no URL such as https://<ref>.supabase.co", askFor("API_URL", "PROJECT_URL")));
  }
  if (calledUrl) {
    checks.push(...await checkFunction({ calledUrl, apiUrl, secret, secretName, ref, functionEnv, envFile }));
  } else {
    checks.push(
      warn("function", "not called: neither API_URL nor Vault says where it is", askFor("API_URL", "PROJECT_URL")),
    );
  }
  checks.push(await checkAws({ functionEnv, envFile, ref }));
  return isLoopback(apiUrl) && envFile === undefined ? checks.map(mendLocally) : checks;
}

/** What Docker's database calls the API is unknown outside. */
function isDockersName(url: string, apiUrl: string | undefined): boolean {
  const { hostname = "" } = URL.parse(url) ?? {};
  return isLoopback(apiUrl) && (hostname === "host.docker.internal" || !hostname.includes("."));
}

function isLoopback(apiUrl: string | undefined): boolean {
  return ["127.0.0.1", "localhost"].includes(URL.parse(apiUrl ?? "")?.hostname ?? "");
}

/** The settings of a local stack are its own: these commands would change the linked project instead. */
function mendLocally({ fix, ...check }: Check): Check {
  if (!fix) return check;
  const isHosted = (step: Step) => "shell" in step && / (secrets|functions) /.test(step.shell);
  const anew = hand("start the local stack anew, with the settings in the environment: npx -y deno@2.9.6 task start");
  return { ...check, fix: fix.some(isHosted) ? [anew] : fix };
}

function withoutDatabase(): Check {
  const detail = "not looked into without DB_URL: Vault, jobs, migrations, privileges, alerts, the sync's own health";
  return warn("database", detail, askFor("DB_URL", "SESSION_POOLER_URL"));
}

function askFor(name: string, variable: string): Step {
  return shell(`export ${name}="$${variable}"`);
}

async function examineDatabase(
  url: string,
  known: Omit<Subject, "sql">,
): Promise<{ checks: Check[]; called: Called }> {
  let sql: postgres.Sql;
  try {
    sql = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => {} });
  } catch {
    return { checks: [describeConnection(url, undefined)], called: {} };
  }
  try {
    const subject: Subject = { ...known, sql };
    const checks = [await checkVersion(subject), ...await examineInside(subject)];
    return {
      checks,
      called: {
        url: (await readSecret(sql, "project_url")).value,
        secret: (await readSecret(sql, "cron_secret")).value,
      },
    };
  } catch (error) {
    return { checks: [describeConnection(url, error)], called: {} };
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function examineInside(subject: Subject): Promise<Check[]> {
  const extensions = await checkExtensions(subject);
  const installation = await inspectInstallation(subject);
  const installed = checkInstallation(subject, installation);
  const checks = [
    extensions,
    // Before the migrations are applied: they change what is there.
    ...await alone("ownership", () => checkOwnership(subject)),
    installed,
    // What is not there is pushed by that line's fix.
    ...(installed.state === "ok" ? checkMigrations(subject, installation) : []),
    ...await alone("clock", () => checkClock(subject)),
  ];
  // Of what is not there, its own line says how it comes back.
  if (installation.missing.length > 0 || extensions.state !== "ok") return checks;
  const areas: [string, () => Promise<Check | Check[]>][] = [
    ["vault", () => checkVault(subject)],
    ["jobs", () => checkJobs(subject)],
    ["workers", () => checkWorkers(subject)],
    ["grants", () => checkAccess(subject)],
    ["row level security", () => checkRowSecurity(subject)],
    ["timeouts", () => checkTimeouts(subject)],
    ["time zone", () => checkTimeZone(subject)],
    ["health", () => checkHealth(subject)],
    ["alerts", () => checkAlerts(subject)],
  ];
  for (const [name, look] of areas) checks.push(...await alone(name, look));
  return checks;
}

/** One check that cannot look says so, and the others look all the same. */
async function alone(name: string, look: () => Promise<Check | Check[]>): Promise<Check[]> {
  try {
    return [await look()].flat();
  } catch (error) {
    if (!(error instanceof postgres.PostgresError)) throw error;
    const detail = `cannot be looked at (${
      codeOf(error)
    }): mend what fails above first, and give DB_URL the role postgres`;
    return [fail(name, detail)];
  }
}
