-- The login of BI tools: reads chatrhub and chatrhub_bi, changes nothing. For psql, as an administrator, after drizzle/roles.sql, with
-- the variable password. May be run again: the password becomes the one that is given.
select not exists (select from pg_roles where rolname = 'analyst') as is_missing \gset
\if :is_missing
  create role analyst login;
\endif
alter role analyst login password :'password';
grant chatrhub_analyst to analyst;
