export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];

export type Database = {
  "public": {
    Tables: {
      "tblsovereignapplications": {
        Row: {
          "applicationinternalnumber": string | null;
          "applicationname": string | null;
          "applicationtitle": string | null;
          "appstatuscode": string | null;
          "appstatusdesc": string | null;
          "clientapplication": string | null;
          "comparisonratessupplied": string | null;
          "created_at": string | null;
          "currenttaskwith": string | null;
          "g3_application_number": string;
          "lastsaveddatetime": string | null;
          "loadedbyclientnumber": string | null;
          "owner": string | null;
          "paymentmethod": string | null;
          "saleschannel": string | null;
          "subprime": string | null;
          "tradingbranch": string | null;
          "type": string | null;
          "updated_at": string | null;
        };
        ComputedFields: never;
        Insert: {
          "applicationinternalnumber"?: string | null;
          "applicationname"?: string | null;
          "applicationtitle"?: string | null;
          "appstatuscode"?: string | null;
          "appstatusdesc"?: string | null;
          "clientapplication"?: string | null;
          "comparisonratessupplied"?: string | null;
          "created_at"?: string | null;
          "currenttaskwith"?: string | null;
          "g3_application_number": string;
          "lastsaveddatetime"?: string | null;
          "loadedbyclientnumber"?: string | null;
          "owner"?: string | null;
          "paymentmethod"?: string | null;
          "saleschannel"?: string | null;
          "subprime"?: string | null;
          "tradingbranch"?: string | null;
          "type"?: string | null;
          "updated_at"?: string | null;
        };
        Update: {
          "applicationinternalnumber"?: string | null;
          "applicationname"?: string | null;
          "applicationtitle"?: string | null;
          "appstatuscode"?: string | null;
          "appstatusdesc"?: string | null;
          "clientapplication"?: string | null;
          "comparisonratessupplied"?: string | null;
          "created_at"?: string | null;
          "currenttaskwith"?: string | null;
          "g3_application_number"?: string;
          "lastsaveddatetime"?: string | null;
          "loadedbyclientnumber"?: string | null;
          "owner"?: string | null;
          "paymentmethod"?: string | null;
          "saleschannel"?: string | null;
          "subprime"?: string | null;
          "tradingbranch"?: string | null;
          "type"?: string | null;
          "updated_at"?: string | null;
        };
        Relationships: [];
      };
      "tblsovereignapplicationssynclog": {
        Row: {
          "applications_enqueued": number;
          "applications_fetched": number | null;
          "applications_found": number | null;
          "applications_gone": number;
          "applications_locked": number;
          "applications_missing": number;
          "applications_parked": number;
          "applications_unchanged": number;
          "applications_upserted": number | null;
          "cancelled_at": string | null;
          "cancelled_by": string | null;
          "changes_missed": number | null;
          "claimed_last_at": string | null;
          "claimed_parts": number;
          "date_offsets": NonNullable<Json>;
          "ended_lease": string | null;
          "error_details": Json | null;
          "fetch_failures": number | null;
          "force": boolean;
          "heartbeat_at": string | null;
          "id": string;
          "lease": string | null;
          "listed_at": string | null;
          "listed_parts": number;
          "listed_since": string | null;
          "listed_skipped": number;
          "moves_watermark": boolean;
          "occ": string | null;
          "passes": number;
          "since_date": string;
          "status": string | null;
          "sync_completed_at": string | null;
          "sync_started_at": string | null;
          "trigger": string;
          "upsert_failures": number | null;
        };
        ComputedFields: never;
        Insert: {
          "applications_enqueued"?: number;
          "applications_fetched"?: number | null;
          "applications_found"?: number | null;
          "applications_gone"?: number;
          "applications_locked"?: number;
          "applications_missing"?: number;
          "applications_parked"?: number;
          "applications_unchanged"?: number;
          "applications_upserted"?: number | null;
          "cancelled_at"?: string | null;
          "cancelled_by"?: string | null;
          "changes_missed"?: number | null;
          "claimed_last_at"?: string | null;
          "claimed_parts"?: number;
          "date_offsets"?: NonNullable<Json>;
          "ended_lease"?: string | null;
          "error_details"?: Json | null;
          "fetch_failures"?: number | null;
          "force"?: boolean;
          "heartbeat_at"?: string | null;
          "id"?: string;
          "lease"?: string | null;
          "listed_at"?: string | null;
          "listed_parts"?: number;
          "listed_since"?: string | null;
          "listed_skipped"?: number;
          "moves_watermark"?: boolean;
          "occ"?: string | null;
          "passes"?: number;
          "since_date": string;
          "status"?: string | null;
          "sync_completed_at"?: string | null;
          "sync_started_at"?: string | null;
          "trigger"?: string;
          "upsert_failures"?: number | null;
        };
        Update: {
          "applications_enqueued"?: number;
          "applications_fetched"?: number | null;
          "applications_found"?: number | null;
          "applications_gone"?: number;
          "applications_locked"?: number;
          "applications_missing"?: number;
          "applications_parked"?: number;
          "applications_unchanged"?: number;
          "applications_upserted"?: number | null;
          "cancelled_at"?: string | null;
          "cancelled_by"?: string | null;
          "changes_missed"?: number | null;
          "claimed_last_at"?: string | null;
          "claimed_parts"?: number;
          "date_offsets"?: NonNullable<Json>;
          "ended_lease"?: string | null;
          "error_details"?: Json | null;
          "fetch_failures"?: number | null;
          "force"?: boolean;
          "heartbeat_at"?: string | null;
          "id"?: string;
          "lease"?: string | null;
          "listed_at"?: string | null;
          "listed_parts"?: number;
          "listed_since"?: string | null;
          "listed_skipped"?: number;
          "moves_watermark"?: boolean;
          "occ"?: string | null;
          "passes"?: number;
          "since_date"?: string;
          "status"?: string | null;
          "sync_completed_at"?: string | null;
          "sync_started_at"?: string | null;
          "trigger"?: string;
          "upsert_failures"?: number | null;
        };
        Relationships: [];
      };
    };
    Views: {
      "sync_actions": {
        Row: {
          "acted_at": string;
          "action": string;
          "application_name": string | null;
          "arguments": NonNullable<Json>;
          "email": string | null;
          "id": number;
          "result": string;
          "role_name": string;
          "user_id": string | null;
        };
        ComputedFields: never;
        Insert: {
          "acted_at"?: string | null;
          "action"?: string | null;
          "application_name"?: string | null;
          "arguments"?: Json | null;
          "email"?: string | null;
          "id"?: number | null;
          "result"?: string | null;
          "role_name"?: string | null;
          "user_id"?: string | null;
        };
        Update: {
          "acted_at"?: string | null;
          "action"?: string | null;
          "application_name"?: string | null;
          "arguments"?: Json | null;
          "email"?: string | null;
          "id"?: number | null;
          "result"?: string | null;
          "role_name"?: string | null;
          "user_id"?: string | null;
        };
        Relationships: [];
      };
      "sync_alerts": {
        Row: {
          "condition": string;
          "id": number;
          "message": string;
          "opened_at": string;
          "post_error": string | null;
          "post_request_id": number | null;
          "resolved_at": string | null;
          "size": number | null;
          "told_at": string | null;
          "told_size": number | null;
        };
        ComputedFields: never;
        Insert: {
          "condition"?: string | null;
          "id"?: number | null;
          "message"?: string | null;
          "opened_at"?: string | null;
          "post_error"?: string | null;
          "post_request_id"?: number | null;
          "resolved_at"?: string | null;
          "size"?: number | null;
          "told_at"?: string | null;
          "told_size"?: number | null;
        };
        Update: {
          "condition"?: string | null;
          "id"?: number | null;
          "message"?: string | null;
          "opened_at"?: string | null;
          "post_error"?: string | null;
          "post_request_id"?: number | null;
          "resolved_at"?: string | null;
          "size"?: number | null;
          "told_at"?: string | null;
          "told_size"?: number | null;
        };
        Relationships: [];
      };
      "sync_changes": {
        Row: {
          "application": string;
          "attribute": string | null;
          "changed_at": string;
          "id": number;
          "new": string | null;
          "old": string | null;
          "run": string | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "sync_dispatches": {
        Row: {
          "dispatched_at": string;
          "id": number;
          "message": string | null;
          "outcome": string | null;
          "request_id": number | null;
          "run": string | null;
          "silent_since": string | null;
          "status_code": number | null;
          "trigger": string;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "sync_errors": {
        Row: {
          "applications": number | null;
          "count": number | null;
          "examples": (string)[] | null;
          "fingerprint": string | null;
          "first_seen_at": string | null;
          "is_happening": boolean | null;
          "last_seen_at": string | null;
          "what_to_do": string | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "sync_failures": {
        Row: {
          "application": string;
          "attempts": number;
          "failing_since": string | null;
          "force": boolean;
          "last_error": string | null;
          "listed_last_saved": string | null;
          "next_attempt_at": string | null;
          "requested_at": string | null;
          "settled_last_saved": string | null;
          "stale_since": string | null;
          "state": string;
        };
        ComputedFields: never;
        Insert: {
          "application"?: string | null;
          "attempts"?: number | null;
          "failing_since"?: string | null;
          "force"?: boolean | null;
          "last_error"?: string | null;
          "listed_last_saved"?: string | null;
          "next_attempt_at"?: string | null;
          "requested_at"?: string | null;
          "settled_last_saved"?: string | null;
          "stale_since"?: string | null;
          "state"?: string | null;
        };
        Update: {
          "application"?: string | null;
          "attempts"?: number | null;
          "failing_since"?: string | null;
          "force"?: boolean | null;
          "last_error"?: string | null;
          "listed_last_saved"?: string | null;
          "next_attempt_at"?: string | null;
          "requested_at"?: string | null;
          "settled_last_saved"?: string | null;
          "stale_since"?: string | null;
          "state"?: string | null;
        };
        Relationships: [];
      };
      "sync_gaps": {
        Row: {
          "closed_at": string | null;
          "closed_by": string | null;
          "from_date": string;
          "id": number;
          "opened_at": string;
          "to_date": string;
        };
        ComputedFields: never;
        Insert: {
          "closed_at"?: string | null;
          "closed_by"?: string | null;
          "from_date"?: string | null;
          "id"?: number | null;
          "opened_at"?: string | null;
          "to_date"?: string | null;
        };
        Update: {
          "closed_at"?: string | null;
          "closed_by"?: string | null;
          "from_date"?: string | null;
          "id"?: number | null;
          "opened_at"?: string | null;
          "to_date"?: string | null;
        };
        Relationships: [];
      };
      "sync_gone": {
        Row: {
          "application": string;
          "gone_at": string | null;
          "last_error": string | null;
          "last_saved": string | null;
          "listed_last_saved": string | null;
          "missing_since": string | null;
          "next_attempt_at": string | null;
          "stored_at": string | null;
          "synced_at": string | null;
          "why": string | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "sync_health": {
        Row: {
          "conditions": (string)[] | null;
          "consecutive_failures": number | null;
          "failed": number | null;
          "gap_from": string | null;
          "gap_to": string | null;
          "gone": number | null;
          "heartbeat_error": string | null;
          "last_completed_at": string | null;
          "last_dispatch_at": string | null;
          "last_dispatch_message": string | null;
          "last_dispatch_outcome": string | null;
          "last_dispatch_status": number | null;
          "last_heartbeat_at": string | null;
          "minutes_since_completed": number | null;
          "missed_ticks_last_day": number | null;
          "oldest_stale_minutes": number | null;
          "parked": number | null;
          "paused_at": string | null;
          "pending": number | null;
          "post_error": string | null;
          "reason": string | null;
          "refused_last_hour": number | null;
          "running_for_seconds": number | null;
          "running_sync": string | null;
          "stale_since": string | null;
          "verdict": string | null;
          "waiting_since": string | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "sync_refusals": {
        Row: {
          "id": number;
          "reported_at": string;
          "requests": number;
        };
        ComputedFields: never;
        Insert: {
          "id"?: number | null;
          "reported_at"?: string | null;
          "requests"?: number | null;
        };
        Update: {
          "id"?: number | null;
          "reported_at"?: string | null;
          "requests"?: number | null;
        };
        Relationships: [];
      };
      "sync_runs": {
        Row: {
          "applications_per_second": number | null;
          "failed": number | null;
          "found": number | null;
          "id": string;
          "outcome": string | null;
          "passes": number;
          "seconds": number | null;
          "since_date": string;
          "started_at": string | null;
          "status": string | null;
          "synced": number | null;
          "trigger": string;
          "unchanged": number;
          "warnings": Json | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "sync_settings": {
        Row: {
          "alert_changes_missed_from": number;
          "alert_failures_in_a_row": number;
          "alert_format": string;
          "alert_link": string | null;
          "alert_missed_ticks_from": number;
          "alert_no_completed_run_after": string;
          "alert_oldest_stale_after": string;
          "alert_parked_from": number;
          "alert_refused_per_hour": number;
          "connected_at": string | null;
          "history": boolean;
          "installed_at": string;
          "keep_actions_for": string;
          "keep_history_for": string;
          "keep_job_runs_for": string;
          "keep_log_for": string;
          "keep_resolved_alerts_for": string;
          "one_row": boolean;
          "paused_at": string | null;
          "project_name": string | null;
          "reconcile_days": number;
          "resumed_at": string | null;
          "start_from": string | null;
          "time_zone": string;
        };
        ComputedFields: never;
        Insert: {
          "alert_changes_missed_from"?: number | null;
          "alert_failures_in_a_row"?: number | null;
          "alert_format"?: string | null;
          "alert_link"?: string | null;
          "alert_missed_ticks_from"?: number | null;
          "alert_no_completed_run_after"?: string | null;
          "alert_oldest_stale_after"?: string | null;
          "alert_parked_from"?: number | null;
          "alert_refused_per_hour"?: number | null;
          "connected_at"?: string | null;
          "history"?: boolean | null;
          "installed_at"?: string | null;
          "keep_actions_for"?: string | null;
          "keep_history_for"?: string | null;
          "keep_job_runs_for"?: string | null;
          "keep_log_for"?: string | null;
          "keep_resolved_alerts_for"?: string | null;
          "one_row"?: boolean | null;
          "paused_at"?: string | null;
          "project_name"?: string | null;
          "reconcile_days"?: number | null;
          "resumed_at"?: string | null;
          "start_from"?: string | null;
          "time_zone"?: string | null;
        };
        Update: {
          "alert_changes_missed_from"?: number | null;
          "alert_failures_in_a_row"?: number | null;
          "alert_format"?: string | null;
          "alert_link"?: string | null;
          "alert_missed_ticks_from"?: number | null;
          "alert_no_completed_run_after"?: string | null;
          "alert_oldest_stale_after"?: string | null;
          "alert_parked_from"?: number | null;
          "alert_refused_per_hour"?: number | null;
          "connected_at"?: string | null;
          "history"?: boolean | null;
          "installed_at"?: string | null;
          "keep_actions_for"?: string | null;
          "keep_history_for"?: string | null;
          "keep_job_runs_for"?: string | null;
          "keep_log_for"?: string | null;
          "keep_resolved_alerts_for"?: string | null;
          "one_row"?: boolean | null;
          "paused_at"?: string | null;
          "project_name"?: string | null;
          "reconcile_days"?: number | null;
          "resumed_at"?: string | null;
          "start_from"?: string | null;
          "time_zone"?: string | null;
        };
        Relationships: [];
      };
      "sync_status": {
        Row: {
          "attempted_by_run": string | null;
          "attempts": number;
          "claimed_at": string | null;
          "claimed_by": string | null;
          "disagreed": boolean;
          "failing_since": string | null;
          "first_seen_at": string;
          "force": boolean;
          "g3_application_number": string;
          "gone_at": string | null;
          "held_answer": string | null;
          "held_since": string | null;
          "lapses": number;
          "last_error": string | null;
          "listed_at": string | null;
          "listed_last_saved": string | null;
          "missing_since": string | null;
          "next_attempt_at": string | null;
          "no_canary_until": string | null;
          "not_found_since": string | null;
          "rechecking": boolean;
          "requested_at": string | null;
          "settled_last_saved": string | null;
          "stale_since": string | null;
          "state": string;
          "synced_at": string | null;
        };
        ComputedFields: never;
        Insert: {
          "attempted_by_run"?: string | null;
          "attempts"?: number | null;
          "claimed_at"?: string | null;
          "claimed_by"?: string | null;
          "disagreed"?: boolean | null;
          "failing_since"?: string | null;
          "first_seen_at"?: string | null;
          "force"?: boolean | null;
          "g3_application_number"?: string | null;
          "gone_at"?: string | null;
          "held_answer"?: string | null;
          "held_since"?: string | null;
          "lapses"?: number | null;
          "last_error"?: string | null;
          "listed_at"?: string | null;
          "listed_last_saved"?: string | null;
          "missing_since"?: string | null;
          "next_attempt_at"?: string | null;
          "no_canary_until"?: string | null;
          "not_found_since"?: string | null;
          "rechecking"?: boolean | null;
          "requested_at"?: string | null;
          "settled_last_saved"?: string | null;
          "stale_since"?: string | null;
          "state"?: string | null;
          "synced_at"?: string | null;
        };
        Update: {
          "attempted_by_run"?: string | null;
          "attempts"?: number | null;
          "claimed_at"?: string | null;
          "claimed_by"?: string | null;
          "disagreed"?: boolean | null;
          "failing_since"?: string | null;
          "first_seen_at"?: string | null;
          "force"?: boolean | null;
          "g3_application_number"?: string | null;
          "gone_at"?: string | null;
          "held_answer"?: string | null;
          "held_since"?: string | null;
          "lapses"?: number | null;
          "last_error"?: string | null;
          "listed_at"?: string | null;
          "listed_last_saved"?: string | null;
          "missing_since"?: string | null;
          "next_attempt_at"?: string | null;
          "no_canary_until"?: string | null;
          "not_found_since"?: string | null;
          "rechecking"?: boolean | null;
          "requested_at"?: string | null;
          "settled_last_saved"?: string | null;
          "stale_since"?: string | null;
          "state"?: string | null;
          "synced_at"?: string | null;
        };
        Relationships: [];
      };
      "sync_time_in_status": {
        Row: {
          "application": string | null;
          "duration": string | null;
          "entered_at": string | null;
          "left_at": string | null;
          "status": string | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "tblSovereignApplications": {
        Row: {
          "applicationInternalNumber": string | null;
          "applicationName": string | null;
          "applicationTitle": string | null;
          "appStatusCode": string | null;
          "appStatusDesc": string | null;
          "clientApplication": string | null;
          "comparisonRatesSupplied": string | null;
          "created_at": string | null;
          "currentTaskWith": string | null;
          "G3_application_number": string;
          "lastSavedDateTime": string | null;
          "loadedByClientNumber": string | null;
          "owner": string | null;
          "paymentMethod": string | null;
          "salesChannel": string | null;
          "subPrime": string | null;
          "tradingBranch": string | null;
          "type": string | null;
          "updated_at": string | null;
        };
        ComputedFields: never;
        Insert: {
          "applicationInternalNumber"?: string | null;
          "applicationName"?: string | null;
          "applicationTitle"?: string | null;
          "appStatusCode"?: string | null;
          "appStatusDesc"?: string | null;
          "clientApplication"?: string | null;
          "comparisonRatesSupplied"?: string | null;
          "created_at"?: string | null;
          "currentTaskWith"?: string | null;
          "G3_application_number"?: string | null;
          "lastSavedDateTime"?: string | null;
          "loadedByClientNumber"?: string | null;
          "owner"?: string | null;
          "paymentMethod"?: string | null;
          "salesChannel"?: string | null;
          "subPrime"?: string | null;
          "tradingBranch"?: string | null;
          "type"?: string | null;
          "updated_at"?: string | null;
        };
        Update: {
          "applicationInternalNumber"?: string | null;
          "applicationName"?: string | null;
          "applicationTitle"?: string | null;
          "appStatusCode"?: string | null;
          "appStatusDesc"?: string | null;
          "clientApplication"?: string | null;
          "comparisonRatesSupplied"?: string | null;
          "created_at"?: string | null;
          "currentTaskWith"?: string | null;
          "G3_application_number"?: string | null;
          "lastSavedDateTime"?: string | null;
          "loadedByClientNumber"?: string | null;
          "owner"?: string | null;
          "paymentMethod"?: string | null;
          "salesChannel"?: string | null;
          "subPrime"?: string | null;
          "tradingBranch"?: string | null;
          "type"?: string | null;
          "updated_at"?: string | null;
        };
        Relationships: [];
      };
      "tblSovereignApplicationsChanges": {
        Row: {
          "attribute": string | null;
          "changed_at": string;
          "G3_application_number": string;
          "id": number;
          "new": string | null;
          "old": string | null;
          "run": string | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "tblSovereignApplicationsSyncLog": {
        Row: {
          "applications_enqueued": number;
          "applications_fetched": number | null;
          "applications_found": number | null;
          "applications_gone": number;
          "applications_locked": number;
          "applications_missing": number;
          "applications_parked": number;
          "applications_unchanged": number;
          "applications_upserted": number | null;
          "cancelled_at": string | null;
          "cancelled_by": string | null;
          "changes_missed": number | null;
          "claimed_last_at": string | null;
          "claimed_parts": number;
          "date_offsets": NonNullable<Json>;
          "ended_lease": string | null;
          "error_details": Json | null;
          "fetch_failures": number | null;
          "force": boolean;
          "heartbeat_at": string | null;
          "id": string;
          "lease": string | null;
          "listed_at": string | null;
          "listed_parts": number;
          "listed_since": string | null;
          "listed_skipped": number;
          "moves_watermark": boolean;
          "occ": string | null;
          "passes": number;
          "since_date": string;
          "status": string | null;
          "sync_completed_at": string | null;
          "sync_started_at": string | null;
          "trigger": string;
          "upsert_failures": number | null;
        };
        ComputedFields: never;
        Insert: {
          "applications_enqueued"?: number | null;
          "applications_fetched"?: number | null;
          "applications_found"?: number | null;
          "applications_gone"?: number | null;
          "applications_locked"?: number | null;
          "applications_missing"?: number | null;
          "applications_parked"?: number | null;
          "applications_unchanged"?: number | null;
          "applications_upserted"?: number | null;
          "cancelled_at"?: string | null;
          "cancelled_by"?: string | null;
          "changes_missed"?: number | null;
          "claimed_last_at"?: string | null;
          "claimed_parts"?: number | null;
          "date_offsets"?: Json | null;
          "ended_lease"?: string | null;
          "error_details"?: Json | null;
          "fetch_failures"?: number | null;
          "force"?: boolean | null;
          "heartbeat_at"?: string | null;
          "id"?: string | null;
          "lease"?: string | null;
          "listed_at"?: string | null;
          "listed_parts"?: number | null;
          "listed_since"?: string | null;
          "listed_skipped"?: number | null;
          "moves_watermark"?: boolean | null;
          "occ"?: string | null;
          "passes"?: number | null;
          "since_date"?: string | null;
          "status"?: string | null;
          "sync_completed_at"?: string | null;
          "sync_started_at"?: string | null;
          "trigger"?: string | null;
          "upsert_failures"?: number | null;
        };
        Update: {
          "applications_enqueued"?: number | null;
          "applications_fetched"?: number | null;
          "applications_found"?: number | null;
          "applications_gone"?: number | null;
          "applications_locked"?: number | null;
          "applications_missing"?: number | null;
          "applications_parked"?: number | null;
          "applications_unchanged"?: number | null;
          "applications_upserted"?: number | null;
          "cancelled_at"?: string | null;
          "cancelled_by"?: string | null;
          "changes_missed"?: number | null;
          "claimed_last_at"?: string | null;
          "claimed_parts"?: number | null;
          "date_offsets"?: Json | null;
          "ended_lease"?: string | null;
          "error_details"?: Json | null;
          "fetch_failures"?: number | null;
          "force"?: boolean | null;
          "heartbeat_at"?: string | null;
          "id"?: string | null;
          "lease"?: string | null;
          "listed_at"?: string | null;
          "listed_parts"?: number | null;
          "listed_since"?: string | null;
          "listed_skipped"?: number | null;
          "moves_watermark"?: boolean | null;
          "occ"?: string | null;
          "passes"?: number | null;
          "since_date"?: string | null;
          "status"?: string | null;
          "sync_completed_at"?: string | null;
          "sync_started_at"?: string | null;
          "trigger"?: string | null;
          "upsert_failures"?: number | null;
        };
        Relationships: [];
      };
    };
    Functions: {
      "accept_gap": { Args: Record<PropertyKey, never>; Returns: string };
      "cancel_sync": { Args: Record<PropertyKey, never>; Returns: string };
      "choose_canaries": { Args: { "lease": string }; Returns: string[] };
      "claim_applications": { Args: { "lease": string; "max_claims": number; "part": number }; Returns: string[] };
      "enqueue_applications": {
        Args: { "applications": Json; "complete": boolean; "lease": string; "listed_since": string; "part": number };
        Returns: number;
      };
      "explain_application": {
        Args: { "id": string };
        Returns: {
          "line": number;
          "sentence": string;
        }[];
      };
      "finish_sync_pass": {
        Args: {
          "anomalies"?: Json;
          "broke_off"?: boolean;
          "failed_canaries"?: (string)[];
          "given_back"?: Json;
          "hand_over": boolean;
          "lease": string;
          "occ"?: string;
          "reason"?: string;
          "warnings"?: Json;
        };
        Returns: {
          "applications_found": number;
          "cancelled": string;
          "errors": Json;
          "fetch_failed": number;
          "fetched": number;
          "remaining": number;
          "status": string;
          "unchanged": number;
          "upsert_failed": number;
          "upserted": number;
        }[];
      };
      "forget_application": { Args: { "id": string; "reason": string }; Returns: string };
      "open_sync_run": {
        Args: {
          "force"?: boolean;
          "lease": string;
          "moves_watermark"?: boolean;
          "run_id"?: string;
          "since"?: string;
          "time_zone"?: string;
          "trigger"?: string;
        };
        Returns: {
          "due": number;
          "has_watermark": boolean;
          "listed": boolean;
          "may_shorten": boolean;
          "occ_unwell": boolean;
          "outcome": string;
          "pass": number;
          "since_date": string;
          "sync_log_id": string;
        }[];
      };
      "operator_accept_gap": { Args: Record<PropertyKey, never>; Returns: Json };
      "operator_cancel_sync": { Args: Record<PropertyKey, never>; Returns: Json };
      "operator_change_thresholds": { Args: { "thresholds": Json }; Returns: Json };
      "operator_forget": { Args: { "applications": (string)[]; "reason": string }; Returns: Json };
      "operator_forget_preview": { Args: { "applications": (string)[] }; Returns: Json };
      "operator_pause_sync": { Args: Record<PropertyKey, never>; Returns: Json };
      "operator_reconcile": { Args: { "since"?: string }; Returns: Json };
      "operator_request_applications": { Args: { "applications": (string)[] }; Returns: Json };
      "operator_resume_sync": { Args: Record<PropertyKey, never>; Returns: Json };
      "operator_retry": {
        Args: { "applications"?: (string)[]; "everything"?: boolean; "fingerprint"?: string };
        Returns: Json;
      };
      "operator_retry_preview": {
        Args: { "applications"?: (string)[]; "everything"?: boolean; "fingerprint"?: string };
        Returns: Json;
      };
      "operator_start_from": { Args: { "day": string }; Returns: Json };
      "operator_sync_now": { Args: { "force"?: boolean; "since"?: string }; Returns: Json };
      "pause_sync": { Args: Record<PropertyKey, never>; Returns: string };
      "read_watermark": {
        Args: { "time_zone"?: string };
        Returns: {
          "last_sync_date": string;
        }[];
      };
      "reconcile": { Args: { "since"?: string }; Returns: string };
      "request_applications": { Args: { "ids": (string)[] }; Returns: undefined };
      "resume_sync": { Args: Record<PropertyKey, never>; Returns: string };
      "retry": {
        Args: { "applications"?: (string)[]; "everything"?: boolean; "fingerprint"?: string };
        Returns: string;
      };
      "retry_preview": {
        Args: { "applications"?: (string)[]; "everything"?: boolean; "fingerprint"?: string };
        Returns: {
          "application": string;
          "attempts": number;
          "last_error": string;
          "state": string;
        }[];
      };
      "settle_applications": { Args: { "applications": Json; "failures"?: Json; "lease": string }; Returns: number };
      "start_from": { Args: { "day": string }; Returns: string };
      "sync_actions_page": { Args: { "before"?: number; "page_size"?: number }; Returns: Json };
      "sync_application": { Args: { "application": string }; Returns: Json };
      "sync_history": {
        Args: { "buckets": number; "since": string; "until": string };
        Returns: {
          "bucket_from": string;
          "bucket_to": string;
          "cancelled": number;
          "completed": number;
          "failed": number;
          "failures": number;
          "freshness_seconds": number;
          "seconds_avg": number;
          "seconds_max": number;
          "synced": number;
        }[];
      };
      "sync_not_current": {
        Args: {
          "after"?: string;
          "fingerprint"?: string;
          "page_size"?: number;
          "search"?: string;
          "states"?: (string)[];
        };
        Returns: Json;
      };
      "sync_now": { Args: { "force"?: boolean; "since"?: string }; Returns: string };
      "sync_overview": { Args: Record<PropertyKey, never>; Returns: Json };
      "sync_run": { Args: { "run": string }; Returns: Json };
      "sync_runs_page": {
        Args: {
          "before"?: string;
          "outcome"?: string;
          "page_size"?: number;
          "since"?: string;
          "trigger"?: string;
          "until"?: string;
        };
        Returns: Json;
      };
      "sync_statistics": { Args: { "days"?: number }; Returns: Json };
      "sync_thresholds": { Args: Record<PropertyKey, never>; Returns: Json };
    };
    Enums: {
      [_ in never]: never;
    };
    CompositeTypes: {
      [_ in never]: never;
    };
  };
};

type DatabaseWithoutInternals = Omit<Database, "__InternalSupabase">;

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">];

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof (
      & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
      & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"]
    )
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals } ? (
    & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"]
  )[TableName] extends {
    Row: infer R;
  } ? R
  : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R;
    } ? R
    : never
  : never;

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
    Insert: infer I;
  } ? I
  : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I;
    } ? I
    : never
  : never;

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
    Update: infer U;
  } ? U
  : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U;
    } ? U
    : never
  : never;

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never = never,
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
    ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never;

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never = never,
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
    ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never;

export const Constants = {
  "public": {
    Enums: {},
  },
} as const;
