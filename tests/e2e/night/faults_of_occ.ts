import { readFunctionEnv } from "../../../supabase/tools/local_stack.ts";
import type { NightFault } from "./fault.ts";
import { type Night, save } from "./night.ts";

const POISON = "G3-100002";

/** The key pair the function has, and another one. */
function pairs({ patient }: Night) {
  const settings = readFunctionEnv(patient.stack.env.API_URL);
  const former = {
    accessKeyId: settings.AWS_ACCESS_KEY_ID ?? "",
    secretAccessKey: settings.AWS_SECRET_ACCESS_KEY ?? "",
    region: settings.AWS_REGION ?? "",
  };
  return { former, renewed: { ...former, accessKeyId: "AKIDRENEWED", secretAccessKey: crypto.randomUUID() } };
}

/** In the function, and in the file that its settings are sent from. */
async function set({ patient }: Night, settings: Record<string, string>): Promise<void> {
  const lines = Object.entries(settings).map(([name, value]) => `\n${name}='${value}'`);
  await Deno.writeTextFile(patient.envFile, lines.join(""), { append: true });
  await patient.stack.restartFunction(settings);
}

async function failsAtNight({ occ, tick }: Night, faults: string): Promise<void> {
  occ.configure({ faults });
  occ.world.touch(12);
  await tick(4);
}

const recovers = ({ occ }: Night) => occ.configure({ faults: "" });

export const FAULTS_OF_OCC: NightFault[] = [
  {
    what: "The AWS keys have expired",
    async happen(night) {
      const { former, renewed } = pairs(night);
      night.occ.accept([renewed], [former]);
      night.occ.world.touch(5);
      await night.tick(4);
    },
    async mend(night) {
      const { former, renewed } = pairs(night);
      night.occ.accept([renewed], [former]);
      await set(night, { AWS_ACCESS_KEY_ID: renewed.accessKeyId, AWS_SECRET_ACCESS_KEY: renewed.secretAccessKey });
    },
    cause: /have expired/,
    fix: /AWS_ACCESS_KEY_ID/,
  },
  {
    what: "The Lambda's name is wrong",
    async happen(night) {
      await set(night, { LAMBDA_FUNCTION_APPLICATIONS_MAIN_TEST: "a-typo" });
      night.occ.world.touch(5);
      await night.tick(4);
    },
    mend(night) {
      const { LAMBDA_FUNCTION_APPLICATIONS_MAIN_TEST = "" } = readFunctionEnv(night.patient.stack.env.API_URL);
      return set(night, { LAMBDA_FUNCTION_APPLICATIONS_MAIN_TEST });
    },
    cause: /ResourceNotFoundException/,
    fix: /LAMBDA_FUNCTION_APPLICATIONS_MAIN_PROD/,
  },
  {
    what: "OCC is down, its list too",
    happen: (night) => failsAtNight(night, "list:unavailable,unavailable"),
    mend: recovers,
    cause: /ServiceException/,
    fix: /for OCC to mend, every tick tries again/,
  },
  {
    what: "OCC is down for details only",
    happen: (night) => failsAtNight(night, "error"),
    mend: recovers,
    cause: /OCC is still failing: applications it served before cannot be fetched \(OCC answered 503\)/,
    fix: /for OCC to mend, every tick tries again/,
  },
  {
    what: "OCC's list is too large",
    async happen({ occ, tick }) {
      for (const id of occ.world.add(30)) save(occ, id, 1);
      const today = new Date().toISOString().slice(0, 10);
      const listed = [...occ.world.applications.values()].filter(({ lastSavedDateTime }) => lastSavedDateTime >= today);
      occ.configure({ largestAnswer: 200 * listed.length + 1000 });
      occ.world.touch(1);
      await tick(2);
    },
    async mend({ occ, patient: { owner } }) {
      occ.configure({ largestAnswer: Infinity });
      // Where it is three o'clock at night.
      await owner`
        update public.sync_settings set time_zone = (
          select z.name from pg_timezone_names as z
          where z.name like 'Etc/GMT%' and extract(hour from now() at time zone z.name) = 3 limit 1)`;
      await owner`select sovereign_sync.reconcile_sync()`;
      await owner`update public.sync_settings set time_zone = 'UTC'`;
    },
    waits: true,
    cause: /cannot list so far back: what changed from \S+ to \S+ and not since is not known/,
    fix: /select accept_gap\(\)/,
  },
  {
    what: "One application fails for good",
    async happen({ occ, tick, patient }) {
      occ.configure({ faults: `wrong-shape=${POISON}` });
      occ.world.touch(POISON);
      for (let n = 0; n < 9; n++) {
        await tick();
        await patient.admin`
          update public.sync_status set next_attempt_at = now(), failing_since = failing_since - interval '4 hours'
          where state = 'failed'`;
      }
    },
    mend: recovers,
    cause: /1 application is parked/,
    fix: /retry\(/,
  },
];
