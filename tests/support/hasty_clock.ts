import { type Clock, systemClock } from "../../supabase/functions/sync-applications/clock.ts";

/** So long, or longer, is the patience with a call of the Data API; shorter are the pauses before it is repeated. */
const PATIENCE_MS = 10_000;

/** Its pauses are short. A call still has all the time it is given, because a busy machine may need it. */
export const hastyClock: Clock = {
  now: systemClock.now,
  after: (ms, callback) => systemClock.after(ms < PATIENCE_MS ? ms / 20 : ms, callback),
};
