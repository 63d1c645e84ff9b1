import { fileURLToPath } from "node:url";
import { CLI } from "../stack/supabase_cli.ts";
import type { Platform } from "./platform.ts";

/** A copy of the project on the machine of somebody who deploys it. */
export interface Checkout {
  folder: string;
  /** Runs a script as CI does: `bash -e`, nothing on stdin, no terminal. Throws with what it said unless it succeeds. */
  run(script: string, env?: Record<string, string>): Promise<string>;
  /** The same, whatever its exit code. */
  attempt(script: string, env?: Record<string, string>): Promise<{ code: number; output: string }>;
  remove(): Promise<void>;
}

const PROJECT = fileURLToPath(new URL("../../", import.meta.url));
/** What the tools, tasks and the CLI read. */
const COPIED = ["deno.json", "deno.lock", "import_map.json", "supabase"];
const NOT_COPIED = ["supabase/.temp", "supabase/functions/.env", "supabase/functions/sync-applications/bundle.js"];

/** Copies the project; the CLI there talks to the platform, by a profile in a home of its own. */
export async function createCheckout(platform: Platform): Promise<Checkout> {
  const folder = await Deno.makeTempDir({ prefix: "checkout-" });
  const [project, home, bin] = [`${folder}/project`, `${folder}/home`, `${folder}/bin`];
  for (const path of [project, `${home}/.supabase`, bin]) await Deno.mkdir(path, { recursive: true });
  for (const name of COPIED) await execute("cp", ["-R", `${PROJECT}${name}`, project]);
  for (const name of NOT_COPIED) await Deno.remove(`${project}/${name}`, { recursive: true }).catch(() => {});
  await Deno.writeTextFile(`${home}/profile.yaml`, profile(platform.managementUrl));
  await Deno.writeTextFile(`${home}/.supabase/profile`, `${home}/profile.yaml`);
  // What setup-cli and setup-deno put into the PATH.
  await Deno.writeTextFile(`${bin}/supabase`, `#!/bin/sh\nexec npx -y ${CLI} "$@"\n`, { mode: 0o755 });
  await Deno.symlink(Deno.execPath(), `${bin}/deno`);

  const own: Record<string, string> = {
    HOME: home,
    PATH: `${bin}:${Deno.env.get("PATH")}`,
    npm_config_cache: Deno.env.get("npm_config_cache") ?? `${Deno.env.get("HOME")}/.npm`,
    npm_config_update_notifier: "false",
    DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
    SUPABASE_TELEMETRY_DISABLED: "1",
    SUPABASE_NO_UPDATE_NOTIFIER: "1",
    NO_COLOR: "1",
  };
  for (const name of ["DENO_TLS_CA_STORE", "HTTPS_PROXY", "NODE_EXTRA_CA_CERTS"]) {
    const value = Deno.env.get(name);
    if (value !== undefined) own[name] = value;
  }

  async function attempt(script: string, env: Record<string, string> = {}) {
    const { code, stdout, stderr } = await new Deno.Command("bash", {
      args: ["-e", "-c", script],
      cwd: project,
      clearEnv: true,
      env: { ...own, ...env },
      stdin: "null",
    }).output();
    return { code, output: new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout) };
  }
  return {
    folder: project,
    attempt,
    async run(script, env) {
      const { code, output } = await attempt(script, env);
      if (code !== 0) throw new Error(`exit code ${code}:\n${script}\nsaid:\n${output}`);
      return output;
    },
    remove: () => Deno.remove(folder, { recursive: true }),
  };
}

/** No database is where the host would be: that is how it looks without IPv6, and the CLI takes the pooler. */
function profile(managementUrl: string): string {
  return [
    "name: platform",
    `api_url: ${managementUrl}`,
    `dashboard_url: ${managementUrl}`,
    `docs_url: ${managementUrl}`,
    "project_host: supabase.invalid",
    "",
  ].join("\n");
}

async function execute(command: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
