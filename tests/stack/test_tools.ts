import { findPostgres, pgtapScript } from "./find_postgres.ts";
import { installCommand, installForTests } from "./install_postgres.ts";
import { StackError } from "./stack_error.ts";

/** What some parts of the test command need of the machine, beyond what the stack brings along. */
export type TestTool = "pgTAP" | "pg_prove" | "plpgsql_check" | "pg_cron" | "curl" | "chromium";

/**
 * Which tools are missing here, after Debian's packages were installed where that is allowed: as root, with apt-get.
 * Returns, by tool, why a part that needs it is skipped.
 */
export async function prepareTools(report: (step: string) => void): Promise<Map<TestTool, string>> {
  let missing = await listMissing();
  if (missing.length > 0 && await installForTests(report)) missing = await listMissing();
  const command = missing.length > 0 ? await installCommand() : "";
  return new Map(missing.map((tool) => [tool, `needs ${tool}; install it with: ${command}`]));
}

async function listMissing(): Promise<TestTool[]> {
  const extensions = await systemExtensions();
  const there: Record<TestTool, boolean> = {
    pg_cron: extensions.has("pg_cron"),
    pgTAP: extensions.has("pgtap") || pgtapScript() !== undefined,
    pg_prove: await runs("pg_prove"),
    plpgsql_check: extensions.has("plpgsql_check"),
    curl: await runs("curl"),
    chromium: await runs("chromium-headless-shell") || await runs("chromium"),
  };
  const tools: TestTool[] = ["pg_cron", "pgTAP", "pg_prove", "plpgsql_check", "curl", "chromium"];
  return tools.filter((tool) => !there[tool]);
}

async function systemExtensions(): Promise<ReadonlyMap<string, string>> {
  try {
    return (await findPostgres(() => {}, "system")).extensions;
  } catch (error) {
    if (error instanceof StackError) return new Map();
    throw error;
  }
}

async function runs(command: string): Promise<boolean> {
  try {
    return (await new Deno.Command(command, { args: ["--version"], stdout: "null", stderr: "null" }).output()).success;
  } catch {
    return false;
  }
}
