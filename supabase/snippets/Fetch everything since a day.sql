-- Put the day here. Fetches everything OCC lists since then once more, whatever is known of it, and stores it whatever its
-- date. Each application is a call of OCC.
select sync_now('YYYY-MM-DD', force => true);
