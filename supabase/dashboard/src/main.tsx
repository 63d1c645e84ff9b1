import { render } from "preact";
import { App } from "./app.tsx";
import { createClient } from "./client.ts";
import { loadConfig } from "./config.ts";
import { Problem } from "./parts/problem.tsx";
import { ZoneProvider } from "./zone.tsx";

const page = document.getElementById("page")!;

try {
  const config = await loadConfig();
  render(
    <ZoneProvider>
      <App client={createClient(config)} config={config} />
    </ZoneProvider>,
    page,
  );
} catch (error) {
  render(<Problem title="The page cannot start" text={error instanceof Error ? error.message : String(error)} />, page);
}
