import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertMatch, assertNotEquals } from "../support/assert.ts";

const PROJECT = fileURLToPath(new URL("../../", import.meta.url));
/** The rest of import_map.json is for tests and the local stack. */
const SHIPPED = ["@supabase/supabase-js", "@aws-sdk/client-lambda", "zod"];
/** Of supabase-js; the page uses them without the rest of it. */
const PARTS = ["@supabase/auth-js", "@supabase/postgrest-js"];
const BUNDLE = "supabase/functions/sync-applications/bundle.js";

const COPIED = ["deno.json", "deno.lock", "import_map.json", "supabase"];

async function copy(from: string, to: string, name: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("cp", { args: ["-R", `${from}/${name}`, `${to}/${name}`] })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

/** Runs a test with a copy of what the bundle is made of, in a folder of another name. */
function withCopy(name: string, test: (folder: string) => Promise<void>): void {
  Deno.test(name, async () => {
    const folder = await Deno.makeTempDir({ prefix: "a copy " });
    try {
      for (const name of COPIED) await copy(PROJECT, folder, name);
      await Deno.remove(`${folder}/${BUNDLE}`).catch(() => {});
      await test(folder);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

async function bundle(folder: string): Promise<{ success: boolean; said: string }> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "bundle"],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  return { success, said: new TextDecoder().decode(stderr) };
}

withCopy("deno task bundle writes the same bytes again, wherever the project lies", async (folder) => {
  const texts: string[] = [];
  for (const place of [folder, `${folder}/deeper/inside`]) {
    if (place !== folder) {
      await Deno.mkdir(place, { recursive: true });
      for (const name of COPIED) await copy(folder, place, name);
    }
    const { success, said } = await bundle(place);
    assert(success, said);
    texts.push(await Deno.readTextFile(`${place}/${BUNDLE}`));
  }
  const [text = "", again] = texts;
  assertEquals(text === again, true);
  assert(text.length > 500_000 && text.length < 5_000_000, `${text.length} bytes, of the platform's 20 MB`);
});

withCopy(
  "the bundle holds all it needs but Node's own modules, each package in the version of deno.lock",
  async (folder) => {
    const { success, said } = await bundle(folder);
    assert(success, said);
    const text = await Deno.readTextFile(`${folder}/${BUNDLE}`);
    const imported = [...text.matchAll(/^import .*?from "([^"]+)"|^import "([^"]+)"/gm)].map(([, from, bare]) =>
      from ?? bare
    );
    const required = [...text.matchAll(/__require\("([^"]+)"\)/g)].map(([, name]) => name);
    assertEquals([...imported, ...required].filter((name) => !name?.startsWith("node:")), []);

    // The bundler says where each module is from.
    const packages = new Set(
      [...text.matchAll(/^ *\/\/ node_modules\/\.deno\/([^/]+)\//gm)].map(([, name = ""]) =>
        name.replace("+", "/").replace(/_.*$/, "")
      ),
    );
    // What comes after _ are the peers it is installed with.
    const locked = Object.keys(JSON.parse(await Deno.readTextFile(`${folder}/deno.lock`)).npm)
      .map((name) => name.replace(/_.*$/, ""));
    assertEquals([...packages].filter((name) => !locked.includes(name)), []);
    const names = [...packages].map((name) => name.slice(0, name.lastIndexOf("@")));
    for (const name of SHIPPED) assert(names.includes(name), `${name} is not in the bundle`);
    const { imports }: { imports: Record<string, string> } = JSON.parse(
      await Deno.readTextFile(`${folder}/import_map.json`),
    );
    const others = Object.values(imports).map((target) => /^npm:(@?[^@]+)@/.exec(target)?.[1] ?? "")
      .filter((name) => !SHIPPED.includes(name) && !PARTS.includes(name));
    assertEquals(others.filter((name) => names.includes(name)), []);
  },
);

withCopy("deno task bundle refuses what deno.lock does not have", async (folder) => {
  const lock = JSON.parse(await Deno.readTextFile(`${folder}/deno.lock`));
  const [zod = ""] = Object.keys(lock.npm).filter((name) => name.startsWith("zod@"));
  assertMatch(zod, /^zod@\d/);
  delete lock.npm[zod];
  for (const key of Object.keys(lock.specifiers)) {
    if (lock.specifiers[key] === zod.slice(4)) delete lock.specifiers[key];
  }
  await Deno.writeTextFile(`${folder}/deno.lock`, JSON.stringify(lock));
  const { success, said } = await bundle(folder);
  assertNotEquals(success, true);
  assertMatch(said, /lockfile/i);
});
