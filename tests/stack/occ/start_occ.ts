import { OCC_SETTINGS, type OccSettings } from "../function_settings.ts";
import { serve } from "../serve.ts";
import { randomHex } from "../secrets.ts";
import { StackError } from "../stack_error.ts";
import { handleOcc } from "./control.ts";
import { createOccSimulator, type OccSimulator } from "./simulator.ts";

export interface RunningOcc {
  url: string;
  /** What the function needs to call it. */
  settings: OccSettings;
  simulator: OccSimulator | undefined;
  stop(): Promise<void>;
}

/**
 * Starts the simulator; with AWS_ENDPOINT_URL_LAMBDA set, OCC is what the environment says.
 *
 * @throws StackError naming what the environment lacks; FaultsError
 */
export function startOcc(
  options: { applications: number; faults: string; latency: string; seed: number },
  port: number,
): RunningOcc {
  const endpoint = Deno.env.get("AWS_ENDPOINT_URL_LAMBDA");
  if (endpoint) return { url: endpoint, settings: readSettings(), simulator: undefined, stop: () => Promise.resolve() };
  const names = {
    occFunction: "sovereign-applications-main-test",
    applicationsByDate: "sovereign-applications-by-date",
    applicationMedium: "sovereign-application-medium",
    clientNumber: "4711",
  };
  const credentials = { accessKeyId: "AKIDLOCALSTACK", secretAccessKey: randomHex(20), region: "ap-southeast-2" };
  const simulator = createOccSimulator({ ...options, ...names, credentials, maxConcurrent: 1000 });
  const server = serve(port, handleOcc(simulator));
  return {
    url: server.url,
    simulator,
    stop: () => server.stop(),
    settings: {
      AWS_ENDPOINT_URL_LAMBDA: server.url,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: credentials.region,
      LAMBDA_FUNCTION_APPLICATIONS_MAIN_TEST: names.occFunction,
      LAMBDA_FUNCTION_APPLICATIONS_BY_DATE: names.applicationsByDate,
      LAMBDA_FUNCTION_APPLICATION_MEDIUM: names.applicationMedium,
      SOV_AWS_CLIENT_NUMBER: names.clientNumber,
    },
  };
}

function readSettings(): OccSettings {
  const values = OCC_SETTINGS.map((name) => [name, Deno.env.get(name) ?? ""] as const);
  const missing = values.filter(([, value]) => value === "").map(([name]) => name);
  if (missing.length > 0) {
    throw new StackError(`AWS_ENDPOINT_URL_LAMBDA is set, so OCC is yours: set ${missing.join(", ")} too`);
  }
  return Object.fromEntries(values);
}
