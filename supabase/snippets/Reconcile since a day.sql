-- Put the day here. Lists from there, and asks for what is missing, at most 50 applications a night.
select reconcile('YYYY-MM-DD');
