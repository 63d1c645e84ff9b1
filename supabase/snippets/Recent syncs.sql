SELECT
  id,
  since_date,
  sync_started_at,
  sync_completed_at,
  applications_found,
  applications_upserted,
  status,
  EXTRACT(EPOCH FROM (sync_completed_at - sync_started_at)) as duration_seconds
FROM tblSovereignApplicationsSyncLog
ORDER BY sync_started_at DESC
LIMIT 10;
