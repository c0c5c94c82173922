-- The roles of chatrhub-sync, for an administrator of the PostgreSQL server: once, in any of its databases. May be run again.
-- Then run "chatrhub-sync migrate", which gives them their rights, and make users members: grant chatrhub_analyst to ann;

-- reads the tables of chatrhub and the views of chatrhub_bi, and which days are covered
do $$ begin
  create role chatrhub_analyst nologin;
exception when duplicate_object or unique_violation then null;
end $$;

-- an analyst who also reads contact details and texts
do $$ begin
  create role chatrhub_steward nologin;
exception when duplicate_object or unique_violation then null;
end $$;

-- syncs: reads and writes rows, creates and drops nothing
do $$ begin
  create role chatrhub_loader nologin;
exception when duplicate_object or unique_violation then null;
end $$;

do $$ begin
  if not pg_has_role('chatrhub_steward', 'chatrhub_analyst', 'member') then grant chatrhub_analyst to chatrhub_steward; end if;
exception when unique_violation or internal_error then null;
end $$;
