import { stackEnv } from "./stack_env.ts";

/** Tells the stack's OCC simulator what to do, and answers what it has counted. */
export async function controlOcc(
  changes: {
    faults?: string;
    latency?: string;
    add?: number;
    touch?: string | number;
    remove?: string;
    restore?: string;
    reset?: boolean;
  },
): Promise<{ list: number; detail: number; ids: string[] }> {
  const response = await fetch(`${stackEnv("OCC_URL")}/_control`, { method: "POST", body: JSON.stringify(changes) });
  if (!response.ok) throw new Error(await response.text());
  return await response.json();
}
