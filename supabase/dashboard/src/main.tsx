import { render } from "preact";
import { App } from "./app.tsx";
import { createClient } from "./client.ts";
import { loadConfig } from "./config.ts";
import { Problem } from "./parts/problem.tsx";

const page = document.getElementById("page")!;

try {
  const config = await loadConfig();
  render(<App client={createClient(config)} config={config} />, page);
} catch (error) {
  render(<Problem title="The page cannot start" text={error instanceof Error ? error.message : String(error)} />, page);
}
