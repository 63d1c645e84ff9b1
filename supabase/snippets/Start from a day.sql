-- Put the day here: the next scheduled sync lists from there, back or forth. Null takes it back.
select start_from('YYYY-MM-DD');
