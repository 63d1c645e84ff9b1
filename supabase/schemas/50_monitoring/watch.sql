-- Every minute: the outcomes of the calls, which alerts begin, grow and end, and whom to notify.

-- Each step fails alone: what pg_net or Vault cannot do must not silence the others.
create function sovereign_sync.watch_sync()
returns void
language plpgsql
set search_path = ''
as $$
begin
  -- One evaluation at a time; the next one is a minute away.
  if not pg_try_advisory_xact_lock(hashtext('sovereign_sync.watch_sync')) then
    return;
  end if;
  begin
    perform sovereign_sync.collect_dispatches();
    perform sovereign_sync.collect_posts();
  exception when others then
    raise warning 'Cannot read back pg_net''s responses: %', sqlstate;
  end;
  begin
    perform sovereign_sync.collect_heartbeat();
    perform sovereign_sync.send_heartbeat();
  exception when others then
    raise warning 'Cannot send the heartbeat: %', sqlstate;
  end;
  begin
    perform sovereign_sync.close_abandoned_run();
  exception when others then
    raise warning 'Cannot end the abandoned run: %', sqlstate;
  end;
  begin
    perform sovereign_sync.send_waiting_sync();
  exception when others then
    raise warning 'Cannot send the sync that waits: %', sqlstate;
  end;
  perform sovereign_sync.note_conditions();
  perform sovereign_sync.tell_alerts();
end;
$$;

comment on function sovereign_sync.watch_sync() is
  'Every minute: reads back what became of the dispatches, sends the heartbeat, ends an abandoned run, asks again for the '
  'sync that waits, opens and resolves alerts, posts each change once.';
