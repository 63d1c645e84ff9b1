select from_date, to_date, opened_at, closed_at, closed_by from sync_gaps order by id desc limit 10;
