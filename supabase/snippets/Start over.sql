-- The next sync lists from 7 days ago again; applications that are current are not fetched again.
DELETE FROM tblSovereignApplicationsSyncLog;

-- Fetches everything OCC lists since a date once more, whatever is known of it:
-- select sync_now('2025-06-01', true);
