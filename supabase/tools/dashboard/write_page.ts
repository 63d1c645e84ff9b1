import { dirname, join } from "node:path";
import type { PageFiles } from "./build_page.ts";
import type { Config } from "../../dashboard/src/config.ts";
import { contentSecurityPolicy, pageHeaders } from "./page_headers.ts";

/** By this one knows that a folder is ours to write anew. */
const MARK = "config.json";

/**
 * Writes the page for a static host: its files, config.json, the headers as Netlify and Cloudflare Pages (`_headers`) and
 * Vercel (`vercel.json`) read them, and for hosts without headers the policy in the page itself.
 *
 * @throws Error when the folder holds something else
 */
export function writePage(folder: string, files: PageFiles, config: Config): string[] {
  clear(folder);
  const headers = pageHeaders(config.api_url);
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  // The mark first, and it is never taken away: what breaks off is written anew by the next call.
  const written = new Map<string, string | Uint8Array>([[MARK, json(config)], ...files]);
  written.set("index.html", addPolicy(files.get("index.html")!, config.api_url));
  written.set("_headers", `/*\n${Object.entries(headers).map(([name, value]) => `  ${name}: ${value}\n`).join("")}`);
  written.set(
    "vercel.json",
    json({
      headers: [{ source: "/(.*)", headers: Object.entries(headers).map(([key, value]) => ({ key, value })) }],
    }),
  );
  for (const [path, content] of written) {
    const target = join(folder, path);
    Deno.mkdirSync(dirname(target), { recursive: true });
    if (typeof content === "string") Deno.writeTextFileSync(target, content);
    else Deno.writeFileSync(target, content);
  }
  return [...written.keys()].sort();
}

function clear(folder: string): void {
  let names: string[];
  try {
    names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  if (names.length > 0 && !isOurs(folder)) {
    throw new Error(`${folder} holds something else than the page: name an empty folder, or one that does not exist`);
  }
  for (
    const name of ["assets", "index.html", "_headers", "vercel.json"].filter((known) => names.includes(known))
  ) {
    Deno.removeSync(join(folder, name), { recursive: true });
  }
}

/** Other pages have a config.json, too. */
function isOurs(folder: string): boolean {
  try {
    const config: Partial<Config> = JSON.parse(Deno.readTextFileSync(join(folder, MARK)));
    return typeof config.api_url === "string" && typeof config.publishable_key === "string";
  } catch {
    return false;
  }
}

function addPolicy(html: Uint8Array, apiUrl: string): string {
  const policy = contentSecurityPolicy(apiUrl, { header: false });
  const tag = `<meta http-equiv="Content-Security-Policy" content="${policy}" />`;
  const text = new TextDecoder().decode(html);
  if (!text.includes("<head>")) throw new Error("index.html has no <head>");
  return text.replace("<head>", `<head>\n    ${tag}`);
}
