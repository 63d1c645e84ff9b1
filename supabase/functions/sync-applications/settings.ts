import * as z from "zod";
import { isTimeZone } from "./time_zone.ts";

/** Settings are missing or unusable. The message names every one of them, and no value. */
export class SettingsError extends Error {
  override name = "SettingsError";
}

export interface Settings {
  supabaseUrl: string;
  secretKey: string;
  occ: {
    /** The Lambda that is invoked; it sends on to the two others. */
    mainFunction: string;
    byDateFunction: string;
    mediumFunction: string;
    clientNumber: string;
    /** Name of a time zone. */
    timeZone: string;
    /** Milliseconds for one call. */
    timeoutMs: number;
  };
  aws: { accessKeyId: string; secretAccessKey: string; sessionToken?: string; region: string; endpoint?: string };
  /** Of one pass. */
  budget: { timeMs: number; applications: number };
  /** Applications fetched at once. */
  batchSize: number;
  /** Rows per upsert. */
  chunkSize: number;
}

export type Environment = (name: string) => string | undefined;

const keysSchema = z.record(z.string(), z.string());

/** The project's secret keys: the new ones, `SUPABASE_SECRET_KEYS` (a JSON dictionary), and the legacy one. */
export function readSecretKeys(env: Environment): string[] {
  let dictionary: Record<string, string> = {};
  try {
    dictionary = keysSchema.parse(JSON.parse(env("SUPABASE_SECRET_KEYS") || "{}"));
  } catch {
    // Unusable is missing: readSettings() names it.
  }
  return [...Object.values(dictionary), env("SUPABASE_SERVICE_ROLE_KEY") ?? ""].filter((key) => key !== "");
}

/**
 * Reads the function's settings (specification, "Configuration").
 *
 * @throws SettingsError naming every missing or unusable setting at once
 */
export function readSettings(env: Environment): Settings {
  const missing: string[] = [];
  const unusable: string[] = [];
  function required(...names: [string, ...string[]]): string {
    const value = names.map(env).find((candidate) => candidate);
    if (value === undefined) missing.push(names[0]);
    return value ?? "";
  }
  function whole(name: string, fallback: number, min: number, max: number): number {
    const text = env(name);
    if (!text) return fallback;
    const value = Number(text);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    unusable.push(`${name} must be a whole number from ${min} to ${max}`);
    return fallback;
  }

  const environment = env("OCC_ENVIRONMENT") || "prod";
  if (environment !== "prod" && environment !== "test") unusable.push("OCC_ENVIRONMENT must be prod or test");
  const timeZone = env("OCC_TIME_ZONE") || "UTC";
  if (!isTimeZone(timeZone)) unusable.push("OCC_TIME_ZONE must be a time zone such as Pacific/Auckland");
  const [secretKey] = readSecretKeys(env);
  if (secretKey === undefined) missing.push("SUPABASE_SECRET_KEYS");
  const sessionToken = env("AWS_SESSION_TOKEN");
  const endpoint = env("AWS_ENDPOINT_URL_LAMBDA");

  const settings: Settings = {
    supabaseUrl: required("SUPABASE_URL"),
    secretKey: secretKey ?? "",
    occ: {
      mainFunction: required(
        environment === "test" ? "LAMBDA_FUNCTION_APPLICATIONS_MAIN_TEST" : "LAMBDA_FUNCTION_APPLICATIONS_MAIN_PROD",
      ),
      byDateFunction: required("LAMBDA_FUNCTION_APPLICATIONS_BY_DATE"),
      // The specification's spelling, and the correct one.
      mediumFunction: required("LAMBDA_FUNCTION_APPLICTION_MEDIUM", "LAMBDA_FUNCTION_APPLICATION_MEDIUM"),
      clientNumber: required("SOV_AWS_CLIENT_NUMBER"),
      timeZone,
      timeoutMs: whole("OCC_TIMEOUT_SECONDS", 30, 1, 40) * 1000,
    },
    aws: {
      accessKeyId: required("AWS_ACCESS_KEY_ID"),
      secretAccessKey: required("AWS_SECRET_ACCESS_KEY"),
      region: required("AWS_REGION"),
      ...(sessionToken ? { sessionToken } : {}),
      ...(endpoint ? { endpoint } : {}),
    },
    budget: {
      timeMs: whole("SYNC_TIME_BUDGET_SECONDS", 100, 1, 300) * 1000,
      // 0.5 to 0.8 ms of CPU each where OCC answers at once (docs/performance.md), 2 to 2.3 where it takes 1 to 2 s and there
      // is time for 700: up to 1.6 of the platform's 2 s. At 1.8 the platform says so, and the pass starts no more.
      applications: whole("SYNC_APPLICATION_BUDGET", 850, 1, 100_000),
    },
    batchSize: whole("SYNC_BATCH_SIZE", 15, 1, 50),
    chunkSize: whole("SYNC_CHUNK_SIZE", 100, 1, 500),
  };
  required("CRON_SECRET");
  const problems = [
    ...(missing.length > 0 ? [`missing ${missing.join(", ")}`] : []),
    ...unusable,
  ];
  if (problems.length > 0) {
    throw new SettingsError(`Cannot sync: the function's settings are incomplete: ${problems.join("; ")}`);
  }
  return settings;
}
