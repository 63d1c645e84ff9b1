import { fileURLToPath } from "node:url";
import { build } from "vite";

const SOURCE = fileURLToPath(new URL("../../dashboard", import.meta.url));

/** The page's files by their path, `index.html` among them. */
export type PageFiles = Map<string, Uint8Array>;

/** Builds the page in memory, in about a second; nothing is written. */
export async function buildPage(): Promise<PageFiles> {
  const result = await build({
    root: SOURCE,
    configFile: `${SOURCE}/vite.config.ts`,
    logLevel: "error",
    build: { write: false },
  });
  const outputs = Array.isArray(result) ? result : [result];
  const files: PageFiles = new Map();
  const encoder = new TextEncoder();
  for (const output of outputs) {
    if (!("output" in output)) throw new Error("Vite is watching instead of building");
    for (const file of output.output) {
      const content = file.type === "chunk" ? file.code : file.source;
      files.set(file.fileName, typeof content === "string" ? encoder.encode(content) : content);
    }
  }
  return files;
}
