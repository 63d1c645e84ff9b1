import { StackError } from "./stack_error.ts";

/** The version `supabase start` users and CI have too. */
export const CLI = "supabase@3.1.0";

/** Names the CLI's own program, which the test command has looked up: npx takes two seconds to find it each time. */
export const CLI_VARIABLE = "SUPABASE_CLI";

/** Runs the pinned Supabase CLI. @throws StackError when there is no Node.js */
export async function runCli(
  args: string[],
  env: Record<string, string> = {},
  cwd = Deno.cwd(),
): Promise<Deno.CommandOutput> {
  const program = Deno.env.get(CLI_VARIABLE);
  const [command, prefix] = program ? [program, []] : ["npx", ["-y", CLI]];
  const quiet = { SUPABASE_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", NO_COLOR: "1" };
  try {
    return await new Deno.Command(command, {
      args: [...prefix, ...args],
      env: { ...env, ...quiet },
      cwd,
      stdin: "null",
    })
      .output();
  } catch (cause) {
    throw new StackError("The Supabase CLI needs Node.js (npx) in the PATH", { cause });
  }
}

/** Where npx keeps the CLI's program, downloaded if need be; undefined when that cannot be told. */
export async function findCli(): Promise<string | undefined> {
  const args = ["-y", "-p", CLI, "-c", "command -v supabase"];
  const { success, stdout } = await new Deno.Command("npx", { args, stdin: "null" }).output();
  return success ? new TextDecoder().decode(stdout).trim() : undefined;
}
