import { StackError } from "./stack_error.ts";
import { installCommand, installPostgres } from "./install_postgres.ts";

/** A PostgreSQL server's programs and what its extension folder holds. */
export interface PostgresServer {
  /** Folder of `postgres`, `initdb`, … */
  bin: string;
  major: number;
  /** Names of the extensions whose files are installed. */
  extensions: ReadonlySet<string>;
}

/**
 * The newest PostgreSQL with pg_cron on this machine. Installs Debian's packages when there is none and this is
 * root; otherwise throws a StackError with the command to run.
 */
export async function findPostgres(report: (step: string) => void): Promise<PostgresServer> {
  const found = await search();
  const usable = found.find((server) => server.extensions.has("pg_cron"));
  if (usable) return usable;
  const major = found[0]?.major ?? 15;
  const missing = found.length ? `PostgreSQL ${major} without pg_cron` : "no PostgreSQL";
  if (Deno.uid() !== 0 || Deno.build.os !== "linux") {
    throw new StackError(`Cannot start PostgreSQL: found ${missing}. Install it with: ${installCommand(major)}`);
  }
  report(`Found ${missing}: installing it with: ${installCommand(major)}`);
  await installPostgres(major);
  const installed = (await search()).find((server) => server.extensions.has("pg_cron"));
  if (!installed) {
    throw new StackError("Cannot start PostgreSQL: the packages are installed, but no server with pg_cron");
  }
  return installed;
}

async function search(): Promise<PostgresServer[]> {
  const folders = new Set<string>();
  for (const root of ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]) {
    for (const name of list(root)) folders.add(`${root}/${name}/bin`);
  }
  for (const folder of (Deno.env.get("PATH") ?? "").split(":")) folders.add(folder);
  const servers = await Promise.all([...folders].map(inspect));
  return servers.filter((server) => server !== undefined).sort((a, b) => b.major - a.major);
}

async function inspect(bin: string): Promise<PostgresServer | undefined> {
  if (!exists(`${bin}/postgres`) || !exists(`${bin}/initdb`)) return undefined;
  const major = Number(/(\d+)/.exec(await output(`${bin}/postgres`, ["--version"]))?.[1]);
  const shares = [
    (await output(`${bin}/pg_config`, ["--sharedir"])).trim(),
    `/usr/share/postgresql/${major}`,
    `${bin}/../share/postgresql`,
    `${bin}/../share`,
  ];
  const files = shares.filter((share) => share !== "").map((share) => list(`${share}/extension`));
  const controls = (files.find((names) => names.length > 0) ?? []).filter((name) => name.endsWith(".control"));
  return { bin, major, extensions: new Set(controls.map((name) => name.slice(0, -".control".length))) };
}

async function output(command: string, args: string[]): Promise<string> {
  if (!exists(command)) return "";
  const { stdout } = await new Deno.Command(command, { args, stderr: "null" }).output();
  return new TextDecoder().decode(stdout);
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
