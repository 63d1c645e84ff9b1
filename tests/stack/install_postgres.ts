import { StackError } from "./stack_error.ts";

const NO_CLUSTER = "/etc/postgresql-common/createcluster.d/local-stack.conf";

/** The command that installs everything the stack and the database tests need, for a person to run. */
export function installCommand(major: number): string {
  if (Deno.build.os !== "linux") return `brew install postgresql@${major}, and pg_cron for it from source`;
  const sudo = Deno.uid() === 0 ? "" : "sudo ";
  return `${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends ${packages(major).join(" ")}`;
}

/** Installs Debian's packages as root, and keeps them from creating and starting a cluster of their own. */
export async function installPostgres(major: number): Promise<void> {
  Deno.mkdirSync("/etc/postgresql-common/createcluster.d", { recursive: true });
  Deno.writeTextFileSync(NO_CLUSTER, "create_main_cluster = false\n");
  try {
    await apt(["update"]);
    await apt(["install", "-y", "--no-install-recommends", ...packages(major)]);
  } finally {
    Deno.removeSync(NO_CLUSTER);
  }
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
  let output: Deno.CommandOutput;
  try {
    output = await command.output();
  } catch (cause) {
    throw new StackError("Cannot install PostgreSQL: there is no apt-get here; install PostgreSQL with pg_cron", {
      cause,
    });
  }
  if (output.success) return;
  const said = new TextDecoder().decode(output.stderr) + new TextDecoder().decode(output.stdout);
  throw new StackError(`Cannot install PostgreSQL: apt-get ${args[0]} failed:\n${said.trim().slice(-2000)}`);
}
