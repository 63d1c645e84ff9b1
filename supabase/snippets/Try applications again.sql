-- Put the applications' numbers here.
select retry(array['G3-…']);
