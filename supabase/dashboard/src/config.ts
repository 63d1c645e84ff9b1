/** Which project the page is for: `config.json` beside it, so that one build serves any project. Nothing in it is secret. */
export interface Config {
  api_url: string;
  publishable_key: string;
  /** Only the local stack has them: people one click signs in. */
  demo_users?: { name: string; email: string; password: string }[];
}

/** @throws Error naming what is wrong with config.json */
export async function loadConfig(): Promise<Config> {
  const response = await fetch("./config.json", { cache: "no-store" });
  if (!response.ok) {
    throw new Error(`config.json cannot be read (HTTP ${response.status}): it belongs beside index.html`);
  }
  const config: Config = await response.json();
  if (!/^https?:\/\//.test(config.api_url ?? "")) throw new Error("api_url in config.json must be the project's URL");
  if (!config.publishable_key) throw new Error("publishable_key is missing in config.json");
  return config;
}
