-- The database and who may what in it: `psql -f deploy/roles.sql` as superuser, once.
-- Then a password for each of the four: `\password hub_owner` and so on.
create role onceonly_app nologin;
create role onceonly_sequencer nologin;
create role onceonly_auditor nologin;
create role hub_owner login;
create role hub_serve login in role onceonly_app;
create role hub_work login in role onceonly_sequencer;
create role hub_audit login in role onceonly_auditor;
create database onceonly owner hub_owner encoding 'UTF8' template template0;
revoke connect on database onceonly from public;
grant connect on database onceonly to hub_owner, hub_serve, hub_work, hub_audit;
alter database onceonly set log_error_verbosity = terse;
alter database onceonly set log_parameter_max_length = 0;
