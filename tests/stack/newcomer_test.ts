import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertMatch } from "../support/assert.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));

/** Runs a shell command through .ci/as_newcomer, on a machine whose PATH begins with `folder`. */
async function runAsNewcomer(folder: string, script: string, env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(`${PROJECT}.ci/as_newcomer`, {
    args: ["bash", "-c", script],
    cwd: PROJECT,
    env: { PATH: `${folder}:${Deno.env.get("PATH")}`, ...env },
    stdin: "null",
  }).output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("as_newcomer reaches no program that was put first in the PATH, and passes on no variable but the network's", () =>
  withFolder(async (folder) => {
    for (const name of ["deno", "psql", "supabase", "npx"]) {
      await Deno.writeTextFile(`${folder}/${name}`, "#!/bin/sh\necho reached\n", { mode: 0o755 });
    }
    const own = { DENO_DIR: folder, DB_URL: "postgresql://elsewhere", HTTPS_PROXY: "", NO_PROXY: "localhost" };
    const { code, stdout, stderr } = await runAsNewcomer(
      folder,
      'env; for name in deno psql supabase npx; do echo "$name: $(command -v $name) $($name --version 2>&1)"; done; ls -A "$HOME"',
      own,
    );
    assertEquals(code, 0, stderr);
    assert(!stdout.includes(folder) && !stdout.includes("reached"), stdout);
    const names = [...stdout.matchAll(/^(\w+)=/gm)].map(([, name = ""]) => name);
    for (const name of ["DENO_DIR", "DB_URL", "HTTPS_PROXY", "STACK_TEMPLATES"]) assert(!names.includes(name), name);
    for (const name of ["HOME", "PATH", "USER", "NO_PROXY"]) assert(names.includes(name), name);
    assertMatch(stdout, /^deno: {2}bash: .*not found$/m);
    // A home that nothing has been in but the look at the registry.
    assertEquals(stdout.trim().split("\n").at(-1), ".npm");
  }));

Deno.test("as_newcomer says in seconds why the registry cannot be reached, and which variables help", () =>
  withFolder(async (folder) => {
    const { code, stderr } = await runAsNewcomer(folder, "true", { npm_config_registry: "https://127.0.0.1:9/" });
    assertEquals(code, 1);
    assertMatch(
      stderr,
      /^The npm registry cannot be reached \(ECONNREFUSED\)\.\n.*NODE_EXTRA_CA_CERTS and SSL_CERT_FILE\.\n$/,
    );
  }));

Deno.test("CI runs the README's test command as a newcomer", async () => {
  const run = await Deno.readTextFile(`${PROJECT}.ci/run`);
  const task = /^exec \.ci\/as_newcomer (npx -y deno@\S+ task) ok$/m.exec(run)?.[1];
  const readme = await Deno.readTextFile(`${PROJECT}README.md`);
  assert(readme.includes(`\n${task} test\n`), "README.md has the test command of .ci/run");
  assertMatch(await Deno.readTextFile(`${PROJECT}tests/ok.ts`), /\["task", "--quiet", "test"\],\n\];/);
});
