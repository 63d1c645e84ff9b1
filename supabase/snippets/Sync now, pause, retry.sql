-- One at a time: select a line and run it. Each says what it did.
select sync_now();
select sync_now('2025-06-01');
select sync_now('2025-06-01', true);
-- The open run or the next one fetches these before all others.
select request_applications(array['G3-100001', 'G3-100002']);
-- What failed, parked or not: first what it would take, then do it.
select * from retry_preview(everything => true);
select retry(everything => true);
select retry(array['G3-100001', 'G3-100002']);
-- sync_errors has this call for each cause.
select retry(fingerprint => 'Cannot fetch application: OCC answered 503');
select forget_application('G3-100001', 'a wrong number');
select start_from('2025-06-01');
select accept_gap();
select pause_sync();
select resume_sync();
select cancel_sync();
