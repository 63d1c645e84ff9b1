select acted_at, role_name, email, action, arguments, result from sync_actions order by id desc limit 20;
