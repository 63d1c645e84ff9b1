import { setTimeout as delay } from "node:timers/promises";
import { waitUntil } from "../../support/wait_until.ts";
import type { NightFault } from "./fault.ts";
import type { Night } from "./night.ts";

/** The worker dies with applications in flight, and nobody is there for two minutes. */
async function killInTheMiddle({ patient, occ, begin, pass }: Night): Promise<void> {
  occ.configure({ latency: "3000" });
  occ.world.touch(20);
  await begin();
  await waitUntil("applications in flight", 30_000, async () => {
    // Called and answered: what the minute's watch has read back.
    await patient.owner`select sovereign_sync.watch_sync()`;
    const [row] = await patient.admin`
      select count(*) filter (where claimed_by is not null)::int as claimed,
        (select count(*) from sovereign_sync.dispatches where outcome is null)::int as unanswered
      from public.sync_status`;
    return row?.claimed > 0 && row?.unanswered === 0;
  });
  patient.stack.killFunction();
  occ.configure({ latency: "0" });
  // What the dead worker had sent is still answered, and a sign of life.
  await delay(1000);
  await pass(120);
}

export const FAULTS_OF_PROJECT: NightFault[] = [
  {
    what: "Vault's secret is deleted",
    async happen({ patient, occ, tick }) {
      await patient.admin`delete from vault.secrets where name = 'cron_secret'`;
      occ.world.touch(5);
      await tick(4);
    },
    cause: /Vault has no secret named cron_secret/,
    fix: /select sovereign_sync\.connect_sync\(cron_secret => '<CRON_SECRET>'\)/,
  },
  {
    what: "The function is not deployed",
    async happen({ patient, occ, tick }) {
      patient.front.mood = "not deployed";
      occ.world.touch(5);
      await tick(4);
    },
    mend: ({ patient }) => void (patient.front.mood = "well"),
    cause: /the function is not deployed \(404\)/,
    fix: /deploy it/,
  },
  {
    what: "The worker is killed in the middle",
    happen: killInTheMiddle,
    cause: /The worker of the sync that is open has given no sign of life/,
    fix: /the next tick ends it, or else the minutely watch after 10 minutes; what it left goes on in the next run/,
  },
  {
    what: "The worker is killed again and again",
    async happen(night) {
      for (let n = 0; n < 4; n++) await killInTheMiddle(night);
      await night.patient.owner`select sovereign_sync.watch_sync()`;
    },
    cause: /worker died/,
    fix: /a lower SYNC_APPLICATION_BUDGET may help/,
  },
];
