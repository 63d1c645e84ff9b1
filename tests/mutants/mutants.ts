import type { Mutant } from "./mutant.ts";

const F = "supabase/functions/sync-applications/";
const UNIT = ["unit"];
const BOTH = ["unit", ...integration("failures", "gaps")];

const RULES = "create_queue_rules.sql";
const RUN = "create_run_functions.sql";
const FINISH = "create_finish_functions.sql";
const GONE = "create_gone_functions.sql";
const ENQUEUE = "create_enqueue_functions.sql";
const REQUEST = "create_request_functions.sql";
const CLAIM = "create_claim_functions.sql";
const ANSWER = "create_answer_functions.sql";
const SETTLE = "create_settle_functions.sql";
const GAPS = "create_sync_gaps.sql";
const ACTIONS = "create_sync_actions.sql";
const HEARTBEAT = "create_heartbeat.sql";
const WATCH = "create_watch_functions.sql";
const LIVE = "publish_live_tables.sql";
const OPERATOR = "create_operator_functions.sql";
const CAUSES = "create_failure_causes.sql";
const CONDITIONS = "create_alert_conditions.sql";
const CHANGES = "create_sync_changes.sql";
const ERRORS = "create_sync_errors.sql";
const RETRY = "create_retry_functions.sql";
const EXPLAIN = "create_explain_function.sql";
const DISPATCH = "create_sync_dispatches.sql";
const UPKEEP = "create_upkeep_functions.sql";
const TABLE = "create_applications.sql";
const OVERVIEW = "create_dashboard_overview.sql";
const DASHBOARD_RUNS = "create_dashboard_runs.sql";
const DASHBOARD_APPLICATIONS = "create_dashboard_applications.sql";
const THRESHOLDS = "create_dashboard_settings.sql";
const WRAPPERS = "create_operator_wrappers.sql";

function integration(...names: string[]): string[] {
  return names.map((name) => `tests/integration/${name}_test.ts`);
}

/** The tests that are to notice a mistake in a migration. */
const NOTICED: Record<string, readonly string[]> = {
  [RULES]: ["database", ...integration("failures", "lease", "requested", "versions")],
  [RUN]: ["database", ...integration("lease", "cancel", "passes", "requested", "gaps", "failures", "hostile_database")],
  [FINISH]: [
    "database",
    ...integration("cancel", "failures", "requested", "locks", "passes", "versions", "hostile_database"),
  ],
  [GONE]: ["database", ...integration("gone")],
  [ENQUEUE]: ["database", ...integration("versions", "gaps", "failures", "locks", "lease", "deadlocks")],
  [REQUEST]: ["database", ...integration("requested", "deadlocks")],
  [CLAIM]: ["database", ...integration("requested", "lease", "locks", "failures")],
  [ANSWER]: ["database", ...integration("versions", "locks", "requested", "sync_applications")],
  [SETTLE]: ["database", ...integration("failures", "versions", "locks", "requested")],
  [GAPS]: ["database", ...integration("gaps", "watermark")],
  [DISPATCH]: ["database", ...integration("passes"), "tests/e2e/operate_test.ts"],
  [ACTIONS]: ["database"],
  [WATCH]: ["database"],
  [LIVE]: ["database"],
  [HEARTBEAT]: ["database"],
  [OPERATOR]: ["database", ...integration("cancel")],
  [CAUSES]: ["database"],
  [CONDITIONS]: ["database"],
  [CHANGES]: ["database", ...integration("history")],
  [ERRORS]: ["database", ...integration("history")],
  [RETRY]: ["database"],
  [EXPLAIN]: ["database"],
  [OVERVIEW]: ["database"],
  [DASHBOARD_RUNS]: ["database"],
  [DASHBOARD_APPLICATIONS]: ["database"],
  [THRESHOLDS]: ["database"],
  [WRAPPERS]: ["database"],
  [UPKEEP]: ["database"],
  [TABLE]: ["database", ...integration("printed_names", "stored_values")],
};

