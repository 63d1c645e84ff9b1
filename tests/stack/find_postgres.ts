import { EMBEDDED_MAJOR, embeddedPostgres } from "./embedded_postgres.ts";
import { installCommand } from "./install_postgres.ts";
import { StackError } from "./stack_error.ts";

/** A PostgreSQL server's programs and what its extension folder holds. */
export interface PostgresServer {
  /** Folder of `postgres`, `initdb`, … */
  bin: string;
  major: number;
  /** Whether it came from npm and not with the machine. */
  embedded: boolean;
  /** Versions of the extensions whose files are installed, by name. */
  extensions: ReadonlyMap<string, string>;
}

const DEBIAN_SHARE = "/usr/share/postgresql";

/** The machine's own PostgreSQL, the one from npm, or the first of the two that does. */
export const POSTGRES_CHOICES = ["auto", "system", "embedded"] as const;
export type PostgresChoice = typeof POSTGRES_CHOICES[number];

/**
 * The newest PostgreSQL with pg_cron on this machine, else the one from npm.
 *
 * @throws StackError when there is none, with what to do about it
 */
export async function findPostgres(
  report: (step: string) => void,
  choice: PostgresChoice = "auto",
): Promise<PostgresServer> {
  if (choice !== "embedded") {
    const found = await search();
    const usable = found.find((server) => server.extensions.has("pg_cron"));
    if (usable) return usable;
    if (choice === "system") {
      const missing = found[0] ? `PostgreSQL ${found[0].major} without pg_cron` : "no PostgreSQL";
      throw new StackError(
        `Found ${missing} on this machine. Install it with: ${await installCommand()}\nor use --postgres embedded`,
      );
    }
  }
  const server = await inspect(await embeddedPostgres(report), true);
  if (server) return server;
  throw new StackError(
    `PostgreSQL ${EMBEDDED_MAJOR} from npm does not run here. Install one: ${await installCommand()}`,
  );
}

/** What a person wants to know of a server: `PostgreSQL 17 (embedded, pg_cron stand-in)`. */
export function describePostgres({ major, embedded, extensions }: PostgresServer): string {
  const cron = extensions.get("pg_cron");
  const details = [embedded ? "embedded" : "", cron ? `pg_cron ${cron}` : "pg_cron stand-in"].filter((text) => text);
  return `PostgreSQL ${major} (${details.join(", ")})`;
}

/** The script of a pgTAP that is installed for some server of this machine. */
export function pgtapScript(): string | undefined {
  for (const major of list(DEBIAN_SHARE)) {
    const folder = `${DEBIAN_SHARE}/${major}/extension`;
    const script = list(folder).find((name) => /^pgtap--[\d.]+\.sql$/.test(name));
    if (script) return `${folder}/${script}`;
  }
  return undefined;
}

async function search(): Promise<PostgresServer[]> {
  const folders = new Set<string>();
  for (const root of ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]) {
    for (const name of list(root)) folders.add(`${root}/${name}/bin`);
  }
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) folders.add(folder);
  const servers = await Promise.all([...folders].map((folder) => inspect(folder, false)));
  return servers.filter((server) => server !== undefined).sort((a, b) => b.major - a.major);
}

async function inspect(bin: string, embedded: boolean): Promise<PostgresServer | undefined> {
  if (!exists(`${bin}/postgres`) || !exists(`${bin}/initdb`)) return undefined;
  const major = Number(/(\d+)/.exec(await output(`${bin}/postgres`, ["--version"]))?.[1]);
  if (!major) return undefined;
  const shares = [
    (await output(`${bin}/pg_config`, ["--sharedir"])).trim(),
    `${DEBIAN_SHARE}/${major}`,
    `${bin}/../share/postgresql`,
    `${bin}/../share`,
  ];
  const folders = (embedded ? shares.slice(2) : shares).filter((share) => share !== "");
  const folder = folders.map((share) => `${share}/extension`).find((path) => list(path).length > 0);
  return { bin, major, embedded, extensions: folder ? readExtensions(folder) : new Map() };
}

function readExtensions(folder: string): Map<string, string> {
  const extensions = new Map<string, string>();
  for (const file of list(folder)) {
    const name = /^(.+)\.control$/.exec(file)?.[1];
    if (name === undefined) continue;
    const control = Deno.readTextFileSync(`${folder}/${file}`);
    extensions.set(name, /^default_version\s*=\s*'([^']*)'/m.exec(control)?.[1] ?? "");
  }
  return extensions;
}

async function output(command: string, args: string[]): Promise<string> {
  if (!exists(command)) return "";
  try {
    const { stdout } = await new Deno.Command(command, { args, stderr: "null" }).output();
    return new TextDecoder().decode(stdout);
  } catch {
    // It is not for this machine.
    return "";
  }
}

function list(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map((entry) => entry.name);
  } catch {
    return [];
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
