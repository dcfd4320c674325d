-- Lists and all that is in them. Ids are blobs of 16 bytes. A rev is epoch milliseconds, strictly increasing per list; every row
-- has the rev of its last change. What was deleted stays as a row (a tombstone), so that a deletion has a rev, until it is purged.

-- era: epoch milliseconds of this file's creation, backup or restore. opened_at: of the last start.
create table meta (
  key text primary key,
  value any not null
) without rowid, strict;

create table lists (
  list_id blob primary key,
  rev integer not null,                -- of the last change of anything in it
  items_rev integer not null,          -- of the last change of an item
  own_rev integer not null,            -- of the last change of the columns below
  name text not null,
  name_rev integer not null,
  owner_id text not null,
  is_deleted integer not null,
  created_at integer not null,
  updated_at integer not null,
  last_position text not null,         -- the greatest position that any item ever had
  purge_floor integer not null         -- tombstones of items up to this rev may have been purged
) without rowid, strict;
create index deleted_lists on lists (updated_at) where is_deleted;

create table items (
  list_id blob not null,
  item_id blob not null,
  rev integer not null,
  field_revs blob not null,            -- rev minus the rev of each field, as varints, in the order of ItemField
  name text not null,
  description text,
  status integer not null,
  done integer not null,
  due_date text,
  media_url text,
  position text not null,
  is_deleted integer not null,
  created_at integer not null,
  updated_at integer not null,
  created_by text not null,
  updated_by text,                     -- null: the same as created_by
  primary key (list_id, item_id)
) without rowid, strict;
create index deleted_items on items (rev) where is_deleted;

create table members (
  list_id blob not null,
  user_id text not null,
  name text,
  role integer not null,               -- 0: no longer a member
  rev integer not null,
  primary key (list_id, user_id)
) without rowid, strict;
create index members_by_user on members (user_id);

create table links (
  list_id blob not null,
  link_id blob not null,
  secret_hash blob not null,           -- SHA-256
  role integer not null,
  expires_at integer,
  is_revoked integer not null,
  created_at integer not null,
  rev integer not null,
  primary key (list_id, link_id)
) without rowid, strict;
create index links_by_id on links (link_id);

-- Accepted operations, in the order in which they were written: the purge takes them from the front.
create table ops (
  id integer primary key,
  list_id blob not null,
  op_id blob not null,
  user_id text not null,
  rev integer not null                 -- the rev it was given, and so the time
) strict;
create unique index ops_by_op on ops (list_id, op_id, user_id);
