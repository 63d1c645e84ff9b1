-- Since the last sync. It says what it asked for; "Recent runs" shows what comes of it.
select sync_now();
