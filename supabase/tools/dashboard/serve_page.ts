import type { PageFiles } from "./build_page.ts";
import type { Config } from "../../dashboard/src/config.ts";
import { pageHeaders } from "./page_headers.ts";

const TYPES: Record<string, string> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

/** Handler that serves the page, and its config.json. */
export function createPageHandler(files: PageFiles, config: Config): (request: Request) => Response {
  const headers = pageHeaders(config.api_url);
  return (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return new Response("Method not allowed", { status: 405 });
    }
    const { hostname, pathname } = new URL(request.url);
    // It is served on this machine only. Under another name it is somebody's page that wants to read config.json as its own.
    if (!["127.0.0.1", "localhost"].includes(hostname)) return new Response("Misdirected request", { status: 421 });
    const path = pathname.slice(1) || "index.html";
    if (path === "config.json") return Response.json(config, { headers: { ...headers, "Cache-Control": "no-store" } });
    const file = files.get(path);
    if (!file) return new Response("Not found", { status: 404, headers });
    const type = TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "application/octet-stream";
    // The names of assets hold a hash of what is in them.
    const cache = path.startsWith("assets/") ? "public, max-age=31536000, immutable" : "no-cache";
    const body = request.method === "HEAD" ? null : new Uint8Array(file);
    return new Response(body, { headers: { ...headers, "Content-Type": type, "Cache-Control": cache } });
  };
}
