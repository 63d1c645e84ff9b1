import { type Check, fail, ok, type Step, warn } from "./check.ts";
import { type Answer, probe } from "./probe.ts";
import {
  agreeOnSecret,
  changeSettings,
  deployFunction,
  hand,
  literal,
  setSecrets,
  shell,
  sql,
  unsetSecrets,
} from "./steps.ts";
import { originOf } from "./subject.ts";

export interface FunctionAccess {
  /** Where the schedule calls, or where the caller says the API is. */
  calledUrl: string;
  apiUrl: string | undefined;
  /** What the schedule presents, or a secret key; only where it may be sent to `calledUrl`. */
  secret: string | undefined;
  /** What to change when the secret is refused. */
  secretName: string;
  ref: string | undefined;
  functionEnv: Record<string, string>;
  envFile: string | undefined;
}

/**
 * What can be told by calling the function: once, and with the secret where it is known. A call without it is counted as
 * refused, and many of these raise an alert.
 */
export async function checkFunction(access: FunctionAccess): Promise<Check[]> {
  const url = `${access.calledUrl.replace(/\/$/, "")}/functions/v1/sync-applications`;
  const answer = await probe(url, access.secret);
  const reached = checkReached(answer, access);
  if (reached.state !== "ok" || typeof answer === "string") return [reached];
  const name = "function with the secret";
  if (!access.secret) {
    const set = shell("read -rs CRON_SECRET && export CRON_SECRET");
    return [reached, warn(name, "not tried: no secret is known here; set CRON_SECRET or SECRET_KEY", set)];
  }
  if (answer.status === 401) {
    return [reached, fail(name, `${access.secretName} is refused`, ...agreeOnSecret(access.ref, access.envFile))];
  }
  return [reached, ok(name, "accepted"), checkSettings(answer, access)];
}

function checkReached(answer: Answer | string, { calledUrl, apiUrl, ref }: FunctionAccess): Check {
  const name = "function";
  const origin = originOf(calledUrl);
  const deploy = deployFunction(ref);
  const elsewhere = (url: string | undefined) => url === undefined ? [] : [tell(url)];
  const wanted = apiUrl !== undefined && originOf(apiUrl) !== origin ? originOf(apiUrl) : undefined;
  if (typeof answer === "string") {
    const project = ref ? `https://supabase.com/dashboard/project/${ref}` : "the project's dashboard";
    const start = hand(`see whether the project is paused or down: ${project}`);
    return fail(name, `cannot be reached at ${origin}: ${answer}`, ...(wanted ? elsewhere(wanted) : [start]));
  }
  const { status, isOurs, redirectsTo, wantsJwt } = answer;
  if (isOurs) return ok(name, `answers at ${origin}`);
  if (redirectsTo) {
    const detail = `${origin} redirects (${status}) to ${redirectsTo}, and the secret is dropped on the way`;
    return fail(name, detail, tell(redirectsTo));
  }
  if (wantsJwt) return fail(name, "the platform wants a JWT (401): verify_jwt is on", ...deploy);
  if (status === 404) return fail(name, `not deployed at ${origin} (404)`, ...deploy, ...elsewhere(wanted));
  if (status === 546) {
    return fail(name, "the platform ended its worker (546): it took too much CPU or memory", ...deploy);
  }
  if (status === 503) return fail(name, "does not start (503): its code or its import map is broken", ...deploy);
  if (status >= 500) return fail(name, `the platform answers ${status}`, ...deploy);
  const detail = `something else answers at ${origin} (${status}), not the function`;
  return fail(name, detail, ...(wanted ? elsewhere(wanted) : deploy));
}

function tell(url: string): Step {
  return sql(`select sovereign_sync.connect_sync(${literal(url)}, null);`);
}

function checkSettings(answer: Answer, { ref, envFile, functionEnv }: FunctionAccess): Check {
  const name = "function settings";
  if (answer.status !== 500) return ok(name, "complete");
  const [missing = "", unusable = ""] = [/missing ([A-Z_, ]+)/, /; ?(.* must be .*)$|: (?!missing)(.* must be .*)$/]
    .map((pattern) => pattern.exec(answer.message)?.slice(1).find(Boolean));
  const missingNames = missing.split(", ").map((one) => one.trim()).filter(Boolean);
  const unusableNames = [...unusable.matchAll(/([A-Z_]+) must be/g)].map(([, one = ""]) => one);
  const byPlatform = missingNames.filter((one) => one.startsWith("SUPABASE_"));
  const own = missingNames.filter((one) => !one.startsWith("SUPABASE_"));
  const unknown = own.filter((one) => !functionEnv[one]);
  const fix: Step[] = [];
  if (byPlatform.length > 0) {
    fix.push(hand(`${byPlatform.join(", ")}: dashboard, Project Settings, API keys: create them`));
  }
  // What the file has is only to be sent.
  if (own.length > 0) {
    fix.push(...(unknown.length > 0 ? changeSettings(ref, unknown, envFile) : setSecrets(ref, own, envFile)));
  }
  // Each of them has a default.
  if (unusableNames.length > 0) fix.push(unsetSecrets(ref, unusableNames));
  return fail(name, answer.message.replace("Cannot sync: the function's settings are incomplete: ", ""), ...fix);
}
