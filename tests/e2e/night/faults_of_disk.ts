import type { NightFault } from "./fault.ts";
import type { Night } from "./night.ts";

const DISK = "64m";

/** The disk that holds the tables: a small file system, made for the occasion. */
let folder: string | undefined;

function run(command: string, ...args: string[]): void {
  const { success, stderr } = new Deno.Command(command, { args }).outputSync();
  if (!success) throw new Error(`${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
}

async function moveTables({ patient: { admin } }: Night, tablespace: string): Promise<void> {
  const tables = await admin`
    select c.oid::regclass as name, c.relkind = 'i' as is_index from pg_class as c
    where c.relnamespace in ('public'::regnamespace, 'sovereign_sync'::regnamespace) and c.relkind in ('r', 'i')`;
  for (const { name, is_index } of tables) {
    await admin.unsafe(`alter ${is_index ? "index" : "table"} ${name} set tablespace ${tablespace}`);
  }
}

/** Not one more page: what fits into those there are is still written. */
function fill(path: string): void {
  const zeros = new Uint8Array(8192);
  const file = Deno.openSync(path, { create: true, write: true });
  try {
    for (;;) file.writeSync(zeros);
  } catch (error) {
    if (!/space|ENOSPC/i.test(String(error))) throw error;
  } finally {
    file.close();
  }
}

export const FAULTS_OF_DISK: NightFault[] = [
  {
    what: "The disk is full",
    skip: () => Deno.uid() === 0 && Deno.build.os === "linux" ? undefined : "only root can mount a small disk",
    async happen(night) {
      const { patient, occ } = night;
      folder = await Deno.makeTempDir({ prefix: "full-disk-" });
      run("mount", "-t", "tmpfs", "-o", `size=${DISK},mode=0777`, "tmpfs", folder);
      run("mkdir", "-m", "0700", `${folder}/tables`);
      run("chown", "postgres", `${folder}/tables`);
      await patient.admin.unsafe(`create tablespace small_disk location '${folder}/tables'`);
      // Where there have been alerts before, there is room for the next one.
      await patient.admin`
        insert into public.sync_alerts (condition, message, opened_at, told_at)
        values ('data quality', 'long ago', now() - interval '2 days', now() - interval '2 days')`;
      await patient.admin`update public.sync_alerts set resolved_at = opened_at where message = 'long ago'`;
      await moveTables(night, "small_disk");
      occ.world.add(400);
      for (let n = 0; n < 4; n++) {
        // That time goes by is written, too.
        await night.pass(300);
        fill(`${folder}/filler`);
        await night.call();
        if (n < 3) await Deno.remove(`${folder}/filler`);
      }
    },
    async mend(night) {
      await Deno.remove(`${folder}/filler`);
      await night.tick(4);
      await moveTables(night, "pg_default");
      await night.patient.admin.unsafe("drop tablespace small_disk");
    },
    tidy() {
      if (folder === undefined) return;
      run("umount", folder);
      Deno.removeSync(folder);
      folder = undefined;
    },
    cause: /\(53100\); the database's disk is full or nearly so/,
    fix: /enlarge it .*, or make room/,
  },
  {
    what: "The disk is nearly full: read-only",
    async happen({ patient: { admin }, occ, tick }) {
      await admin`alter database postgres set default_transaction_read_only = on`;
      // Of new sessions, such as those of the jobs. The Data API's are open, and would say what they do themselves.
      occ.world.touch(5);
      await tick(4);
    },
    async mend({ patient: { admin } }) {
      await admin`alter database postgres reset default_transaction_read_only`;
      // PostgREST's transactions say themselves that they write; the local Data API's have it from their session.
      await admin`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'data api'`;
    },
    // Which ticks were missed is told for an hour.
    ticks: 13,
    cause: /the database is read-only; the database's disk is full or nearly so/,
    fix: /enlarge it .*, or make room/,
  },
];
