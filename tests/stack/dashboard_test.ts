// The page as it is served and written: what it may load, what it tells everybody, and whose folder it writes to.
import { buildPage } from "../../supabase/tools/dashboard/build_page.ts";
import { findConfigProblem } from "../../supabase/tools/dashboard/page_config.ts";
import { denoTask } from "../../supabase/tools/terminal/deno_task.ts";
import { createPageHandler } from "../../supabase/tools/dashboard/serve_page.ts";
import { writePage } from "../../supabase/tools/dashboard/write_page.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../support/assert.ts";
import { stackEnv } from "../support/stack_env.ts";
import { PROJECT } from "./with_project.ts";
import { gzipSync } from "node:zlib";

const CONFIG = { api_url: "https://abcdefghijklmnopqrst.supabase.co", publishable_key: "sb_publishable_x" };
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
  `connect-src 'self' ${CONFIG.api_url}; form-action 'none'; base-uri 'none'`;
const files = await buildPage();

function legacyKey(role: string): string {
  const part = (value: object) => btoa(JSON.stringify(value)).replaceAll("=", "");
  return `${part({ alg: "HS256" })}.${part({ role })}.x`;
}

Deno.test("every file of the page comes with the strict policy, and nothing else is there", async () => {
  const handler = createPageHandler(files, CONFIG);
  for (const path of ["", ...files.keys(), "config.json"]) {
    const response = handler(new Request(`http://localhost/${path}`));
    assertEquals(response.status, 200, path);
    assertEquals(response.headers.get("content-security-policy"), `${POLICY}; frame-ancestors 'none'`);
    assertEquals(response.headers.get("x-content-type-options"), "nosniff");
    await response.body?.cancel();
  }
  for (const path of ["nothing", "../deno.json", "%2e%2e/deno.json", "assets/"]) {
    assertEquals(handler(new Request(`http://localhost/${path}`)).status, 404, path);
  }
  assertEquals(handler(new Request("http://localhost/", { method: "POST" })).status, 405);
  assertEquals(handler(new Request("http://rebound.test/config.json")).status, 421);
});

Deno.test("the page has no inline script or style, and asks nobody but its own host and the API", () => {
  const html = new TextDecoder().decode(files.get("index.html"));
  assert(!/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=/.test(html), html);
  assertEquals(
    [...html.matchAll(/(?:src|href)="([^"]+)"/g)].filter(([, url = ""]) => !url.startsWith("./assets/")),
    [],
  );
});

Deno.test("no secret of the stack is in what is served", async () => {
  const handler = createPageHandler(files, { ...CONFIG, api_url: stackEnv("API_URL") });
  const secrets = [stackEnv("SECRET_KEY"), stackEnv("CRON_SECRET"), new URL(stackEnv("DB_URL")).password];
  for (const path of [...files.keys(), "config.json"]) {
    const text = await handler(new Request(`http://localhost/${path}`)).text();
    for (const secret of secrets) assert(!text.includes(secret), path);
  }
});

Deno.test("the page's script is at most 90 kB compressed", () => {
  const scripts = [...files].filter(([path]) => path.endsWith(".js"));
  assert(scripts.length > 0);
  const bytes = scripts.reduce((sum, [, file]) => sum + gzipSync(file).length, 0);
  assert(bytes <= 90_000, `${bytes} bytes`);
});

Deno.test("findConfigProblem() refuses what everybody must not read, and names the fix", () => {
  const url = CONFIG.api_url;
  assertEquals(findConfigProblem(url, CONFIG.publishable_key), undefined);
  assertEquals(findConfigProblem(url, legacyKey("anon")), undefined);
  assertMatch(findConfigProblem(url, "sb_secret_x") ?? "", /holds a secret key/);
  assertMatch(findConfigProblem(url, legacyKey("service_role")) ?? "", /holds a secret key/);
  assertMatch(findConfigProblem(url, "something") ?? "", /sb_publishable_/);
  assertMatch(findConfigProblem("abc", "sb_publishable_x") ?? "", /API_URL must be/);
  assertMatch(findConfigProblem("https://a:b@c.test", "sb_publishable_x") ?? "", /password/);
  assert(findConfigProblem(undefined, "sb_publishable_x")?.includes(`\`${denoTask("start")}\``));
});

Deno.test("writePage() writes the policy for every kind of host, again over its own, and over nothing else", async () => {
  const folder = await Deno.makeTempDir({ prefix: "page-" });
  try {
    writePage(folder, files, CONFIG);
    writePage(folder, files, CONFIG);
    const read = (name: string) => Deno.readTextFileSync(`${folder}/${name}`);
    assert(read("_headers").includes(`  Content-Security-Policy: ${POLICY}; frame-ancestors 'none'\n`));
    assert(read("index.html").includes(`<meta http-equiv="Content-Security-Policy" content="${POLICY}"`));
    assertEquals(JSON.parse(read("config.json")), CONFIG);
    const [{ headers }] = JSON.parse(read("vercel.json")).headers;
    assertEquals(headers[0], { key: "Content-Security-Policy", value: `${POLICY}; frame-ancestors 'none'` });
    const other = await Deno.makeTempDir({ dir: folder });
    Deno.writeTextFileSync(`${other}/letter.txt`, "keep me");
    for (const name of ["config.json", "_headers"]) Deno.writeTextFileSync(`${other}/${name}`, "{}");
    assertThrows(() => writePage(other, files, CONFIG), Error, "holds something else than the page");
    assertEquals(Deno.readTextFileSync(`${other}/letter.txt`), "keep me");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("deno task dashboard serves the page of the project the environment names, and refuses a secret key", async () => {
  const run = (key: string) =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "supabase/tools/dashboard/dashboard.ts"],
      cwd: PROJECT,
      env: { API_URL: CONFIG.api_url, PUBLISHABLE_KEY: key },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  const refused = await run("sb_secret_x").output();
  const said = new TextDecoder().decode(refused.stderr);
  assertEquals(refused.code, 2, said);
  assert(!said.includes("sb_secret_x"), said);
  const child = run(CONFIG.publishable_key).spawn();
  try {
    const reader = child.stdout.getReader();
    const { value } = await reader.read();
    const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(new TextDecoder().decode(value)) ?? [];
    assertEquals(await (await fetch(`${url}/config.json`)).json(), CONFIG);
    reader.releaseLock();
  } finally {
    child.kill("SIGTERM");
    await Promise.all([child.status, child.stdout.cancel(), child.stderr.cancel()]);
  }
});
