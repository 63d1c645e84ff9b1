-- What "Try everything again" would take; it changes nothing.
select * from retry_preview(everything => true);
