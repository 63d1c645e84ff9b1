SELECT
  COUNT(*) as total_applications,
  COUNT(DISTINCT appStatusCode) as unique_statuses,
  MAX(lastSavedDateTime) as latest_update,
  MIN(created_at) as first_sync
FROM tblSovereignApplications;
