import type { PassBudget } from "../../supabase/functions/sync-applications/sync/sync_applications.ts";
import type { Random } from "../support/random.ts";
import type { Inspection } from "./database/inspection.ts";
import type { DataApiFaults } from "./database/data_api_faults.ts";
import type { LockHolder } from "./database/locks.ts";
import type { SimDatabase } from "./database/sim_database.ts";
import type { Worker } from "./function/worker.ts";
import type { SimOcc } from "./occ/sim_occ.ts";
import type { Profile } from "./profile.ts";
import type { Owner, Scheduler } from "./scheduler.ts";
import type { See } from "./sightings.ts";
import type { createDataApi } from "./database/data_api.ts";

/** One world, from the seed's first choice to its end. */
export interface Simulation {
  /** Of its profile. */
  name: string;
  profile: Profile;
  /** Trouble never ends: only safety is checked. */
  safetyOnly: boolean;
  scheduler: Scheduler;
  random: Random;
  occ: SimOcc;
  database: SimDatabase;
  dataApi: ReturnType<typeof createDataApi>;
  dataApiFaults: DataApiFaults;
  locks: LockHolder;
  workers: Set<Worker>;
  budget: PassBudget;
  /** The function's clock minus the database's. Milliseconds. */
  skew: number;
  /** Of what pg_net sends. */
  dispatches: { lost: number; doubled: number };
  /** Probability that a tick never comes. */
  ticksLost: number;
  /** When one was lost last. */
  tickLostAt: number;
  /** Whether ticks that have nothing to do are played too. */
  everyTick: boolean;
  /** When trouble begins and ends. Milliseconds since the epoch. */
  troubleFrom: number;
  wellAt: number;
  /** Requests by number that were acknowledged, and when they were made. */
  promised: { id: string; at: number }[];
  /** Applications somebody took off the queue, and when. */
  forgotten: Map<string, number>;
  /** Applications a reconciliation has asked for once more. */
  rechecked: Set<string>;
  /** When somebody last deleted or renamed rows. */
  disturbedAt: number;
  /** Things that happened to single applications which excuse them from a bound. */
  excused: Set<string>;
  /** Whether OCC's list is other than it should be at this moment. */
  listTrouble: () => boolean;
  /** How everything stood after the last statement. */
  now: Inspection;
  kills: number;
  problems: string[];
  trace: (line: string) => void;
  see: See;
}

/** Nobody, who is always there. */
export const NOBODY: Owner = { alive: true, frozenUntil: 0 };
