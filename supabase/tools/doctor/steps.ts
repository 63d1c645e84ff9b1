import type { Step } from "./check.ts";

const CLI = "npx -y supabase@3.1.0";
const FUNCTION = "sync-applications";

export function sql(statement: string): Step {
  return { sql: statement };
}

export function shell(command: string): Step {
  return { shell: command };
}

export function hand(what: string): Step {
  return { hand: what };
}

/** An SQL statement with "$NAME" in it, which the shell fills in; handed over where no list of processes shows it. */
export function sqlByShell(statement: string): Step {
  return shell(`${CLI} db query --remote="$DB_URL" --yes <<< ${doubleQuoted(statement)}`);
}

/** It does nothing unless it is told that it is meant. */
export function removeEverything(): Step {
  const meant = `sed '/yes_remove_everything/s/false/true/' 'supabase/snippets/Remove everything.sql'`;
  return shell(`${meant} | ${CLI} db query --remote="$DB_URL" --yes`);
}

export function pushMigrations(): Step {
  return shell(`${CLI} db push --remote="$DB_URL" --include-all --skip-vault --yes`);
}

/** What the migrations' history says of versions: that they are applied, or that they are not. */
export function repairMigrations(status: "applied" | "reverted", versions: string[]): Step {
  return shell(`${CLI} migration repair --remote="$DB_URL" --status ${status} --yes ${versions.join(" ")}`);
}

/** What is deployed is the bundle of this checkout, not one that was made some time ago. */
export function deployFunction(ref: string | undefined): Step[] {
  return [
    shell("npx -y deno@2.9.6 task bundle"),
    shell(`${CLI} functions deploy ${FUNCTION} --use-api --no-verify-jwt${remote(ref)} --yes`),
  ];
}

export function unsetSecrets(ref: string | undefined, names: string[]): Step {
  return shell(`${CLI} secrets unset ${names.join(" ")}${remote(ref)} --yes`);
}

/** Where settings are while they are sent: a command's own words are in the list of processes. Git ignores it. */
const PASSING_FILE = ".env.doctor";

/** Gives the function settings: those of the file, or, without one, each by its name. */
export function setSecrets(ref: string | undefined, names: string[], envFile: string | undefined): Step[] {
  const send = (file: string) => shell(`${CLI} secrets set --env-file ${quoted(file)}${remote(ref)} --yes`);
  if (envFile !== undefined) return [send(envFile)];
  const values = names.map((name) => `${name} "$${name}"`).join(" ");
  return [
    shell(`(umask 077; printf "%s='%s'\\n" ${values} > ${PASSING_FILE})`),
    send(PASSING_FILE),
    shell(`rm ${PASSING_FILE}`),
  ];
}

/** Adds a line to the file of the function's settings; of two lines the later one holds. */
export function writeSetting(envFile: string, name: string, value = `$${name}`): Step {
  return shell(`printf "\\n%s='%s'\\n" ${name} ${doubleQuoted(value)} >> ${quoted(envFile)}`);
}

/** Changes settings of the function, in its file where there is one. */
export function changeSettings(ref: string | undefined, names: string[], envFile: string | undefined): Step[] {
  const written = envFile === undefined ? [] : names.map((name) => writeSetting(envFile, name));
  return [...written, ...setSecrets(ref, names, envFile)];
}

/** The function and Vault get one secret: the one the reader has. */
export function agreeOnSecret(ref: string | undefined, envFile: string | undefined): Step[] {
  return [
    ...changeSettings(ref, ["CRON_SECRET"], envFile),
    sqlByShell("select sovereign_sync.connect_sync(null, '$CRON_SECRET')"),
  ];
}

function remote(ref: string | undefined): string {
  return ref === undefined ? "" : ` --remote=${ref}`;
}

/** A word for the shell, whatever is in it. */
export function quoted(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A word for the shell in which "$NAME" is filled in. */
function doubleQuoted(text: string): string {
  return `"${text.replaceAll(/["`\\]/g, "\\$&")}"`;
}

/** A text for SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name for SQL. */
export function identifier(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}
