-- What the Vercel version left is adopted, and only then can the log keep what holds for every run of ours.
select private.adopt_table('tblSovereignApplications', 'public.tblsovereignapplications', 'g3_application_number');

select private.adopt_table('tblSovereignApplicationsSyncLog', 'public.tblsovereignapplicationssynclog', 'id');

-- It left its crashed runs running for ever: none of them can be alive here. And its runs forgot what had failed, so
-- their watermark is not to be trusted: the first run starts 7 days ago.
update public.tblSovereignApplicationsSyncLog
set
  sync_completed_at = case
    when status in ('completed', 'failed', 'running') then coalesce(sync_completed_at, sync_started_at, now())
  end,
  status = case when status = 'running' then 'failed' else status end,
  moves_watermark = false;

alter table public.tblSovereignApplicationsSyncLog
  add constraint finished_unless_running check ((status = 'running') = (sync_completed_at is null)),
  add constraint leased_while_running check (lease is null or status = 'running'),
  add constraint never_completed_when_cancelled check (cancelled_at is null or status in ('running', 'failed')),
  add constraint cancelled_by_somebody check ((cancelled_at is null) = (cancelled_by is null));

create unique index one_running_sync
  on public.tblSovereignApplicationsSyncLog ((true))
  where status = 'running';

drop function private.adopt_table(text, regclass, text);
drop function private.free_index_names(text);
drop function private.require_adoptable(text, text);
drop function private.require_columns(regclass, text);
drop function private.find_quoted_table(text);
