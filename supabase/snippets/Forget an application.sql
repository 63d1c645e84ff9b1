-- Put the application's number and the reason here: it leaves the queue, a stored row stays, sync_actions keeps the reason.
select forget_application('G3-…', reason => '');
