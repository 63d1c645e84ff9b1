// `deno task dashboard`: the page, of the running stack or, with API_URL and PUBLISHABLE_KEY set, of any project.
import { readAccess, readEnvFile } from "../local_stack.ts";
import { exitWithUsage, readArgs, readWhole } from "../read_args.ts";
import { buildPage } from "./build_page.ts";
import { findConfigProblem } from "./page_config.ts";
import { createPageHandler } from "./serve_page.ts";
import { writePage } from "./write_page.ts";

async function main(): Promise<void> {
  const { values } = readArgs({
    task: "dashboard",
    purpose:
      "Serves the page on this machine, for the running stack or, with API_URL and PUBLISHABLE_KEY set, any project.",
    options: {
      build: { type: "string", value: "dir", about: "writes it for a static host instead, and ends" },
      port: { type: "string", value: "5173", about: "where to serve it; without, a free port" },
      "env-file": { type: "string", value: "file", about: "reads API_URL and PUBLISHABLE_KEY from a file" },
    },
    examples: [
      ["", "of the running stack"],
      ["--env-file project.env", "of a hosted project"],
      ["--env-file project.env --build site", "as files for a static host"],
    ],
    exits: { 0: "it was stopped, or is written", 1: "it could not be built or written; the reason is printed" },
  }, Deno.args);
  const file = values["env-file"];
  const named = file === undefined ? undefined : readEnvFile(file);
  if (file !== undefined && !named) exitWithUsage(`--env-file: ${file} does not exist`);
  const { API_URL: apiUrl, PUBLISHABLE_KEY: key } = named ?? readAccess();
  const port = values.port === undefined ? 0 : readWhole("port", values.port, 1, 65_535);
  const problem = findConfigProblem(apiUrl, key);
  if (problem) exitWithUsage(problem);
  const config = { api_url: apiUrl!.replace(/\/+$/, ""), publishable_key: key! };
  const files = await buildPage();
  if (values.build !== undefined) {
    writePage(values.build, files, config);
    console.log(
      `The page of ${config.api_url} is in ${values.build}: hand that folder to a static host (docs/dashboard.md).`,
    );
    return;
  }
  const handler = createPageHandler(files, config);
  try {
    const server = Deno.serve({ hostname: "127.0.0.1", port, onListen: () => {} }, handler);
    console.log(`The page of ${config.api_url} is at http://127.0.0.1:${server.addr.port}. Ctrl-C ends it.`);
    await server.finished;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) exitWithUsage(`--port: ${port} is taken, choose another`);
    throw error;
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  Deno.exit(1);
}
