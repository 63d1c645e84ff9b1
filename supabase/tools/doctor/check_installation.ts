import { type Check, fail, ok, type Step } from "./check.ts";
import { enumerate, type Installation, KEPT } from "./inspect_installation.ts";
import type { Expected } from "./read_migrations.ts";
import { pushMigrations, removeEverything, repairMigrations, sql, sqlByShell } from "./steps.ts";
import type { Subject } from "./subject.ts";

/** More than these are no accident of one statement: what is left is removed, and all of it installed again. */
const MADE_AGAIN = 10;

/** Whether all is there that the history says is applied; else what brings it back. */
export function checkInstallation(subject: Subject, installation: Installation): Check {
  const { expected } = subject;
  const { present, missing, begun, applied, hasJobs, hasVercelTables } = installation;
  const total = expected.objects.size;
  if (missing.length === 0) return ok("installation", `all ${total} tables, views and functions`);
  const recorded = expected.versions.filter((version) =>
    version !== expected.extensionsVersion && applied?.includes(version)
  );
  // What the next push creates is not lost.
  const lost = missing.filter((name) => {
    const version = expected.objects.get(name)?.version ?? "";
    return recorded.includes(version) || begun.has(version);
  });
  if (lost.length === 0 && recorded.length > 0) return ok("installation", "complete as far as it is applied");
  const isTable = (name: string) => expected.objects.get(name)?.kind === "table";
  if (recorded.length > 0 && lost.length <= MADE_AGAIN && !lost.some(isTable)) {
    return fail("installation", `missing: ${lost.join(", ")}`, ...lost.flatMap((name) => makeAgain(expected, name)));
  }
  const isLeft = hasJobs || [...present].some((name) => !KEPT.includes(name));
  const detail = isLeft
    ? `${missing.length} of ${total} tables, views and functions are missing: ${enumerate(missing)}`
    : `nothing is installed${present.size > 0 ? " but the data and its record" : ""}`;
  return fail(
    "installation",
    detail + (recorded.length > 0 ? "; the history says they are applied" : "") +
      (hasVercelTables ? "; tables of the Vercel version are adopted" : ""),
    ...(isLeft ? [removeEverything()] : recorded.length > 0 ? [repairMigrations("reverted", recorded)] : []),
    // It takes this one out of the history, too; the extensions are there.
    ...(isLeft && expected.extensionsVersion ? [repairMigrations("applied", [expected.extensionsVersion])] : []),
    pushMigrations(),
    ...connect(subject, isLeft && installation.hasWebhook),
  );
}

/** What its migration says of it, with its privileges: a new function is everybody's. */
function makeAgain({ objects, grants }: Expected, name: string): Step[] {
  const { kind = "function", statement = "" } = objects.get(name) ?? {};
  const target = kind === "function" ? "function" : "table";
  const granted = [...grants].filter(([key]) =>
    key === `table ${name}` || key === `function ${name}` || key.startsWith(`function ${name}(`)
  );
  return [
    sql(`${statement};`),
    sql(`revoke all on ${target} ${name} from public, anon, authenticated, service_role;`),
    ...granted.flatMap(([key, roles]) =>
      [...roles].map(([role, privileges]) => sql(`grant ${privileges.join(", ").toLowerCase()} on ${key} to ${role};`))
    ),
  ];
}

function connect({ apiUrl }: Subject, lostWebhook: boolean): Step[] {
  const url = apiUrl ?? "$PROJECT_URL";
  return [
    sqlByShell(`select sovereign_sync.connect_sync('${url}', '$CRON_SECRET')`),
    ...(lostWebhook ? [sqlByShell("select vault.create_secret('$ALERT_WEBHOOK_URL', 'alert_webhook_url')")] : []),
  ];
}
