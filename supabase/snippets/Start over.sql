-- The next sync lists from this day on; applications that are current are not fetched again.
select start_from('2025-06-01');

-- Fetches everything OCC lists since a date once more, whatever is known of it:
-- select sync_now('2025-06-01', true);