/** Mistakes somebody could make in the rules of the queue and in the steps of a pass. */
export const MUTANTS: Mutant[] = [
  // The rules of the queue.
  { name: "parks after 7 attempts", file: RULES, find: "$$ select 8; $$", replace: "$$ select 7; $$" },
  {
    name: "claims alone from one lapse on",
    file: RULES,
    find: "$$ select 2; $$",
    replace: "$$ select 1; $$",
  },
  {
    name: "believes a repeated answer after one minute",
    file: RULES,
    find: "select interval '10 minutes'",
    replace: "select interval '1 minute'",
  },
  {
    name: "takes a run for dead after 30 seconds",
    file: RULES,
    find: "now() - interval '90 seconds'",
    replace: "now() - interval '30 seconds'",
  },
  {
    name: "never takes a run without a heartbeat for dead",
    file: RULES,
    find: "coalesce(run_is_dead.heartbeat_at, '-infinity')",
    replace: "run_is_dead.heartbeat_at",
  },
  {
    name: "fetches before its time has come",
    file: RULES,
    find: "where s.next_attempt_at <= now()\n",
    replace: "where s.next_attempt_at is not null\n",
  },
  {
    name: "tries an application twice in a run",
    file: RULES,
    find: "and (s.attempted_by_run = (",
    replace: "and (s.attempted_by_run is null and s.attempted_by_run = (",
  },
  {
    name: "claims what is in flight",
    file: RULES,
    find: "and (s.claimed_by = (",
    replace: "and (s.claimed_by is null and s.claimed_by = (",
  },
  {
    name: "backs off with jitter over all of the interval",
    file: RULES,
    find: "(0.5 + random() / 2)",
    replace: "random()",
  },
  {
    name: "backs off to six hours",
    file: RULES,
    find: "least(interval '1 hour', interval",
    replace: "least(interval '6 hours', interval",
  },
  {
    name: "keeps the attempts of what becomes pending",
    file: RULES,
    find: "    attempts = 0,\n    failing_since = null,\n    lapses = 0,\n    held_answer",
    replace: "    failing_since = null,\n    lapses = 0,\n    held_answer",
  },
  {
    name: "leaves to the next run what this one has tried and is asked for again",
    file: RULES,
    find: "    gone_at = null,\n    attempted_by_run = null\n",
    replace: "    gone_at = null\n",
  },
  {
    name: "counts the death of a worker against all it had in flight",
    file: RULES,
    find: "s.lapses >= private.max_lapses() as was_alone",
    replace: "true as was_alone",
  },
  {
    name: "counts no death at all",
    file: RULES,
    find: "s.lapses >= private.max_lapses() as was_alone",
    replace: "false as was_alone",
  },
  // Runs and their lease.
  {
    name: "lets a pass write that lost its lease",
    file: RUN,
    find: "where l.status = 'running' and l.lease = prove_lease.lease",
    replace: "where l.status = 'running'",
  },
  {
    name: "shows no sign of life",
    file: RUN,
    find: "  set heartbeat_at = now()\n  where l.status = 'running' and l.lease",
    replace: "  set heartbeat_at = l.heartbeat_at\n  where l.status = 'running' and l.lease",
  },
  {
    name: "goes on with any open run",
    file: RUN,
    find: "if run.id is null or run.id is distinct from open_sync_run.run_id then",
    replace: "if run.id is null then",
  },
  {
    name: "lets a second dispatch take a run from its pass",
    file: RUN,
    find: "elsif run.lease is not null and not private.run_is_dead(run.heartbeat_at) then\n      answer := 'running';",
    replace: "elsif false then\n      answer := 'running';",
  },
  {
    name: "takes the place of a run that waits for its next pass",
    file: RUN,
    find: "elsif run.id is not null and not private.run_is_dead(run.heartbeat_at) then",
    replace: "elsif run.lease is not null and not private.run_is_dead(run.heartbeat_at) then",
  },
  {
    name: "keeps the claims of a dead pass",
    file: RUN,
    find: "  select private.void_claims(run.lease);\n",
    replace: "  select null::text;\n",
  },
  {
    name: "opens another run when the answer of opening one was lost",
    file: RUN,
    find: "if run.lease = open_sync_run.lease then",
    replace: "if false then",
  },
  {
    name: "counts a list twice that a dead pass began to store",
    file: RUN,
    find: "applications_found = case when l.listed_at is not null then l.applications_found else 0 end",
    replace: "applications_found = l.applications_found",
  },
  {
    name: "forgets that OCC was unwell",
    file: RUN,
    find: "    private.asks_canaries_first();",
    replace: "    false;",
  },
  {
    name: "shortens a list a person asked for",
    file: RUN,
    find: "run.trigger <> 'manual'",
    replace: "true",
  },
  {
    name: "believes the log of the future about OCC",
    file: RUN,
    find: " and l.sync_started_at <= now()\n  order by l.sync_started_at desc",
    replace: "\n  order by l.sync_started_at desc",
  },
  {
    name: "goes on with a run that is cancelled",
    file: RUN,
    find: "if run.cancelled_at is not null then\n    raise exception",
    replace: "if false then\n    raise exception",
    tests: integration("cancel"),
  },
  {
    name: "lets the next pass go on with a cancelled run whose worker died",
    file: RUN,
    find: "elsif run.cancelled_at is not null then\n      perform private.close_dead_run(run);",
    replace: "elsif false then\n      perform private.close_dead_run(run);",
    tests: integration("cancel"),
  },
  {
    name: "takes a cancelled run whose worker died for one that died",
    file: RUN,
    find: "when l.cancelled_at is not null then private.describe_cancellation(l)",
    replace: "when false then private.describe_cancellation(l)",
    tests: integration("cancel"),
  },
  {
    name: "calls the heartbeat's URL for a run that failed",
    file: HEARTBEAT,
    find: "where l.trigger = 'schedule' and l.status = 'completed'",
    replace: "where l.trigger = 'schedule'",
  },
  {
    name: "calls the heartbeat's URL each minute",
    file: HEARTBEAT,
    find: "last_completed is null or last_completed <=",
    replace: "last_completed is null or last_completed <",
  },
  {
    name: "takes a run of an hour ago for a sign of life",
    file: HEARTBEAT,
    find: "now() - interval '10 minutes' and now()",
    replace: "now() - interval '1 day' and now()",
  },
  {
    name: "takes a pause for missed ticks",
    file: DISPATCH,
    find: "greatest(s.installed_at, s.resumed_at, (",
    replace: "greatest(s.installed_at, (",
  },
  {
    name: "counts a tick that came as missed",
    file: DISPATCH,
    find: "/ 300)::integer - 1",
    replace: "/ 300)::integer",
  },
  {
    name: "posts signs to Slack that it takes for its own",
    file: WATCH,
    find: "'&', '&amp;')",
    replace: "'&', '&')",
  },
  {
    name: "names the password in a project's URL",
    file: WATCH,
    find: "(?:[^/@]*@)?([a-zA-Z0-9._-]+)",
    replace: "([^/]+)",
  },
  {
    name: "publishes a table without a key",
    file: LIVE,
    find: "where i.indrelid = c.oid and i.indisprimary)",
    replace: "where i.indrelid = i.indrelid)",
  },
  // How a pass ends.
  {
    name: "hands a cancelled run over to its next pass",
    file: FINISH,
    find: "if run.cancelled_at is not null then\n      run := private.close_sync_run",
    replace: "if false then\n      run := private.close_sync_run",
    tests: integration("cancel"),
  },
  {
    name: "leaves a run open that no pass is at and somebody cancels",
    file: OPERATOR,
    find: "    if not is_at_work then\n      perform private.close_dead_run(run);\n    end if;\n",
    replace: "",
  },
  {
    name: "takes the run from the pass that is at work on it",
    file: OPERATOR,
    find: "    if not is_at_work then\n",
    replace: "    if true then\n",
  },
  {
    name: "counts what somebody cancelled as a failure in a row",
    file: CAUSES,
    find: "l.status = 'failed' and l.cancelled_at is null\n      and l.sync_completed_at >",
    replace: "l.status = 'failed'\n      and l.sync_completed_at >",
  },
  {
    name: "records a person's action without the person",
    file: ACTIONS,
    find: "left(claims ->> 'email', 320)",
    replace: "null",
  },
  {
    name: "records what an operator function sets a second time",
    file: ACTIONS,
    find: "  if stack ~ '(public",
    replace: "  if stack ~ '(nothing",
  },
  {
    name: "completes a run without a list",
    file: FINISH,
    find: "    or run.listed_at is null\n",
    replace: "",
  },
  {
    name: "completes a run in which OCC was down",
    file: FINISH,
    find: "coalesce(run.occ in ('unwell', 'unknown'), false)",
    replace: "false",
  },
  {
    name: "completes a run that broke off",
    file: FINISH,
    find: "  select sync_run_failed.broke_off\n    or run.listed_at",
    replace: "  select run.listed_at",
  },
  {
    name: "fails a run for one application that fails",
    file: FINISH,
    find: "or run.applications_upserted = 0 and run.upsert_failures >= 5",
    replace: "or run.applications_upserted = 0 and run.upsert_failures + run.fetch_failures > 0",
  },
  {
    name: "hands over without naming the run",
    file: FINISH,
    find: "private.dispatch_sync('next_pass', jsonb_build_object('syncLogId', run.id))",
    replace: "private.dispatch_sync('schedule')",
  },
  {
    name: "keeps the lease when it hands over",
    file: FINISH,
    find: "  set lease = null, ended_lease = l.lease, heartbeat_at = now()\n",
    replace: "  set ended_lease = l.lease, heartbeat_at = now()\n",
  },
  {
    name: "ends a pass with requests left",
    file: FINISH,
    find: "or (is_asked_for or has_revived and",
    replace: "or (has_revived and",
  },
  {
    name: "ends a pass with revived ones left",
    file: FINISH,
    find: "or has_revived and is_asked_for is not null)",
    replace: ")",
  },
  {
    name: "never revives what failed before anybody could tell",
    file: FINISH,
    find: "    perform private.revive_failures();\n",
    replace: "",
  },
  {
    name: "revives no parked application",
    file: FINISH,
    find: "where s.state in ('failed', 'parked') and s.claimed_by is null\n    order by s.g3_application_number",
    replace: "where s.state = 'failed' and s.claimed_by is null\n    order by s.g3_application_number",
  },
  {
    name: "lets all wait while nobody can tell how OCC is",
    file: FINISH,
    find: "    perform private.keep_asking();\n",
    replace: "    null;\n",
    tests: integration("failures"),
  },
  {
    name: "asks for a parked application while nobody can tell how OCC is",
    file: FINISH,
    find: "where s.state = 'failed' and s.claimed_by is null and s.attempts <",
    replace: "where s.state in ('failed', 'parked') and s.claimed_by is null and s.attempts <",
    tests: integration("failures"),
  },
  {
    name: "asks for what fails for good at each tick for ever",
    file: FINISH,
    find: " and s.attempts < private.attempts_in_doubt()",
    replace: "",
    tests: integration("failures"),
  },
  {
    name: "asks for all that failed while nobody can tell how OCC is",
    file: FINISH,
    find: "order by s.attempts, s.next_attempt_at\n    limit 1",
    replace: "order by s.attempts, s.next_attempt_at\n    limit 1000",
    tests: integration("failures"),
  },
  {
    name: "asks for the one tried most while nobody can tell how OCC is",
    file: FINISH,
    find: "order by s.attempts, s.next_attempt_at\n",
    replace: "order by s.attempts desc, s.next_attempt_at\n",
    tests: integration("failures"),
  },
  {
    name: "asks for the one tried last while nobody can tell how OCC is",
    file: FINISH,
    find: "order by s.attempts, s.next_attempt_at\n",
    replace: "order by s.attempts, s.next_attempt_at desc\n",
    tests: integration("failures"),
  },
  {
    name: "asks for the same one more often while nobody can tell how OCC is",
    file: RULES,
    find: "select 7;",
    replace: "select 8;",
    tests: integration("failures"),
  },
  {
    name: "asks only after a pass in which nobody could tell",
    file: FINISH,
    find: "elsif was_in_doubt or occ = 'unknown' then",
    replace: "elsif occ = 'unknown' then",
    tests: integration("failures"),
  },
  {
    name: "forgets that nobody could tell when OCC is found unwell",
    file: RUN,
    find: "where l.occ in ('unknown', 'well') and",
    replace: "where l.occ is not null and",
    tests: integration("failures"),
  },
  {
    name: "asks a canary again that has just failed",
    file: FINISH,
    find: "set no_canary_until = now() + interval '1 day'",
    replace: "set no_canary_until = null",
  },
  {
    name: "names OCC_TIME_ZONE when a few applications are off",
    file: FINISH,
    find: "o.value::integer * 2 > run.applications_fetched",
    replace: "true",
  },
  {
    name: "ends a pass twice when its answer was lost",
    file: FINISH,
    find: "where l.ended_lease = finish_sync_pass.lease and",
    replace: "where false and l.ended_lease = finish_sync_pass.lease and",
  },
  {
    name: "keeps claims after the pass",
    file: FINISH,
    find: "    perform private.release_claims(run.lease);\n",
    replace: "",
  },
  // What OCC lists.
  {
    name: "takes a date that went back for no news",
    file: ENQUEUE,
    find: "else l.last_saved is distinct from coalesce(s.settled_last_saved, m.lastsaveddatetime)",
    replace: "else l.last_saved > coalesce(s.settled_last_saved, m.lastsaveddatetime)",
  },
  {
    name: "compares the list with what is stored only",
    file: ENQUEUE,
    find: "coalesce(s.settled_last_saved, m.lastsaveddatetime)",
    replace: "m.lastsaveddatetime",
  },
  {
    name: "does not miss a row that is gone",
    file: ENQUEUE,
    find: "when judge_listed.force or m.g3_application_number is null then true",
    replace: "when judge_listed.force then true",
  },
  {
    name: "asks for undated applications on every tick",
    file: ENQUEUE,
    find: "s.synced_at < now() - interval '1 hour'",
    replace: "true",
  },
  {
    name: "never asks for undated applications again",
    file: ENQUEUE,
    find: "s.synced_at < now() - interval '1 hour'",
    replace: "false",
  },
  {
    name: "lets an empty list move the watermark",
    file: ENQUEUE,
    find: "where run.applications_found = 0\n",
    replace: "where false\n",
  },
  {
    name: "lets a list move the watermark that left out what was locked",
    file: ENQUEUE,
    find: "where check_list.skipped > 0",
    replace: "where false",
  },
  {
    name: "waits for a status that is locked while listing",
    file: ENQUEUE,
    find: "      order by s.g3_application_number\n      for update skip locked\n    ),\n    moved as (",
    replace: "      order by s.g3_application_number\n      for update\n    ),\n    moved as (",
  },
  {
    name: "counts a part twice that is sent again",
    file: ENQUEUE,
    find: "if enqueue_applications.part >= run.listed_parts then",
    replace: "if true then",
  },
  {
    name: "leaves parked what is listed with another version",
    file: ENQUEUE,
    find: "(j.is_changed or j.was_missing or run.force or j.was_synced and j.is_stale)",
    replace: "(j.was_missing or run.force or j.was_synced and j.is_stale)",
  },
  {
    name: "forgets force with its run",
    file: ENQUEUE,
    find: "force = s.force or run.force",
    replace: "force = s.force",
  },
  {
    name: "never asks once more for what disagreed",
    file: ENQUEUE,
    find: "      perform private.recheck_disagreed();\n",
    replace: "      null;\n",
  },
  {
    name: "forgets when an application was asked for",
    file: REQUEST,
    find: "do update set requested_at = excluded.requested_at",
    replace: "do nothing",
  },
  {
    name: "leaves no gap behind a list that was cut",
    file: GAPS,
    find: "if run.trigger = 'schedule' and move_watermark.listed_since > run.since_date then",
    replace: "if false then",
  },
  {
    name: "begins before the end of an open gap",
    file: GAPS,
    find: "(select g.to_date from public.sync_gaps as g where g.closed_at is null)\n    )",
    replace: "null\n    )",
  },
  {
    name: "closes a gap by any list",
    file: GAPS,
    find: "where g.closed_at is null and move_watermark.listed_since <= g.from_date",
    replace: "where g.closed_at is null",
  },
  { name: "looks back two days", file: GAPS, find: "$$ select 1; $$", replace: "$$ select 2; $$" },
  // Claims.
  {
    name: "fetches what is asked for in its turn",
    file: CLAIM,
    find: "    where d.lapses < private.max_lapses()\n    order by d.requested_at is null, d.attempts",
    replace: "    where d.lapses < private.max_lapses()\n    order by d.attempts",
  },
  {
    name: "fetches the backlog before what has just changed",
    file: CLAIM,
    find:
      "    order by d.requested_at is null, d.attempts, d.next_attempt_at desc\n    limit claim_applications.max_claims",
    replace:
      "    order by d.requested_at is null, d.attempts, d.next_attempt_at\n    limit claim_applications.max_claims",
  },
  {
    name: "claims a killer beside others",
    file: CLAIM,
    find: "where d.lapses < private.max_lapses()\n",
    replace: "where true\n",
  },
  {
    name: "asks ten canaries",
    file: CLAIM,
    find: "limit 3;",
    replace: "limit 10;",
  },
  // What OCC answers.
  {
    name: "stores an older answer",
    file: ANSWER,
    find: "not c.is_locked and (c.agrees or c.is_repeated or c.is_forced or not c.is_older),",
    replace: "not c.is_locked,",
  },
  {
    name: "stores nothing older for an operator either",
    file: ANSWER,
    find: "not c.is_locked and (c.agrees or c.is_repeated or c.is_forced or not c.is_older),",
    replace: "not c.is_locked and (c.agrees or c.is_repeated or not c.is_older),",
  },
  {
    name: "settles whatever it stores",
    file: ANSWER,
    find: "and (c.agrees or c.is_repeated or c.listed_last_saved is null and (c.is_forced or not c.is_older)),",
    replace: "and (c.agrees or c.is_repeated or c.is_forced or not c.is_older),",
  },
  {
    name: "never believes an answer that disagrees with the list",
    file: ANSWER,
    find:
      "coalesce(k.held_answer = k.digest and k.began_at >= k.held_since + private.settled_apart(), false) as is_repeated",
    replace: "false as is_repeated",
  },
  {
    name: "believes two different answers that disagree",
    file: ANSWER,
    find: "k.held_answer = k.digest and k.began_at",
    replace: "k.began_at",
  },
  {
    name: "loses a request that comes while its application is in flight",
    file: ANSWER,
    find: "coalesce(s.requested_at > s.claimed_at, false) as requested_again,",
    replace: "false as requested_again,",
  },
  {
    name: "waits for a row that is locked",
    file: ANSWER,
    find: "for no key update of m skip locked",
    replace: "for no key update of m",
  },
  {
    name: "settles what another pass has claimed",
    file: ANSWER,
    find: "where s.claimed_by = decide_answers.lease",
    replace: "where true",
  },
  {
    name: "erases the stored date by an answer without one",
    file: ANSWER,
    find: "coalesce(excluded.lastsaveddatetime, m.lastsaveddatetime)",
    replace: "excluded.lastsaveddatetime",
  },
  {
    name: "parks without waiting for a day",
    file: SETTLE,
    find: "f.attempts < private.max_attempts() or f.failing_since > now() - interval '1 day'",
    replace: "f.attempts < private.max_attempts()",
  },
  {
    name: "never tries a parked application again",
    file: SETTLE,
    find: "else now() + interval '1 day'",
    replace: "else 'infinity'",
  },
  {
    name: "counts what was skipped as upserted",
    file: SETTLE,
    find: "count(*) filter (where d.is_stored),",
    replace: "count(*),",
  },
  {
    name: "lets anybody write an older date",
    file: TABLE,
    find: "if new.lastsaveddatetime < old.lastsaveddatetime\n",
    replace: "if false\n",
  },
  {
    name: "keeps the guard out of the sync's way for the rest of the transaction",
    file: ANSWER,
    find: "  perform set_config('private.settling', '', true);\n",
    replace: "",
  },
  {
    name: "raises when a dispatch cannot be sent",
    file: DISPATCH,
    find: "    problem := left(sqlerrm, 200);",
    replace: "    raise;",
  },
  // The history, failures by cause, and what people do about them.
  {
    name: "takes a row that is locked for a new one",
    file: ANSWER,
    find:
      "select a.*, null, exists (select from public.tblsovereignapplications as m where m.g3_application_number = a.id)",
    replace: "select a.*, null, false",
  },
  {
    name: "keeps no digest of an answer that disagrees",
    file: ANSWER,
    find: "case when a.last_saved = s.listed_last_saved and (s.requested_at > s.claimed_at) is not true then null",
    replace: "case when true then null",
  },
  {
    name: "forgets which run made a change",
    file: ANSWER,
    find: "set_config('private.settling', store_answers.run_id::text, true)",
    replace: "set_config('private.settling', gen_random_uuid()::text, true)",
  },
  {
    name: "keeps a history that is switched off",
    file: CHANGES,
    find: "if not exists (select from after) or not (select s.history from public.sync_settings as s) then",
    replace: "if not exists (select from after) then",
  },
  {
    name: "keeps the deletions of a history that is switched off",
    file: CHANGES,
    find: "where (select s.history from public.sync_settings as s);",
    replace: "where true;",
  },
  {
    name: "keeps what did not change",
    file: CHANGES,
    find: "where v.old is distinct from v.new",
    replace: "where true",
  },
  {
    name: "writes the history of whoever may write it",
    file: CHANGES,
    find: "grant select on table public.sync_application_changes to authenticated, service_role;",
    replace: "grant select, insert, delete on table public.sync_application_changes to authenticated, service_role;",
  },
  {
    name: "has a status go on after its application was deleted",
    file: CHANGES,
    find: "where c.attribute in ('appStatusCode', 'G3_application_number')\n  window",
    replace: "where c.attribute in ('appStatusCode')\n  window",
  },
  {
    name: "has a cause for each application",
    file: ERRORS,
    find: "replace(fingerprint.error, 'application ' || fingerprint.id, 'application')",
    replace: "fingerprint.error",
  },
  {
    name: "forgets when an error was first seen",
    file: ERRORS,
    find: "    last_seen_at = now(),\n",
    replace: "    last_seen_at = now(),\n    first_seen_at = now(),\n",
  },
  {
    name: "counts the attempts of the last settlement only",
    file: ERRORS,
    find: "count = k.count + excluded.count",
    replace: "count = excluded.count",
  },
  {
    name: "retries everything when nobody says which",
    file: RETRY,
    find: "nullif(to_retry.everything, false)) <> 1 then",
    replace: "nullif(to_retry.everything, false)) > 1 then",
  },
  {
    name: "retries those it knows of numbers it does not",
    file: RETRY,
    find: "if unknown is not null then",
    replace: "if false then",
  },
  {
    name: "retries parked ones only",
    file: RETRY,
    find: "else s.state in ('failed', 'parked') and (",
    replace: "else s.state in ('parked') and (",
  },
  {
    name: "retries what is current because it was named",
    file: RETRY,
    find: "and s.state not in ('synced', 'pending')",
    replace: "and s.state not in ('synced ')",
  },
  {
    name: "does not store what a retry brings when it is older",
    file: RETRY,
    find: "  update public.sync_status as s set force = true where s.g3_application_number = any (retried);\n",
    replace: "",
  },
  {
    name: "forgets an application without a reason",
    file: OPERATOR,
    find: "if coalesce(trim(forget_application.reason), '') = '' then",
    replace: "if false then",
  },
  {
    name: "names a gap that a later list has covered",
    file: EXPLAIN,
    find: "(status.listed_last_saved at time zone settings.time_zone < gap.to_date) is not false",
    replace: "true",
  },
  {
    name: "counts what comes after it in the queue",
    file: EXPLAIN,
    find: "          < (status.requested_at is null,",
    replace: "          > (status.requested_at is null,",
  },
  // The steps of a pass.
  {
    name: "starts more than a batch at once",
    file: `${F}sync/batch_processor.ts`,
    find: "while (running.size >= Math.max(1, Math.min(batchSize, limit())))",
    replace: "while (running.size > Math.max(1, Math.min(batchSize, limit())))",
    tests: UNIT,
  },
  {
    name: "stops for OCC one batch of failures late",
    file: `${F}sync/fetch_due_applications.ts`,
    find: "failuresInARow >= FAILED_BATCHES_TO_STOP * batchSize",
    replace: "failuresInARow > (FAILED_BATCHES_TO_STOP + 1) * batchSize",
    tests: UNIT,
  },
  {
    name: "does not forget failures after a success",
    file: `${F}sync/fetch_due_applications.ts`,
    find: "      fetched++;\n      failuresInARow = 0;\n",
    replace: "      fetched++;\n",
    tests: BOTH,
  },
  {
    name: "takes a run that is cancelled for one that broke off",
    file: `${F}sync/sync_applications.ts`,
    find: "if (isCancelled(run)) return CANCELLED;",
    replace: "",
    tests: integration("cancel"),
  },
  {
    name: "counts failures without asking canaries",
    file: `${F}sync/judge_failures.ts`,
    find: "failures.length > attempted * SUSPICIOUS_SHARE",
    replace: "failures.length > attempted",
    tests: BOTH,
  },
  {
    name: "takes OCC for well when only some canaries fail",
    file: `${F}sync/canaries.ts`,
    find: "if (failedCanaries.length === 0)",
    replace: "if (failedCanaries.length < canaries.length)",
    tests: BOTH,
  },
  {
    name: "names the rarest cause",
    file: `${F}sync/failure_cause.ts`,
    find: "b - a",
    replace: "a - b",
    tests: BOTH,
  },
  {
    name: "goes on while OCC is unwell",
    file: `${F}sync/sync_applications.ts`,
    find: "    if (run.occUnwell) {",
    replace: "    if (!run) {",
    tests: BOTH,
  },
  {
    name: "halves no chunk that Postgres rejects",
    file: `${F}database/bulk_upsert_sovereign_applications.ts`,
    find: "!error.rowRejected || first === undefined",
    replace: "true",
    tests: UNIT,
  },
  {
    name: "tries each day of a list that is too large",
    file: `${F}sync/list_applications.ts`,
    find: "back = back * 2 + 1",
    replace: "back = back + 1",
    tests: BOTH,
  },
  {
    name: "keeps the shortest list that fits",
    file: `${F}sync/list_applications.ts`,
    find: "      if (!(error instanceof OccError)) throw error;\n      return longest;",
    replace: "      if (!(error instanceof OccError)) throw error;\n      return undefined;",
    tests: BOTH,
  },
  {
    name: "repeats no call to the database",
    file: `${F}database/sync_database.ts`,
    find: "for (const pause of repeat ? PAUSES_MS : [])",
    replace: "for (const pause of repeat ? [] : [])",
    tests: UNIT,
  },
  {
    name: "takes an empty answer of the database for one",
    file: `${F}database/sync_database.ts`,
    find: "if (answer.status === 200 && answer.data === null)",
    replace: "if (answer.status === 999)",
    tests: UNIT,
  },
  {
    name: "does not hear that OCC is throttled",
    file: `${F}occ/invoke_occ.ts`,
    find: "if (statusCode === 429) occ.onThrottled();",
    replace: "",
    tests: UNIT,
  },
  {
    name: "reads times without an offset as UTC",
    file: `${F}occ/last_saved.ts`,
    find: "timeZone.toUtc(local)",
    replace: "local",
    tests: UNIT,
  },
  {
    name: "takes the second of two hours where the clock was put back",
    file: `${F}time_zone.ts`,
    find: "const before = offsetAt(local - DAY_MS);",
    replace: "const before = offsetAt(local + DAY_MS);",
    tests: UNIT,
  },
  {
    name: "speaks of missing attributes from 10 applications on",
    file: `${F}occ/data_quality.ts`,
    find: "const MIN_SAMPLE = 20;",
    replace: "const MIN_SAMPLE = 10;",
    tests: UNIT,
  },
  {
    name: "accepts the beginning of a secret",
    file: `${F}http/authorize.ts`,
    find: 'return createHash("sha256").update(text).digest();',
    replace: 'return createHash("sha256").update(text.slice(0, 8)).digest();',
    tests: UNIT,
  },
  {
    name: "lets since be in the future",
    file: `${F}http/read_request.ts`,
    find: "if (since > today)",
    replace: 'if (since > "9999")',
    tests: UNIT,
  },
  // What OCC has no more.
  {
    name: "suspects what an empty list lacks",
    file: GONE,
    find: "  select run.applications_found > 0\n    and run.listed_since",
    replace: "  select run.listed_since",
  },
  {
    name: "suspects what a list lacks that was cut",
    file: GONE,
    find: "    and run.listed_since <= run.since_date\n",
    replace: "",
  },
  {
    name: "suspects what a list lacks while there is a gap",
    file: GONE,
    find: "    and not exists (select from public.sync_gaps as g where g.closed_at is null)",
    replace: "",
  },
  {
    name: "suspects in the first day of a list",
    file: GONE,
    find: "(run.since_date + 1)::timestamp",
    replace: "run.since_date::timestamp",
  },
  {
    name: "suspects what OCC has just served",
    file: GONE,
    find: "greatest(s.synced_at, s.listed_at) <=",
    replace: "s.listed_at <=",
  },
  {
    name: "suspects what OCC has just listed",
    file: GONE,
    find: "greatest(s.synced_at, s.listed_at) <=",
    replace: "s.synced_at <=",
  },
  {
    name: "suspects all that is missing",
    file: GONE,
    find: "greatest(0, private.max_suspects() - private.suspects_of_night(run))",
    replace: "null",
  },
  {
    name: "suspects fifty more by each reconciliation of a night",
    file: GONE,
    find: "private.max_suspects() - private.suspects_of_night(run)",
    replace: "private.max_suspects()",
  },
  {
    name: "suspects the same fifty every night",
    file: GONE,
    find: "order by s.synced_at\n",
    replace: "order by s.g3_application_number\n",
  },
  {
    name: "takes what a broken-off list named for listed",
    file: GONE,
    find: "if note_listed.part = 0 then",
    replace: "if false then",
  },
  {
    name: "suspects what the first part of a list named",
    file: GONE,
    find: "if note_listed.part = 0 then",
    replace: "if true then",
  },
  {
    name: "asks for ever for what is gone and missing",
    file: GONE,
    find: "where g.state = 'gone' and g.missing_since is null and",
    replace: "where false and",
  },
  {
    name: "suspects by any run",
    file: ENQUEUE,
    find: "    if run.trigger = 'reconciliation' then\n      perform private.suspect_missing(run);",
    replace: "    if true then\n      perform private.suspect_missing(run);",
  },
  {
    name: "leaves gone what is listed again",
    file: ENQUEUE,
    find: "      or s.state = 'gone' and s.missing_since is not null,",
    replace: ",",
  },
  {
    name: "takes back what is gone by each list",
    file: ENQUEUE,
    find: "      or s.state = 'gone' and s.missing_since is not null,",
    replace: "      or s.state = 'gone',",
  },
  {
    name: "suspects what has been listed again",
    file: ENQUEUE,
    find: "(j.is_changed or j.was_missing or run.force",
    replace: "(j.is_changed or run.force",
  },
  {
    name: "takes one 404 for gone",
    file: SETTLE,
    find: "case when f.is_repeated then 'gone' else 'pending' end",
    replace: "'gone'",
  },
  {
    name: "takes two 404s of one minute for gone",
    file: SETTLE,
    find: "s.claimed_at >= s.not_found_since + private.settled_apart()",
    replace: "s.claimed_at >= s.not_found_since",
  },
  {
    name: "takes any two failures for gone",
    file: SETTLE,
    find: "s.missing_since is not null and coalesce(f.not_found, false)",
    replace: "s.missing_since is not null",
  },
  {
    name: "counts a 404 of what is missing as an attempt",
    file: SETTLE,
    find: "when j.is_missing then s.attempts else",
    replace: "else",
  },
  {
    name: "parks what OCC lists and does not have",
    file: SETTLE,
    find: "          when f.not_found and f.was_listed then 'gone'\n",
    replace: "",
  },
  {
    name: "takes what was never listed for gone",
    file: SETTLE,
    find: "when f.not_found and f.was_listed then 'gone'",
    replace: "when f.not_found then 'gone'",
  },
  {
    name: "suspects still what OCC has answered with",
    file: SETTLE,
    find: "      missing_since = null,\n      not_found_since = null,\n",
    replace: "",
  },
  {
    name: "asks canaries again that failed while there are others",
    file: CLAIM,
    find: "    and ((s.no_canary_until > now()) is not true or not private.has_canaries())\n",
    replace: "",
  },
  {
    name: "lets a short reconciliation stand in for the nightly one",
    file: UPKEEP,
    find: "        and l.since_date <= private.today() - s.reconcile_days\n",
    replace: "",
  },
  {
    name: "believes a 404 of an OCC that has nothing at all",
    file: `${F}sync/judge_failures.ts`,
    find: 'const isAnswering = fetched > 0 || health?.occ === "well";',
    replace: "const isAnswering = true;",
    tests: UNIT,
  },
  {
    name: "believes no 404 that only canaries vouch for",
    file: `${F}sync/judge_failures.ts`,
    find: 'const isAnswering = fetched > 0 || health?.occ === "well";',
    replace: "const isAnswering = fetched > 0;",
    tests: UNIT,
  },
  {
    name: "takes a 410 for any failure",
    file: `${F}occ/invoke_occ.ts`,
    find: '[410, "not found"], ',
    replace: "",
    tests: UNIT,
  },
  {
    name: "looks for a shorter list when OCC says it has none",
    file: `${F}sync/list_applications.ts`,
    find: '!["too large", "timed out"].includes(error.kind)',
    replace: 'error.kind === "other"',
    tests: UNIT,
  },
  {
    name: "lets every signed-in user act",
    file: WRAPPERS,
    find: "  perform private.require_operator(replace(operate.action, '_', ' '));\n",
    replace: "",
  },
  {
    name: "believes the user_metadata that each user writes",
    file: ACTIONS,
    find: "c.claims #> '{app_metadata,sync_role}' = ",
    replace: "c.claims #> '{user_metadata,sync_role}' = ",
  },
  {
    name: "takes any sync_role for an operator's",
    file: ACTIONS,
    find: "c.claims #> '{app_metadata,sync_role}' = '\"operator\"'",
    replace: "c.claims #> '{app_metadata,sync_role}' is not null",
  },
  {
    name: "takes a token of no role for an operator's",
    file: ACTIONS,
    find: "c.claims -> 'role' = '\"authenticated\"' and ",
    replace: "",
  },
  {
    name: "reads claims that are no object",
    file: ACTIONS,
    find: "case when jsonb_typeof(claims) = 'object' then claims end",
    replace: "claims #> '{0}'",
  },
  {
    name: "fails for claims that cannot be read",
    file: ACTIONS,
    find: "exception when others then\n  return null;",
    replace: "exception when invalid_text_representation then\n  return null;",
  },
  {
    name: "tells viewers who asked for a run",
    file: DASHBOARD_RUNS,
    find: "case when private.is_operator() then a.email end",
    replace: "a.email",
  },
  {
    name: "says how long a run takes when one chunk is done",
    file: OVERVIEW,
    find: "case when n.done >= 200 or",
    replace: "case when n.done >= 100 or",
  },
  {
    name: "says how long a run takes before its list is complete",
    file: OVERVIEW,
    find: "extract(epoch from now() - l.listed_at) as seconds",
    replace: "extract(epoch from now() - l.sync_started_at) as seconds",
  },
  {
    name: "counts what the run has tried among what is left",
    file: OVERVIEW,
    find: "s.next_attempt_at <= now() and s.attempted_by_run is distinct from l.id",
    replace: "s.next_attempt_at <= now()",
  },
  {
    name: "foretells a tick while the schedule is paused",
    file: OVERVIEW,
    find: " and (select g.paused_at from public.sync_settings as g) is null",
    replace: "",
  },
  {
    name: "calls parked applications stale",
    file: CONDITIONS,
    find: "min(s.stale_since) filter (where s.state <> 'parked') as stale_since",
    replace: "min(s.stale_since) as stale_since",
  },
  {
    name: "takes a list since some day for one of all that has changed",
    file: DASHBOARD_RUNS,
    find: "          and (l.moves_watermark or l.trigger = 'reconciliation') as refreshes",
    replace: "          as refreshes",
  },
  {
    name: "calls a cancelled run failed in the charts",
    file: DASHBOARD_RUNS,
    find: "where r.status = 'failed' and not r.is_cancelled",
    replace: "where r.status = 'failed'",
  },
  {
    name: "says how fresh it will be",
    file: DASHBOARD_RUNS,
    find: "case when f.bucket_from <= now() then round(greatest(",
    replace: "case when true then round(greatest(",
  },
  {
    name: "finds other numbers than those that begin so",
    file: DASHBOARD_APPLICATIONS,
    find: "starts_with(n.id, read_not_current.search)",
    replace: "n.id like read_not_current.search || '%'",
  },
  {
    name: "hides that there are more changes",
    file: DASHBOARD_APPLICATIONS,
    find: "    offset 200\n",
    replace: "    offset 201\n",
  },
  {
    name: "shows applications that Row Level Security hides",
    file: EXPLAIN,
    find: "create function private.describe_stored(id text)\nreturns text[]\nlanguage sql\nstable\n",
    replace:
      "create function private.describe_stored(id text)\nreturns text[]\nlanguage sql\nstable security definer\n",
  },
  {
    name: "sets a threshold that is no whole number",
    file: THRESHOLDS,
    find: " and t.value::numeric % 1 = 0",
    replace: "",
  },
  {
    name: "takes more applications than a call should",
    file: WRAPPERS,
    find: "between 1 and 500) is not true",
    replace: "between 1 and 5000) is not true",
  },
  {
    name: "names whoever cancels by a role that says nothing",
    file: OPERATOR,
    find: "case when private.acting_role() = 'authenticated' then 'an operator' else private.acting_role() end",
    replace: "private.acting_role()",
  },
  {
    name: "forgets which run an answer names",
    file: DISPATCH,
    find: "case when r.status_code = 202 then private.run_of(r.content) end",
    replace: "null",
    tests: ["tests/e2e/schedule_test.ts"],
  },
];

export function testsOf({ file, tests }: Mutant): readonly string[] {
  return tests ?? NOTICED[file] ?? [];
}
