-- Lists and all that is in them, on PostgreSQL 15 or Supabase. The first part is the schema of the Python service, the second what this
-- server needs besides; so a database that holds that service's rows is taken over as it is, and its readers still find their columns.
--
-- A rev is epoch milliseconds, strictly increasing per list; every row has the rev of its last change. What was deleted stays as a row,
-- so that a deletion has a rev, until it is purged. U+0000, which text cannot hold here, is written as U+E000 twice (store/postgres_values).
-- Needs no superuser: the role must be allowed to create in the first schema of its search path.

do $$
begin
  if to_regtype('todo_status') is null then
    create type todo_status as enum ('not_started', 'in_progress', 'completed');
  end if;
  if to_regtype('list_role') is null then
    create type list_role as enum ('owner', 'editor', 'viewer');
  end if;
end
$$;

create table if not exists todo_lists (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  owner_id uuid,
  is_deleted boolean default false,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);

create table if not exists todo_items (
  id uuid primary key default gen_random_uuid(),
  list_id uuid references todo_lists (id) on delete cascade,
  name text,
  description text,
  due_date timestamptz,
  status todo_status default 'not_started',
  done boolean default false,
  media_url text,
  is_deleted boolean default false,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);

create table if not exists todo_list_members (
  id uuid primary key default gen_random_uuid(),
  list_id uuid references todo_lists (id) on delete cascade,
  user_id uuid not null,
  role list_role default 'viewer',
  created_at timestamptz default now(),
  unique (list_id, user_id)
);

-- Its triggers would take the rows written below for changes of today.
drop trigger if exists update_todo_lists_updated_at on todo_lists;
drop trigger if exists update_todo_items_updated_at on todo_items;

-- How this server looks at them -----------------------------------------------------------------------------------------------------

create table todo_meta (
  key text primary key,
  value text not null
);
-- era: epoch milliseconds of the database's creation or last restore. incarnation: of which cluster, database and timeline that is so.
insert into todo_meta (key, value) values ('era', floor(extract(epoch from now()) * 1000)::bigint::text);

-- A user is the `sub` of a token: any text of up to 255 characters.
alter table todo_lists alter column owner_id type text using owner_id::text;
alter table todo_list_members alter column user_id type text using user_id::text;

alter table todo_lists
  add column rev bigint,                         -- of the last change of anything in it
  add column items_rev bigint,                   -- of the last change of an item
  add column own_rev bigint,                     -- of the last change of name, owner, is_deleted; 0: only rows in it have come so far
  add column name_rev bigint,
  add column last_position text collate "C",     -- the greatest position that any item ever had
  add column purge_floor bigint not null default 0;  -- tombstones of items up to this rev may have been purged

alter table todo_items
  add column rev bigint,
  add column field_revs bytea,                   -- rev minus the rev of each field, as varints, in the order of ItemField; null: all zero
  add column due_text text,                      -- as the client wrote it, with its offset; due_date is the same moment
  add column position text collate "C",
  add column created_by text,
  add column updated_by text;                    -- null: the same as created_by

alter table todo_list_members
  add column name text,                          -- what others see
  add column rev bigint;

-- Rows of before get the time of their last change as their rev. No rev may lie in the future, or new ones would not be greater.
update todo_lists set
  owner_id = coalesce(owner_id, ''),
  is_deleted = coalesce(is_deleted, false),
  created_at = coalesce(created_at, updated_at, now()),
  updated_at = coalesce(updated_at, created_at, now());
update todo_lists set own_rev = least(greatest(floor(extract(epoch from updated_at) * 1000)::bigint, 1), floor(extract(epoch from now()) * 1000)::bigint);

-- An item without a list is in nobody's reach. It is put aside, not thrown away.
do $$
begin
  if exists (select 1 from todo_items where list_id is null) then
    create table todo_items_without_list as select * from todo_items where list_id is null;
    alter table todo_items_without_list enable row level security;
    delete from todo_items where list_id is null;
  end if;
