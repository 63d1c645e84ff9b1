SELECT
  id,
  since_date,
  sync_started_at,
  error_details,
  applications_found,
  fetch_failures,
  upsert_failures
FROM tblSovereignApplicationsSyncLog
WHERE status = 'failed'
ORDER BY sync_started_at DESC;
