import { type Check, fail, ok, type Step, warn } from "./check.ts";
import { agreeOnSecret, literal, shell, sql, sqlByShell } from "./steps.ts";
import { codeOf, originOf, type Subject } from "./subject.ts";

/** A secret of Vault's: its value, or that there is none, or why it cannot be read. */
export type Secret = { value: string | undefined; unreadable?: never } | { unreadable: string; value?: never };

export async function readSecret(sql: Subject["sql"], name: string): Promise<Secret> {
  try {
    const [row] = await sql`select decrypted_secret from vault.decrypted_secrets where name = ${name}`;
    return { value: row?.decrypted_secret ?? undefined };
  } catch (error) {
    // Its message may quote what it could not read.
    return { unreadable: codeOf(error) };
  }
}

export async function checkVault(subject: Subject): Promise<Check[]> {
  return [await checkProjectUrl(subject), await checkCronSecret(subject)];
}

async function checkProjectUrl(subject: Subject): Promise<Check> {
  const name = "vault project_url";
  const { value, unreadable } = await readSecret(subject.sql, "project_url");
  const wanted = subject.apiUrl;
  const say = (url: string | undefined): Step =>
    url === undefined
      ? sqlByShell("select sovereign_sync.connect_sync('$PROJECT_URL', null)")
      : sql(`select sovereign_sync.connect_sync(${literal(url)}, null);`);
  if (unreadable) return fail(name, undecryptable(unreadable), forget("project_url"), say(wanted));
  if (!value) {
    return fail(name, `${value === "" ? "empty" : "not there"}: the schedule cannot call the function`, say(wanted));
  }
  const wrong = await refusalOf(subject.sql, "check_project_url", value);
  if (wrong) return fail(name, wrong, say(wanted ?? repair(value)));
  if (wanted && isAnotherProject(value, wanted)) {
    return fail(name, `leads to ${originOf(value)}, but this project's API is ${originOf(wanted)}`, say(wanted));
  }
  return ok(name, originOf(value));
}

/** The origin of what is nearly a URL. */
function repair(value: string): string | undefined {
  const url = URL.parse(value.trim());
  return url?.hostname ? `https://${url.host}` : undefined;
}

/** A project has two hosts when it has a domain of its own, and the API of Docker's stack another name in there. */
export function isAnotherProject(value: string, wanted: string): boolean {
  const [there, here] = [URL.parse(value), URL.parse(wanted)];
  if (!there || !here || there.host === here.host) return false;
  const isHosted = ({ hostname }: URL) => hostname.endsWith(".supabase.co");
  const isLocal = ({ hostname }: URL) => hostname === "127.0.0.1" || hostname === "localhost";
  if (isLocal(here)) return there.hostname.includes(".") && there.hostname !== "host.docker.internal";
  return isHosted(there) === isHosted(here) || isLocal(there);
}

async function checkCronSecret({ sql: database, functionEnv, ref, envFile }: Subject): Promise<Check> {
  const name = "vault cron_secret";
  const { value, unreadable } = await readSecret(database, "cron_secret");
  const say = sqlByShell("select sovereign_sync.connect_sync(null, '$CRON_SECRET')");
  if (unreadable) return fail(name, undecryptable(unreadable), forget("cron_secret"), say);
  if (!value) return fail(name, `${value === "" ? "empty" : "not there"}: the schedule cannot call the function`, say);
  const wrong = await refusalOf(database, "check_cron_secret", value);
  if (wrong) {
    const renew = shell('export CRON_SECRET="$(openssl rand -hex 32)"');
    return fail(name, wrong, renew, ...agreeOnSecret(ref, envFile));
  }
  const accepted = [functionEnv.CRON_SECRET, functionEnv.CRON_SECRET_PREVIOUS].filter(Boolean);
  if (accepted.length > 0 && !accepted.includes(value)) {
    return fail(name, "another than the function's CRON_SECRET", ...agreeOnSecret(ref, envFile));
  }
  return ok(name, "present");
}

function undecryptable(code: string): string {
  return `cannot be decrypted (${code}): the schedule cannot call the function`;
}

function forget(name: string): Step {
  return sql(`delete from vault.secrets where name = '${name}';`);
}

/** Why the database itself would not take a value: its rule stands there alone, and its words name no value. */
async function refusalOf(
  sql: Subject["sql"],
  rule: "check_project_url" | "check_cron_secret",
  value: string,
): Promise<string | undefined> {
  try {
    await sql`select ${sql("sovereign_sync." + rule)}(${value})`;
    return undefined;
  } catch (error) {
    if (codeOf(error) !== "22023") throw error;
    return error instanceof Error ? error.message.replace("Cannot connect the sync: ", "") : undefined;
  }
}

/** Where alerts are posted, if anywhere; and whether the last posts arrived. */
export async function checkAlerts({ sql: database }: Subject): Promise<Check> {
  const name = "alerts";
  const setUrl = sqlByShell(
    "select vault.create_secret('$ALERT_WEBHOOK_URL', 'alert_webhook_url')",
  );
  // What was told in vain is told again at the next minute.
  const tellAgain = sql("update public.sync_alerts set told_at = null where post_error is not null;");
  const mend = [forget("alert_webhook_url"), setUrl, tellAgain, sql("select sovereign_sync.watch_sync();")];
  const { value, unreadable } = await readSecret(database, "alert_webhook_url");
  if (unreadable) return fail(name, `Vault's alert_webhook_url cannot be decrypted (${unreadable})`, ...mend);
  if (value === undefined) return ok(name, "kept in sync_alerts; Vault has no alert_webhook_url to post them to");
  if (!/^https?:\/\/[^\s/?#@]+([/?#]\S*)?$/.test(value)) {
    return fail(name, "cannot be posted: Vault's alert_webhook_url is not a URL", ...mend);
  }
  const [health] = await database`select post_error from public.sync_health`;
  if (health?.post_error) return warn(name, `cannot be posted: ${health.post_error}`, ...mend);
  return ok(name, `posted to ${originOf(value)}`);
}
