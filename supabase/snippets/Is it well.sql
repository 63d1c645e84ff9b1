-- One row: is it well, and if not, why.
select * from sync_health;
