import { readFunctionEnv } from "../../supabase/tools/local_stack.ts";
import type { Checkout } from "./checkout.ts";
import type { Platform } from "./platform.ts";

/** A person's values in place of the ones a script shows: `REF=…` becomes `REF='<value>'`. */
export function assign(script: string, values: Record<string, string>): string {
  return Object.entries(values).reduce((text, [name, value]) => {
    const shown = new RegExp(`^( *(?:export )?${name}=).*$`, "m");
    if (!shown.test(text)) throw new Error(`there is no ${name}= in:\n${text}`);
    return text.replace(shown, (_, assignment) => `${assignment}'${value}'`);
  }, script);
}

/** The one thing that is not run as written: where the project's API is. */
export function onPlatform(text: string, platform: Platform): string {
  const { ref, apiUrl } = platform.project;
  return text.replaceAll("https://$REF.supabase.co", apiUrl).replaceAll(`https://${ref}.supabase.co`, apiUrl);
}

/** The function's secrets: OCC's, of the stack's simulator, and the schedule's. */
export function functionSecrets(platform: Platform, cronSecret: string): Record<string, string> {
  const settings = Object.entries(readFunctionEnv(platform.project.apiUrl))
    .filter(([name]) => !name.startsWith("SUPABASE_"));
  return { ...Object.fromEntries(settings), CRON_SECRET: cronSecret };
}

/** Fills in `supabase/functions/.env`, which is a copy of .env.example, as a person does. */
export async function fillIn(checkout: Checkout, values: Record<string, string>): Promise<void> {
  const path = `${checkout.folder}/supabase/functions/.env`;
  let text = await Deno.readTextFile(path);
  for (const [name, value] of Object.entries(values)) {
    const line = `${name}=${value}`;
    const named = new RegExp(`^${name}=.*$`, "m");
    text = named.test(text) ? text.replace(named, () => line) : `${text}${line}\n`;
  }
  await Deno.writeTextFile(path, text);
}
