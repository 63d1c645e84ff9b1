-- Everything that is failed or parked. Each gets all its attempts again.
select retry(everything => true);
