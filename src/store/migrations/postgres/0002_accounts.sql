-- People: accounts of the built-in account service, their logins, invitations by e-mail, and names of everybody known.
-- Times are epoch milliseconds. Hashes are raw SHA-256: no token is ever stored.

create table todo_accounts (
  id text primary key,
  email text not null,                           -- lower case
  name text not null,
  password_hash text not null,                   -- argon2id, or bcrypt from an older service
  created_at bigint not null,
  constraint todo_accounts_email unique (email)
);

-- A login. Rows stay until some time after they have ended, so that every process hears of a revocation.
create table todo_login_families (
  id text primary key,
  user_id text not null,
  csrf_hash bytea not null,
  created_at bigint not null,
  expires_at bigint not null,
  revoked_at bigint
);
create index todo_login_families_of_user on todo_login_families (user_id);
create index todo_login_families_by_end on todo_login_families (expires_at);

-- The chain of a login: each token but the newest knows its successor's hash and the salt that the successor derives from.
create table todo_refresh_tokens (
  token_hash bytea primary key,
  family_id text not null references todo_login_families (id) on delete cascade,
  used_at bigint,
  salt bytea,
  successor_hash bytea
);
create index todo_refresh_tokens_of_family on todo_refresh_tokens (family_id);

-- Which families were revoked, in order: processes on one database learn of each other's. Whoever adds one locks the table first, so
-- that a number never becomes visible after a greater one.
create table todo_revocations (
  sequence bigint generated always as identity primary key,
  family_id text not null,
  revoked_at bigint not null
);

-- Lists that were shared by e-mail.
create table todo_invitations (
  email text not null,                           -- lower case
  list_id uuid not null,
  role list_role not null,
  invited_by text not null,
  created_at bigint not null,
  is_settled boolean not null,                   -- its person has the list already
  primary key (email, list_id)
);
create index todo_invitations_of_inviter on todo_invitations (invited_by);

-- Everybody who has an account or has connected.
create table todo_people (
  user_id text primary key,
  name text                                      -- null: never told
);

-- The accounts of the Python service, if they are in this database. The table stays as it is.
do $$
begin
  if (
    select count(*) from information_schema.columns
    where table_schema = current_schema() and table_name = 'users'
      and column_name in ('id', 'name', 'email', 'encrypted_password', 'created_at')
  ) = 5 then
    insert into todo_accounts (id, email, name, password_hash, created_at)
      select id::text, lower(email), coalesce(name, ''), encrypted_password,
        floor(extract(epoch from coalesce(created_at, now())) * 1000)::bigint
      from users where email is not null and encrypted_password is not null
      order by created_at
      on conflict do nothing;
    insert into todo_people (user_id, name) select id, name from todo_accounts;
  end if;
end
$$;

alter table todo_accounts enable row level security;
alter table todo_login_families enable row level security;
alter table todo_refresh_tokens enable row level security;
alter table todo_revocations enable row level security;
alter table todo_invitations enable row level security;
alter table todo_people enable row level security;
