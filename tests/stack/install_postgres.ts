import { StackError } from "./stack_error.ts";

const NO_CLUSTER = "/etc/postgresql-common/createcluster.d/local-stack.conf";

/** The command that installs PostgreSQL with pg_cron and what the database tests need, for a person to run. */
export async function installCommand(): Promise<string> {
  if (!hasApt()) return "your system's packages of PostgreSQL and pg_cron";
  const sudo = Deno.uid() === 0 ? "" : "sudo ";
  const names = packages(await packagedMajor()).join(" ");
  return `${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends ${names}`;
}

/**
 * Installs the packages of Debian (or its like) that only the tests need, as root, and keeps them from creating and
 * starting a cluster of their own. Returns false without root or apt-get, or when that fails: what needs them is skipped.
 */
export async function installForTests(report: (step: string) => void): Promise<boolean> {
  if (Deno.uid() !== 0 || !hasApt()) return false;
  report("Installing PostgreSQL with pg_cron, pgTAP, plpgsql_check and Chromium (apt-get), for the tests");
  Deno.mkdirSync("/etc/postgresql-common/createcluster.d", { recursive: true });
  Deno.writeTextFileSync(NO_CLUSTER, "create_main_cluster = false\n");
  try {
    await apt(["update"]);
    await apt(["install", "-y", "--no-install-recommends", ...packages(await packagedMajor())]);
    return true;
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    report(error.message);
    return false;
  } finally {
    Deno.removeSync(NO_CLUSTER);
  }
}

function hasApt(): boolean {
  try {
    return Deno.statSync("/usr/bin/apt-get").isFile;
  } catch {
    return false;
  }
}

/** The newest PostgreSQL this system has pg_cron for: 15 on Debian 12, 16 on Ubuntu 24.04, 17 on Debian 13. */
async function packagedMajor(): Promise<number> {
  const args = ["search", "--names-only", "^postgresql-[0-9]+-cron$"];
  const { stdout } = await new Deno.Command("apt-cache", { args, stderr: "null" }).output();
  const majors = [...new TextDecoder().decode(stdout).matchAll(/^postgresql-(\d+)-cron/gm)].map(([, major]) =>
    Number(major)
  );
  return majors.length > 0 ? Math.max(...majors) : 15;
}

function packages(major: number): string[] {
  const server = `postgresql-${major}`;
  return [
    server,
    `${server}-cron`,
    `${server}-pgtap`,
    `${server}-plpgsql-check`,
    "libtap-parser-sourcehandler-pgtap-perl",
    // The README's commands are tested as they are printed.
    "curl",
    // The page is tested in a real browser, without its windows.
    "chromium-headless-shell",
  ];
}

async function apt(args: string[]): Promise<void> {
  const command = new Deno.Command("apt-get", {
    args: ["-q", ...args],
    env: { DEBIAN_FRONTEND: "noninteractive" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const output = await command.output();
  if (output.success) return;
  const said = new TextDecoder().decode(output.stderr) + new TextDecoder().decode(output.stdout);
  throw new StackError(`Cannot install PostgreSQL: apt-get ${args[0]} failed:\n${said.trim().slice(-2000)}`);
}
