// What is known against the packages the function ships with, by `deno audit`: exit code 1 for a finding that is high or
// critical, SKIPPED when nobody could be asked.
import * as z from "zod";
import { SKIPPED } from "./parts.ts";

/** The function's own dependencies; the rest of import_map.json is for tests and the local stack. */
const SHIPPED = ["@supabase/supabase-js", "@aws-sdk/client-lambda", "zod"];

const importMapSchema = z.object({ imports: z.record(z.string(), z.string()) });

/** The pinned package of each, as import_map.json has it. */
function readImports(): Record<string, string> {
  const { imports } = importMapSchema.parse(JSON.parse(Deno.readTextFileSync("import_map.json")));
  return Object.fromEntries(SHIPPED.map((name) => {
    const target = imports[name];
    if (!target || !/@\d+\.\d+\.\d+$/.test(target)) throw new Error(`import_map.json does not pin ${name}`);
    return [name, target];
  }));
}

async function deno(folder: string, ...args: string[]): Promise<{ success: boolean; output: string }> {
  const command = new Deno.Command(Deno.execPath(), { args, cwd: folder, env: { NO_COLOR: "1" }, stdin: "null" });
  const { success, stdout, stderr } = await command.output();
  return { success, output: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

/** Audits these packages and all they bring along, in the versions of deno.lock; returns the exit code. */
async function audit(imports: Record<string, string>): Promise<number> {
  const folder = await Deno.makeTempDir({ prefix: "audit-" });
  try {
    await Deno.writeTextFile(`${folder}/deno.json`, JSON.stringify({ imports }));
    await Deno.copyFile("deno.lock", `${folder}/deno.lock`);
    // Takes out of the lock file what only the tests need.
    const locked = await deno(folder, "install", "--lockfile-only");
    if (!locked.success) throw new Error(`deno install failed:\n${locked.output}`);
    // A registry that does not answer says nothing against the packages, and nothing for them.
    const { success, output } = await deno(folder, "audit", "--level=high", "--ignore-registry-errors");
    console.log(output.trim());
    if (!success) return 1;
    if (!output.includes("Failed to get data from the registry")) return 0;
    console.log("skipped: the registry does not answer");
    return SKIPPED;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const imports = readImports();
console.log(`Auditing ${Object.values(imports).join(", ")}`);
Deno.exit(await audit(imports));