end
$$;

update todo_items set
  name = coalesce(nullif(name, ''), 'Untitled'),
  status = coalesce(status, 'not_started'),
  done = coalesce(done, false),
  is_deleted = coalesce(is_deleted, false),
  created_at = coalesce(created_at, updated_at, now()),
  updated_at = coalesce(updated_at, created_at, now()),
  due_text = to_char(due_date at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"');
update todo_items set rev = least(greatest(floor(extract(epoch from updated_at) * 1000)::bigint, 1), floor(extract(epoch from now()) * 1000)::bigint);

-- They keep the order in which they were made. The form of a position is model/position.hpp's.
with numbered as (
  select list_id, id, (row_number() over (partition by list_id order by created_at, id) - 1)::int as n,
    '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz' as digits
  from todo_items
)
update todo_items t set position = case
    when n < 62 then 'a' || substr(digits, n + 1, 1)
    when n < 3906 then 'b' || substr(digits, (n - 62) / 62 + 1, 1) || substr(digits, (n - 62) % 62 + 1, 1)
    else 'd' || substr(digits, (n - 3906) / 238328 % 62 + 1, 1) || substr(digits, (n - 3906) / 3844 % 62 + 1, 1)
      || substr(digits, (n - 3906) / 62 % 62 + 1, 1) || substr(digits, (n - 3906) % 62 + 1, 1)
  end
from numbered u where u.list_id = t.list_id and u.id = t.id;

-- Members, and owners who were none.
delete from todo_list_members where list_id is null;
insert into todo_list_members (list_id, user_id, role, created_at)
  select id, owner_id, 'owner', created_at from todo_lists where owner_id <> ''
  on conflict (list_id, user_id) do update set role = 'owner';
update todo_lists l set owner_id = m.user_id
  from todo_list_members m where l.owner_id = '' and m.list_id = l.id and m.role = 'owner';
update todo_items t set created_by = l.owner_id from todo_lists l where l.id = t.list_id;
update todo_list_members m set rev = l.own_rev from todo_lists l where l.id = m.list_id;

update todo_lists l set
  name_rev = own_rev,
  items_rev = coalesce((select max(rev) from todo_items i where i.list_id = l.id), 0),
  last_position = coalesce((select max(position) from todo_items i where i.list_id = l.id), '');
update todo_lists set rev = greatest(own_rev, items_rev);

alter table todo_lists
  alter column owner_id set default '', alter column owner_id set not null,
  alter column is_deleted set not null,
  alter column created_at set not null,
  alter column updated_at set not null,
  alter column rev set not null,
  alter column items_rev set not null,
  alter column own_rev set not null,
  alter column name_rev set not null,
  alter column last_position set default '', alter column last_position set not null;

alter table todo_items
  alter column name set not null,
  alter column status set not null,
  alter column done set not null,
  alter column is_deleted set not null,
  alter column created_at set not null,
  alter column updated_at set not null,
  alter column rev set not null,
  alter column position set not null,
  alter column created_by set default '', alter column created_by set not null;

-- Clients choose the ids of items: they are unique within a list and nowhere else.
do $$
declare
  key record;
begin
  for key in
    select conname, conrelid::regclass as owner from pg_constraint
    where contype = 'p' and conrelid in ('todo_items'::regclass, 'todo_list_members'::regclass)
  loop
    execute format('alter table %s drop constraint %I', key.owner, key.conname);
  end loop;
  for key in
    select conname, conrelid::regclass as owner from pg_constraint
    where contype = 'u' and conrelid = 'todo_list_members'::regclass
  loop
    execute format('alter table %s drop constraint %I', key.owner, key.conname);
  end loop;
end
$$;
alter table todo_items add primary key (list_id, id);
-- A removed member stays with no role, so that the removal has a rev.
alter table todo_list_members
  alter column role drop default,
  alter column id drop not null,
  alter column rev set not null,
  add primary key (list_id, user_id);

create index todo_list_members_by_user on todo_list_members (user_id);
create index todo_lists_deleted on todo_lists (updated_at) where is_deleted;
create index todo_items_deleted on todo_items (rev) where is_deleted;

create table todo_share_links (
  list_id uuid not null references todo_lists (id) on delete cascade,
  id uuid not null,
  secret_hash bytea not null,                    -- SHA-256
  role list_role not null,
  expires_at timestamptz,
  is_revoked boolean not null,
  created_at timestamptz not null,
  rev bigint not null,
  primary key (list_id, id)
);
create index todo_share_links_by_id on todo_share_links (id);

-- Accepted operations: one that comes twice is done once.
create table todo_ops (
  list_id uuid not null,
  op_id uuid not null,
  user_id text not null,
  rev bigint not null,                           -- the rev it was given, and so the time
  primary key (list_id, op_id, user_id)
);
-- Rows come in the order of time, or nearly: a page of the index for a hundred of the table.
create index todo_ops_by_rev on todo_ops using brin (rev) with (autosummarize = on);

-- Whoever edits a row by hand, and knows of no revs, gets the time of the edit, as with the Python service. This server writes its own.
create function todo_touch_updated_at() returns trigger language plpgsql as $$
begin
  if new.updated_at = old.updated_at or new.updated_at is null then
    new.updated_at := now();
  end if;
  return new;
end
$$;
create trigger update_todo_lists_updated_at before update on todo_lists
  for each row when (new.rev = old.rev and new.own_rev = old.own_rev and new.items_rev = old.items_rev
    and new.last_position = old.last_position and new.purge_floor = old.purge_floor) execute function todo_touch_updated_at();
create trigger update_todo_items_updated_at before update on todo_items
  for each row when (new.rev = old.rev) execute function todo_touch_updated_at();

-- Which server alone writes the lists, where there is no Redis between several.
create table todo_server_lease (
  name text primary key,
  holder text not null,
  label text not null,                           -- for a person: host and process
  expires_at timestamptz not null
);

-- The first statement of a transaction that writes. TD002: another server has taken the lease.
create function todo_begin_write(lease_holder text, timeout_ms bigint) returns void language plpgsql as $$
begin
  if current_setting('synchronous_commit') = 'off' then
    perform set_config('synchronous_commit', 'on', true);
  end if;
  perform set_config('statement_timeout', timeout_ms::text, true);
  if lease_holder <> '' and not exists (select 1 from todo_server_lease where name = 'lists' and holder = lease_holder) then
    raise exception 'another server writes the lists of this database' using errcode = 'TD002';
  end if;
end
$$;

-- Locks the rows of these lists against other writers, in the order of their ids.
create function todo_lock_lists(ids uuid[]) returns void language plpgsql as $$
begin
  perform 1 from todo_lists where id = any (ids) order by id for no key update;
end
$$;

-- The same, and TD001 unless each list is at the rev that its next change continues (0: there is none).
create function todo_lock_chain(ids uuid[], revs bigint[]) returns void language plpgsql as $$
begin
  perform 1 from todo_lists where id = any (ids) order by id for no key update;
  if exists (
    select 1 from unnest(ids, revs) as expected (id, rev) left join todo_lists l on l.id = expected.id
    where coalesce(l.rev, 0) <> expected.rev
  ) then
    raise exception 'a list is at another revision than its next change continues' using errcode = 'TD001';
  end if;
end
$$;

revoke execute on function todo_begin_write(text, bigint), todo_lock_lists(uuid[]), todo_lock_chain(uuid[], bigint[]) from public;

-- On Supabase, every table of the schema `public` can be read through its REST interface unless this stands. The owner of the tables,
-- as whom the server connects, is not held back.
alter table todo_lists enable row level security;
alter table todo_items enable row level security;
alter table todo_list_members enable row level security;
alter table todo_meta enable row level security;
alter table todo_share_links enable row level security;
alter table todo_ops enable row level security;
alter table todo_server_lease enable row level security;
