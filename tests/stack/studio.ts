import type { DataApi } from "./data_api.ts";

// The package does not export where its files are; with nodeModulesDir they are always here.
const ASSETS = new URL("../../node_modules/@supabase/lite/dist/static/", import.meta.url);

const TYPES: Record<string, string> = {
  js: "text/javascript",
  css: "text/css",
  woff2: "font/woff2",
  ico: "image/x-icon",
};

/** Handler of the studio's own port: lite's pages and what they call, with their files. */
export function createStudio(dataApi: DataApi): Deno.ServeHandler<Deno.NetAddr> {
  return async (request, { remoteAddr }) => {
    const { pathname } = new URL(request.url);
    const file = pathname === "/favicon.ico" ? "favicon.ico" : /^\/static\/(.+)$/.exec(pathname)?.[1];
    return file ? await serveAsset(file) : await dataApi.fetch(request, remoteAddr.hostname);
  };
}

async function serveAsset(path: string): Promise<Response> {
  const url = new URL(path, ASSETS);
  const type = TYPES[path.slice(path.lastIndexOf(".") + 1)];
  if (!url.href.startsWith(ASSETS.href) || type === undefined) return new Response("Not found", { status: 404 });
  try {
    const file = await Deno.readFile(url);
    return new Response(file, { headers: { "content-type": type } });
  } catch {
    return new Response("Not found", { status: 404 });
  }
}
