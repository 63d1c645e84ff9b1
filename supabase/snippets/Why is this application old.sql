-- Put the application's number here. What it tells you to select can be copied and run.
select sentence from explain_application('G3-…') order by line;
