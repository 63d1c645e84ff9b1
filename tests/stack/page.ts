import { buildPage } from "../../supabase/tools/dashboard/build_page.ts";
import { createPageHandler } from "../../supabase/tools/dashboard/serve_page.ts";
import type { StackEnv } from "./env_file.ts";
import { type LocalServer, serve } from "./serve.ts";

/** The stack's page on a port of its own, where one click signs in. */
export async function startPage(
  env: Pick<
    StackEnv,
    "API_URL" | "PUBLISHABLE_KEY" | "OPERATOR_EMAIL" | "OPERATOR_PASSWORD" | "VIEWER_EMAIL" | "VIEWER_PASSWORD"
  >,
  port = 0,
): Promise<LocalServer> {
  const handler = createPageHandler(await buildPage(), {
    api_url: env.API_URL,
    publishable_key: env.PUBLISHABLE_KEY,
    demo_users: [
      { name: "operator", email: env.OPERATOR_EMAIL, password: env.OPERATOR_PASSWORD },
      { name: "viewer", email: env.VIEWER_EMAIL, password: env.VIEWER_PASSWORD },
    ],
  });
  return serve(port, handler);
}
