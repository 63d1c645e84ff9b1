/** What the migrations make of a database: the doctor compares with it, and repeats nothing of it. */
export interface Expected {
  /** In their order. */
  versions: string[];
  /** The version that creates the extensions, which may be there by other means. */
  extensionsVersion: string | undefined;
  /** Tables, views and functions by their names in SQL, each with the version and the statement that create it. */
  objects: Map<string, { kind: "table" | "view" | "function"; version: string; statement: string }>;
  /** By schema, relation or function, as `<kind> <name>`: the privileges of each role. */
  grants: Map<string, Map<string, string[]>>;
  /** With the table they are on. */
  policies: OnTable[];
  triggers: OnTable[];
}

interface OnTable {
  table: string;
  name: string;
  statement: string;
}

const MIGRATIONS = new URL("../../migrations/", import.meta.url);

const CREATE = /^create (?:or replace )?(table|view|function) (?:if not exists )?((?:public|sovereign_sync)\.[\w"]+)/i;
const DROP = /^drop (?:table|view|function) (?:if exists )?((?:public|sovereign_sync)\.[\w"]+)/i;
const GRANT = /^grant ([\w, ]+?)\s+on\s+(schema|table|function)\s+([\s\S]+?)\s+to\s+([\w, ]+)$/i;
const REVOKE = /^revoke ([\w, ]+?)\s+on\s+(schema|table|function)\s+([\s\S]+?)\s+from\s+([\w, ]+)$/i;
const POLICY = /^create policy (?:"([^"]+)"|\w+)\s+on (\S+)/i;
const TRIGGER = /^create trigger (\w+)\s[\s\S]*?\son (\S+)/i;

export function readMigrations(folder: URL = MIGRATIONS): Expected {
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.endsWith(".sql")).sort();
  return gatherExpected(files.map((name) => ({ name, text: Deno.readTextFileSync(new URL(name, folder)) })));
}

/** What migrations make, by the names and texts of their files, in order. */
export function gatherExpected(files: { name: string; text: string }[]): Expected {
  const versionOf = ({ name }: { name: string }) => name.split("_")[0] ?? "";
  const extensions = files.find(({ name }) => name.endsWith("_create_extensions.sql"));
  const expected: Expected = {
    versions: files.map(versionOf),
    extensionsVersion: extensions && versionOf(extensions),
    objects: new Map(),
    grants: new Map(),
    policies: [],
    triggers: [],
  };
  for (const file of files) {
    for (const statement of splitStatements(file.text)) note(expected, versionOf(file), statement);
  }
  return expected;
}

function note({ objects, grants, policies, triggers }: Expected, version: string, statement: string): void {
  // A generated migration quotes every name.
  const plain = statement.replaceAll(/"([a-z_][a-z0-9_]*)"/g, "$1");
  const [, kind, created] = CREATE.exec(plain) ?? [];
  if (kind && created) {
    objects.set(fold(created), { kind: fold(kind) as "table" | "view" | "function", version, statement });
  }
  const dropped = DROP.exec(plain)?.[1];
  if (dropped) {
    objects.delete(fold(dropped));
    for (const key of grants.keys()) if (isOf(key, fold(dropped))) grants.delete(key);
  }
  const [, privileges = "", target, names = "", roles = ""] = GRANT.exec(plain) ?? [];
  for (const name of target ? list(names) : []) {
    const key = `${target?.toLowerCase()} ${name}`;
    const ofName = grants.get(key) ?? new Map<string, string[]>();
    grants.set(key, ofName);
    for (const role of list(roles)) {
      ofName.set(role, [...ofName.get(role) ?? [], ...list(privileges).map((privilege) => privilege.toUpperCase())]);
    }
  }
  const [, revoked = "", , revokedOf = "", losers = ""] = REVOKE.exec(plain) ?? [];
  for (const name of list(revokedOf)) {
    for (const [key, ofName] of grants) {
      if (isOf(key, name.replace(/\(.*/, ""))) { for (const role of list(losers)) revoke(ofName, role, list(revoked)); }
    }
  }
  const [, policy, policyOf] = POLICY.exec(plain) ?? [];
  if (policy && policyOf) policies.push({ table: fold(policyOf), name: policy, statement: `${statement};` });
  const [, trigger, triggerOf] = TRIGGER.exec(plain) ?? [];
  if (trigger && triggerOf) triggers.push({ table: fold(triggerOf), name: trigger, statement: `${statement};` });
}

/** Whether a key of `Expected.grants` is a relation's or a function's of this name. */
function isOf(key: string, name: string): boolean {
  return key.replace(/^\w+ /, "").replace(/\(.*/, "") === name;
}

function revoke(ofName: Map<string, string[]>, role: string, privileges: string[]): void {
  const left = (ofName.get(role) ?? []).filter((one) =>
    privileges[0] !== "all" && !privileges.includes(one.toLowerCase())
  );
  if (left.length > 0) ofName.set(role, left);
  else ofName.delete(role);
}

/** Names between commas, but not between those of a signature. */
function list(text: string): string[] {
  return text.split(/,(?![^(]*\))/).map((name) => fold(name.trim())).filter((name) => name !== "");
}

/** As Postgres folds a name that is not quoted. */
function fold(name: string): string {
  return name.replaceAll(/"[^"]*"|[^"]+/g, (part) => part.startsWith('"') ? part : part.toLowerCase());
}

/** The statements of a file, without comments; what is quoted holds no end of one. */
export function splitStatements(text: string): string[] {
  const statements = [""];
  for (const [part] of text.matchAll(/--[^\n]*|'(?:[^']|'')*'|\$\$[\s\S]*?\$\$|"[^"]*"|;|[^-'$";]+|[\s\S]/g)) {
    if (part === ";") statements.push("");
    else if (!part.startsWith("--")) statements.push(statements.pop() + part);
  }
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== "");
}
