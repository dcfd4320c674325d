-- Functions: the statements that every way to the database shares, and the whole of what a server asks that reaches it over Supabase's
-- REST interface (PostgREST: POST /rpc/<function>, arguments as a JSON object). There, each function is one request and one transaction.
--
-- In JSON, rows are arrays in the order of the columns that are named below; times are epoch milliseconds, bytes hexadecimal. Only the
-- role service_role may call them; they act as the owner of the tables.

create function todo_ms(moment timestamptz) returns bigint language sql immutable as $$
  select floor(extract(epoch from moment) * 1000)::bigint
$$;
-- In steps that are exact in the floating point by which intervals are multiplied.
create function todo_time(ms bigint) returns timestamptz language sql immutable as $$
  select timestamptz 'epoch' + ms / 86400000 * interval '24 hours' + ms % 86400000 * interval '1 millisecond'
$$;

-- A JSON array as an array.
create function todo_texts(elements jsonb) returns text[] language sql immutable as $$
  select array(select value from jsonb_array_elements_text(elements) with ordinality order by ordinality)
$$;
create function todo_times(elements jsonb) returns timestamptz[] language sql immutable as $$
  select array(select todo_time(value::bigint) from jsonb_array_elements_text(elements) with ordinality order by ordinality)
$$;

-- Rows that are written where they are newer than those that are there: a column of each is an array. How many were -----------------

-- A list of which only rows have come so far has own_rev 0 and no name.
create function todo_put_lists(
  ids uuid[], revs bigint[], items_revs bigint[], own_revs bigint[], names text[], name_revs bigint[], owners text[], deleted boolean[],
  created timestamptz[], updated timestamptz[], last_positions text[]
) returns bigint language plpgsql as $$
declare
  touched bigint;
begin
  insert into todo_lists as t (id, rev, items_rev, own_rev, name, name_rev, owner_id, is_deleted, created_at, updated_at, last_position)
  select * from unnest(ids, revs, items_revs, own_revs, names, name_revs, owners, deleted, created, updated, last_positions)
  on conflict (id) do update set
    rev = greatest(t.rev, excluded.rev),
    items_rev = greatest(t.items_rev, excluded.items_rev),
    last_position = greatest(t.last_position, excluded.last_position),
    own_rev = greatest(t.own_rev, excluded.own_rev),
    name = case when excluded.own_rev > t.own_rev then excluded.name else t.name end,
    name_rev = case when excluded.own_rev > t.own_rev then excluded.name_rev else t.name_rev end,
    owner_id = case when excluded.own_rev > t.own_rev then excluded.owner_id else t.owner_id end,
    is_deleted = case when excluded.own_rev > t.own_rev then excluded.is_deleted else t.is_deleted end,
    created_at = case when excluded.own_rev > t.own_rev then excluded.created_at else t.created_at end,
    updated_at = case when excluded.own_rev > t.own_rev then excluded.updated_at else t.updated_at end
  where excluded.rev > t.rev or excluded.own_rev > t.own_rev or excluded.items_rev > t.items_rev
    or excluded.last_position > t.last_position;
  get diagnostics touched = row_count;
  return touched;
end
$$;

-- An item that is not there and whose rev is not above its list's purge floor was purged: it stays so.
create function todo_put_items(
  lists uuid[], ids uuid[], revs bigint[], all_field_revs bytea[], names text[], descriptions text[], statuses text[], are_done boolean[],
  due timestamptz[], due_texts text[], media text[], positions text[], deleted boolean[], created timestamptz[], updated timestamptz[],
  creators text[], updaters text[]
) returns bigint language plpgsql as $$
declare
  touched bigint;
begin
  insert into todo_items as t (list_id, id, rev, field_revs, name, description, status, done, due_date, due_text, media_url, position,
    is_deleted, created_at, updated_at, created_by, updated_by)
  select u.list_id, u.id, u.rev, u.field_revs, u.name, u.description, u.status::todo_status, u.done, u.due_date, u.due_text, u.media_url,
    u.position, u.is_deleted, u.created_at, u.updated_at, u.created_by, u.updated_by
  from unnest(lists, ids, revs, all_field_revs, names, descriptions, statuses, are_done, due, due_texts, media, positions, deleted,
    created, updated, creators, updaters) as u (list_id, id, rev, field_revs, name, description, status, done, due_date, due_text,
    media_url, position, is_deleted, created_at, updated_at, created_by, updated_by)
  join todo_lists l on l.id = u.list_id
  where u.rev > l.purge_floor or exists (select 1 from todo_items i where i.list_id = u.list_id and i.id = u.id)
  on conflict (list_id, id) do update set rev = excluded.rev, field_revs = excluded.field_revs, name = excluded.name,
    description = excluded.description, status = excluded.status, done = excluded.done, due_date = excluded.due_date,
    due_text = excluded.due_text, media_url = excluded.media_url, position = excluded.position, is_deleted = excluded.is_deleted,
    created_at = excluded.created_at, updated_at = excluded.updated_at, created_by = excluded.created_by, updated_by = excluded.updated_by
  where excluded.rev > t.rev;
  get diagnostics touched = row_count;
  return touched;
end
$$;

create function todo_put_members(lists uuid[], users text[], names text[], roles text[], revs bigint[])
returns bigint language plpgsql as $$
declare
  touched bigint;
begin
  insert into todo_list_members as t (list_id, user_id, name, role, rev)
  select u.list_id, u.user_id, u.name, u.role::list_role, u.rev
  from unnest(lists, users, names, roles, revs) as u (list_id, user_id, name, role, rev)
  on conflict (list_id, user_id) do update set name = excluded.name, role = excluded.role, rev = excluded.rev
  where excluded.rev > t.rev;
  get diagnostics touched = row_count;
  return touched;
end
$$;

-- The links of a list whose content was purged stay away.
create function todo_put_links(
  lists uuid[], ids uuid[], hashes bytea[], roles text[], expire timestamptz[], revoked boolean[], created timestamptz[], revs bigint[]
) returns bigint language plpgsql as $$
declare
  touched bigint;
begin
  insert into todo_share_links as t (list_id, id, secret_hash, role, expires_at, is_revoked, created_at, rev)
  select u.list_id, u.id, u.secret_hash, u.role::list_role, u.expires_at, u.is_revoked, u.created_at, u.rev
  from unnest(lists, ids, hashes, roles, expire, revoked, created, revs)
    as u (list_id, id, secret_hash, role, expires_at, is_revoked, created_at, rev)
  join todo_lists l on l.id = u.list_id where not (l.is_deleted and l.purge_floor >= l.rev)
  on conflict (list_id, id) do update set secret_hash = excluded.secret_hash, role = excluded.role, expires_at = excluded.expires_at,
    is_revoked = excluded.is_revoked, created_at = excluded.created_at, rev = excluded.rev
  where excluded.rev > t.rev;
  get diagnostics touched = row_count;
  return touched;
end
$$;

-- Ops that nobody may know yet: one that is there is an error (todo_ops_pkey).
create function todo_add_ops(lists uuid[], ops uuid[], users text[], revs bigint[]) returns bigint language plpgsql as $$
declare
  touched bigint;
begin
  insert into todo_ops (list_id, op_id, user_id, rev) select * from unnest(lists, ops, users, revs);
  get diagnostics touched = row_count;
  return touched;
end
$$;

-- Ops of which one that is there keeps its rev; not those of a list whose content was purged.
create function todo_keep_ops(lists uuid[], ops uuid[], users text[], revs bigint[]) returns bigint language plpgsql as $$
declare
  touched bigint;
begin
  insert into todo_ops (list_id, op_id, user_id, rev)
  select u.* from unnest(lists, ops, users, revs) as u (list_id, op_id, user_id, rev)
  where not exists (select 1 from todo_lists l where l.id = u.list_id and l.is_deleted and l.purge_floor >= l.rev)
  on conflict do nothing;
  get diagnostics touched = row_count;
  return touched;
end
$$;

-- What is older than `before`, epoch milliseconds, goes, at most so many rows. How many did ----------------------------------------

create function todo_purge_ops(before bigint, most bigint) returns bigint language plpgsql as $$
declare
  touched bigint;
begin
  delete from todo_ops where ctid = any (array(select ctid from todo_ops where rev < before limit most));
  get diagnostics touched = row_count;
  return touched;
end
$$;

-- The lists are locked and their floors rise first, so that no merge puts an item back that is being removed.
create function todo_purge_items(before bigint, most bigint) returns bigint language plpgsql as $$
declare
  touched bigint;
begin
  with old as materialized (select list_id, id, rev from todo_items where is_deleted and rev < before order by rev limit most),
    locked as materialized (select id from todo_lists where id in (select list_id from old) order by id for no key update),
    floors as (
      update todo_lists l set purge_floor = o.floor from (select list_id, max(rev) as floor from old group by list_id) o
      where l.id = o.list_id and l.purge_floor < o.floor and l.id in (select id from locked) returning l.id
    )
  delete from todo_items i using old where i.list_id = old.list_id and i.id = old.id and i.is_deleted and i.rev = old.rev
    and (select count(*) from floors) >= 0 and (select count(*) from locked) >= 0;
  get diagnostics touched = row_count;
  return touched;
end
$$;

-- One list at a time, whatever `most` says.
create function todo_purge_lists(before bigint, most bigint) returns bigint language plpgsql as $$
declare
  touched bigint;
begin
  with one as materialized (
      select id from todo_lists where is_deleted and updated_at < to_timestamp(before / 1000.0) and purge_floor < rev and most > 0
      order by updated_at limit 1 for update
    ),
    no_items as (delete from todo_items where list_id in (select id from one)),
    no_links as (delete from todo_share_links where list_id in (select id from one)),
    no_ops as (delete from todo_ops where list_id in (select id from one)),
    no_names as (update todo_list_members set name = null where list_id in (select id from one) and name is not null)
  update todo_lists set name = '', purge_floor = rev where id in (select id from one);
  get diagnostics touched = row_count;
  return touched;
end
$$;

-- Over REST: the database as a whole ------------------------------------------------------------------------------------------------

create function todo_rest_version() returns int language sql stable as $$
  select coalesce(max(version), 0) from todo_migrations
$$;

-- The era; a new one if the database was restored, copied or promoted since somebody looked who may settle it.
create function todo_rest_settle(now_ms bigint, may_settle boolean) returns json language plpgsql as $$
declare
  known text;
  place text := 'cluster';
  is_new boolean := false;
begin
  -- As a server finds it that is connected as the owner (store/postgres_setup.cpp).
  if has_function_privilege('pg_control_system()', 'execute') then
    select system_identifier::text into place from pg_control_system();
  end if;
  place := place || '/' || (select oid::text from pg_database where datname = current_database()) || '/' ||
    case when pg_is_in_recovery() then 'standby' else substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) end;
  if may_settle then
    select value into known from todo_meta where key = 'incarnation' for update;
    is_new := known is not null and known <> place;
    insert into todo_meta (key, value) values ('incarnation', place)
      on conflict (key) do update set value = excluded.value where todo_meta.value <> excluded.value;
    if is_new then
      update todo_meta set value = greatest(now_ms, value::bigint + 1)::text where key = 'era';
    end if;
  end if;
  return json_build_object('era', (select value::bigint from todo_meta where key = 'era'), 'is_new', is_new,
    'has_lists', exists (select 1 from todo_lists));
end
$$;

create function todo_rest_take_lease(by_holder text, by_label text, for_ms bigint) returns json language plpgsql as $$
begin
  insert into todo_server_lease as l (name, holder, label, expires_at)
    values ('lists', by_holder, by_label, clock_timestamp() + for_ms * interval '1 millisecond')
    on conflict (name) do update set holder = excluded.holder, label = excluded.label, expires_at = excluded.expires_at
    where l.holder = excluded.holder or l.expires_at < clock_timestamp();
  return (select json_build_object('is_ours', holder = by_holder, 'label', label, 'expires_at', todo_ms(expires_at),
      'left_ms', greatest(todo_ms(expires_at) - todo_ms(clock_timestamp()), 0))
    from todo_server_lease where name = 'lists');
end
$$;

create function todo_rest_release_lease(by_holder text) returns void language sql as $$
  delete from todo_server_lease where name = 'lists' and holder = by_holder
$$;

create function todo_rest_probe() returns void language sql as $$
  insert into todo_meta (key, value) values ('probed_at', now()::text) on conflict (key) do update set value = excluded.value
$$;

-- Over REST: lists ------------------------------------------------------------------------------------------------------------------

-- Everything of one list, in one snapshot; `list` is null if it was never created.
create function todo_rest_list(of_list uuid) returns json language sql stable as $$
  select json_build_object(
    'list', (
      select json_build_array(rev, items_rev, purge_floor, name, name_rev, owner_id, is_deleted, todo_ms(created_at), todo_ms(updated_at),
        last_position, own_rev)
      from todo_lists where id = of_list and own_rev > 0
    ),
    'items', (
      select coalesce(json_agg(json_build_array(id, rev, encode(field_revs, 'hex'), name, description, status, done, due_text, media_url,
        position, is_deleted, todo_ms(created_at), todo_ms(updated_at), created_by, updated_by)), '[]')
      from todo_items where list_id = of_list
    ),
    'members', (
      select coalesce(json_agg(json_build_array(user_id, name, role, rev)), '[]') from todo_list_members where list_id = of_list
    ),
    'links', (
      select coalesce(json_agg(json_build_array(id, encode(secret_hash, 'hex'), role, todo_ms(expires_at), is_revoked, todo_ms(created_at),
        rev)), '[]')
      from todo_share_links where list_id = of_list
    ),
    'ops', (select coalesce(json_agg(json_build_array(user_id, op_id)), '[]') from todo_ops where list_id = of_list)
  )
$$;

create function todo_rest_lists_of(of_user text) returns json language sql stable as $$
  select coalesce(json_agg(json_build_array(m.list_id, m.role, l.is_deleted, m.rev)), '[]')
  from todo_list_members m join todo_lists l on l.id = m.list_id where m.user_id = of_user and l.own_rev > 0
$$;

create function todo_rest_rev_of_op(in_list uuid, of_user text, of_op uuid) returns bigint language sql stable as $$
  select rev from todo_ops where list_id = in_list and op_id = of_op and user_id = of_user
$$;

create function todo_rest_list_of_link(of_link uuid) returns uuid language sql stable as $$
  select list_id from todo_share_links where id = of_link limit 1
$$;

create function todo_rest_ops(in_list uuid) returns json language sql stable as $$
  select coalesce(json_agg(json_build_array(user_id, op_id, rev)), '[]') from todo_ops where list_id = in_list
$$;

create function todo_rest_heads(of_lists uuid[]) returns json language sql stable as $$
  select coalesce(json_agg(json_build_array(id, rev)), '[]') from todo_lists where id = any (of_lists)
$$;

-- Of each change whether it is stored: an op knows exactly, else every row of it must be there as it was written, or newer.
-- {list_id, rev, op: [op_id, user_id]} or {list_id, rev, list: true, item: id, members: [user_id], link: id}, of these what it has.
create function todo_rest_stored(changes jsonb) returns json language sql stable as $$
  select coalesce(json_agg(
    case when c ? 'op' then exists (
      select 1 from todo_ops t
      where t.list_id = list and t.op_id = (c -> 'op' ->> 0)::uuid and t.user_id = c -> 'op' ->> 1 and t.rev = least_rev
    )
    else
      (not c ? 'list' or exists (select 1 from todo_lists t where t.id = list and t.own_rev >= least_rev))
      and (not c ? 'item' or exists (
        select 1 from todo_items t where t.list_id = list and t.id = (c ->> 'item')::uuid and t.rev >= least_rev
      ))
      and (not c ? 'link' or exists (
        select 1 from todo_share_links t where t.list_id = list and t.id = (c ->> 'link')::uuid and t.rev >= least_rev
      ))
      and not exists (
        select 1 from unnest(todo_texts(c -> 'members')) m (user_id)
        where not exists (select 1 from todo_list_members t where t.list_id = list and t.user_id = m.user_id and t.rev >= least_rev)
      )
    end order by place), '[]')
  from jsonb_array_elements(changes) with ordinality as given (c, place)
  cross join lateral (select (c ->> 'list_id')::uuid, (c ->> 'rev')::bigint) as wanted (list, least_rev)
$$;

-- Rows as columns: {lists, items, members, links, new_ops, known_ops}, each an array of the arguments of its function above.
create function todo_rest_put(rows jsonb) returns bigint language plpgsql as $$
declare
  r jsonb;
  touched bigint := 0;
begin
  r := rows -> 'lists';
  if r is not null then
    touched := touched + todo_put_lists(todo_texts(r -> 0)::uuid[], todo_texts(r -> 1)::bigint[], todo_texts(r -> 2)::bigint[],
      todo_texts(r -> 3)::bigint[], todo_texts(r -> 4), todo_texts(r -> 5)::bigint[], todo_texts(r -> 6), todo_texts(r -> 7)::boolean[],
      todo_times(r -> 8), todo_times(r -> 9), todo_texts(r -> 10));
  end if;
  r := rows -> 'items';
  if r is not null then
    touched := touched + todo_put_items(todo_texts(r -> 0)::uuid[], todo_texts(r -> 1)::uuid[], todo_texts(r -> 2)::bigint[],
      todo_texts(r -> 3)::bytea[], todo_texts(r -> 4), todo_texts(r -> 5), todo_texts(r -> 6), todo_texts(r -> 7)::boolean[],
      todo_times(r -> 8), todo_texts(r -> 9), todo_texts(r -> 10), todo_texts(r -> 11), todo_texts(r -> 12)::boolean[],
      todo_times(r -> 13), todo_times(r -> 14), todo_texts(r -> 15), todo_texts(r -> 16));
  end if;
  r := rows -> 'members';
  if r is not null then
    touched := touched + todo_put_members(todo_texts(r -> 0)::uuid[], todo_texts(r -> 1), todo_texts(r -> 2), todo_texts(r -> 3),
      todo_texts(r -> 4)::bigint[]);
  end if;
  r := rows -> 'links';
  if r is not null then
    touched := touched + todo_put_links(todo_texts(r -> 0)::uuid[], todo_texts(r -> 1)::uuid[], todo_texts(r -> 2)::bytea[],
      todo_texts(r -> 3), todo_times(r -> 4), todo_texts(r -> 5)::boolean[], todo_times(r -> 6), todo_texts(r -> 7)::bigint[]);
  end if;
  r := rows -> 'new_ops';
  if r is not null then
    touched := touched + todo_add_ops(todo_texts(r -> 0)::uuid[], todo_texts(r -> 1)::uuid[], todo_texts(r -> 2),
      todo_texts(r -> 3)::bigint[]);
  end if;
  r := rows -> 'known_ops';
  if r is not null then
    touched := touched + todo_keep_ops(todo_texts(r -> 0)::uuid[], todo_texts(r -> 1)::uuid[], todo_texts(r -> 2),
      todo_texts(r -> 3)::bigint[]);
  end if;
  return touched;
end
$$;

-- For the server that has the lists to itself. `chain`: the ids of the lists, and the revs that their next changes continue.
create function todo_rest_write(by_holder text, chain jsonb, rows jsonb) returns bigint language plpgsql as $$
begin
  perform todo_begin_write(by_holder, 10000);
  perform todo_lock_chain(todo_texts(chain -> 0)::uuid[], todo_texts(chain -> 1)::bigint[]);
  return todo_rest_put(rows);
end
$$;

-- For those who write behind Redis.
create function todo_rest_merge(of_lists uuid[], rows jsonb) returns bigint language plpgsql as $$
begin
  perform todo_begin_write('', 10000);
  perform todo_lock_lists(of_lists);
  return todo_rest_put(rows);
end
$$;

-- One step; to be repeated until it gives 0.
create function todo_rest_purge(what text, before bigint, most bigint) returns bigint language sql as $$
  select case what
    when 'ops' then todo_purge_ops(before, most)
    when 'items' then todo_purge_items(before, most)
    when 'lists' then todo_purge_lists(before, most)
  end
$$;

-- Over REST: people -----------------------------------------------------------------------------------------------------------------

create function todo_rest_create_account(with_id text, with_email text, with_name text, with_hash text, at_ms bigint)
returns void language sql as $$
  select todo_begin_write('', 10000);
  with made as (
    insert into todo_accounts (id, email, name, password_hash, created_at) values (with_id, with_email, with_name, with_hash, at_ms)
  )
  insert into todo_people (user_id, name) values (with_id, with_name) on conflict (user_id) do update set name = excluded.name
$$;

-- [id, email, name, password_hash, created_at] or null.
create function todo_rest_account(by_id text, by_email text) returns json language sql stable as $$
  select json_build_array(id, email, name, password_hash, created_at) from todo_accounts where id = by_id or email = by_email
$$;

create function todo_rest_replace_hash(of_user text, expected text, replacement text) returns boolean language sql as $$
  select todo_begin_write('', 10000);
  with done as (update todo_accounts set password_hash = replacement where id = of_user and password_hash = expected returning 1)
  select exists (select 1 from done)
$$;

-- Numbers of revocations become visible in their order, because they are given one transaction after the other.
create function todo_rest_revoke_of(of_user text, except_family text, now_ms bigint) returns json language plpgsql as $$
declare
  families text[];
begin
  perform todo_begin_write('', 10000);
  lock table todo_revocations in share row exclusive mode;
  with ended as (
      update todo_login_families set revoked_at = now_ms where user_id = of_user and id <> except_family and revoked_at is null returning id
    ),
    noted as (insert into todo_revocations (family_id, revoked_at) select id, now_ms from ended order by id returning family_id)
  select coalesce(array_agg(family_id), '{}') into families from noted;
  return to_json(families);
end
$$;

create function todo_rest_revoke(one_family text, now_ms bigint) returns boolean language plpgsql as $$
begin
  perform todo_begin_write('', 10000);
  lock table todo_revocations in share row exclusive mode;
  with ended as (update todo_login_families set revoked_at = now_ms where id = one_family and revoked_at is null returning id)
  insert into todo_revocations (family_id, revoked_at) select id, now_ms from ended;
  return found;
end
$$;

-- The families that were revoked, or null if there is no such account.
create function todo_rest_delete_account(of_user text, now_ms bigint) returns json language plpgsql as $$
begin
  perform todo_begin_write('', 10000);
  lock table todo_revocations in share row exclusive mode;
  delete from todo_accounts where id = of_user;
  if not found then
    return null;
  end if;
  delete from todo_people where user_id = of_user;
  delete from todo_invitations where invited_by = of_user;
  return todo_rest_revoke_of(of_user, '', now_ms);
end
$$;

create function todo_rest_create_family(with_id text, of_user text, csrf bytea, at_ms bigint, until_ms bigint, token bytea)
returns boolean language sql as $$
  select todo_begin_write('', 10000);
  with account as (select id from todo_accounts where id = of_user for key share),
    family as (
      insert into todo_login_families (id, user_id, csrf_hash, created_at, expires_at)
      select with_id, id, csrf, at_ms, until_ms from account returning id
    ),
    first as (insert into todo_refresh_tokens (token_hash, family_id) select token, id from family returning 1)
  select exists (select 1 from first)
$$;

-- [id, user_id, created_at, expires_at, is_revoked] or null.
create function todo_rest_family(by_id text) returns json language sql stable as $$
  select json_build_array(id, user_id, created_at, expires_at, revoked_at is not null) from todo_login_families where id = by_id
$$;

-- Judges a refresh token (AccountStore::rotate): {verdict, family, salts}.
create function todo_rest_rotate(token bytea, csrf bytea, new_salt bytea, successor bytea, now_ms bigint, until_ms bigint, grace_ms bigint)
returns json language plpgsql as $$
declare
  family todo_login_families;
  presented todo_refresh_tokens;
  all_salts json;
begin
  perform todo_begin_write('', 10000);
  -- Whoever judges a token of a family has the family to himself.
  select f.* into family from todo_login_families f
    where f.id = (select family_id from todo_refresh_tokens where token_hash = token) for update;
  select t.* into presented from todo_refresh_tokens t where t.token_hash = token;
  if family.id is null or presented.family_id is null or family.revoked_at is not null or now_ms >= family.expires_at
    or family.csrf_hash <> csrf then
    return json_build_object('verdict', 'unknown');
  end if;
  if presented.used_at is null then
    update todo_refresh_tokens set used_at = now_ms, salt = new_salt, successor_hash = successor where token_hash = token;
    insert into todo_refresh_tokens (token_hash, family_id) values (successor, family.id);
    update todo_login_families set expires_at = until_ms where id = family.id;
  elsif now_ms > presented.used_at + grace_ms then
    perform todo_rest_revoke(family.id, now_ms);
    return json_build_object('verdict', 'reused', 'family', todo_rest_family(family.id));
  end if;
  -- From the used token to the newest of its family.
  with recursive chain as (
    select 1 as place, used_at, salt, successor_hash from todo_refresh_tokens where token_hash = token
    union all
    select place + 1, t.used_at, t.salt, t.successor_hash from chain c
      join todo_refresh_tokens t on t.token_hash = c.successor_hash where c.used_at is not null
  )
  select json_agg(encode(salt, 'hex') order by place) into all_salts from chain where used_at is not null;
  return json_build_object('verdict', 'good', 'family', todo_rest_family(family.id), 'salts', all_salts);
end
$$;

create function todo_rest_revoked_after(number bigint) returns json language sql stable as $$
  select coalesce(json_agg(json_build_array(sequence, family_id) order by sequence), '[]')
  from (select sequence, family_id from todo_revocations where sequence > number order by sequence limit 1000) t
$$;

create function todo_rest_last_revocation() returns bigint language sql stable as $$
  select coalesce(max(sequence), 0) from todo_revocations
$$;

create function todo_rest_purge_families(before bigint) returns bigint language sql as $$
  with notes as (delete from todo_revocations where revoked_at < before),
    gone as (delete from todo_login_families where expires_at < before or revoked_at < before returning 1)
  select count(*) from gone
$$;

-- False if the inviter has `most` others (0: no limit). Those to deleted lists lead nowhere. Whoever counts does so alone.
create function todo_rest_invite(to_email text, to_list uuid, as_role text, by_user text, at_ms bigint, settled boolean, most bigint)
returns boolean language plpgsql as $$
begin
  perform todo_begin_write('', 10000);
  perform pg_advisory_xact_lock(1129270338, hashtext(by_user));
  if most > 0 and most <= (
    select count(*) from todo_invitations i where invited_by = by_user and not (email = to_email and list_id = to_list)
      and not exists (select 1 from todo_lists l where l.id = i.list_id and l.is_deleted)
  ) then
    return false;
  end if;
  insert into todo_invitations (email, list_id, role, invited_by, created_at, is_settled)
    values (to_email, to_list, as_role::list_role, by_user, at_ms, settled)
    on conflict (email, list_id) do update set role = excluded.role, invited_by = excluded.invited_by,
      created_at = excluded.created_at, is_settled = excluded.is_settled;
  return true;
end
$$;

-- [list_id, role, invited_by, created_at, is_settled], oldest first.
create function todo_rest_invitations(for_email text) returns json language sql stable as $$
  select coalesce(json_agg(json_build_array(list_id, role, invited_by, created_at, is_settled) order by created_at, list_id), '[]')
  from todo_invitations where email = for_email
$$;

create function todo_rest_remove_invitation(for_email text, to_list uuid) returns boolean language sql as $$
  select todo_begin_write('', 10000);
  with gone as (delete from todo_invitations where email = for_email and list_id = to_list returning 1) select exists (select 1 from gone)
$$;

-- The name of an account stands; a name from a token is what we know about everybody else.
create function todo_rest_remember(of_user text, with_name text) returns void language sql as $$
  select todo_begin_write('', 10000);
  insert into todo_people as p (user_id, name) values (of_user, coalesce((select name from todo_accounts where id = of_user), with_name))
    on conflict (user_id) do update set name = coalesce(excluded.name, p.name) where p.name is distinct from coalesce(excluded.name, p.name)
$$;

-- [name] or null: never seen.
create function todo_rest_person(of_user text) returns json language sql stable as $$
  select json_build_array(name) from todo_people where user_id = of_user
$$;

-- Supabase grants everybody the execution of every new function in `public`, and publishes it. Ours are for the server alone.
do $$
declare
  one record;
  everybody text;
begin
  select string_agg(role, ', ') into everybody from unnest('{public, anon, authenticated, service_role}'::text[]) u (role)
    where role = 'public' or to_regrole(role) is not null;
  for one in
    select oid::regprocedure as name, proname like 'todo\_rest\_%' as is_rest from pg_proc
    where pronamespace = current_schema()::regnamespace and proname like 'todo\_%' and proname <> 'todo_may_read'
  loop
    execute format('revoke all on function %s from %s', one.name, everybody);
    if one.is_rest then
      execute format('alter function %s security definer set search_path = %I, pg_temp', one.name, current_schema());
      -- PostgREST makes it the limit of the whole request, in place of its role's, which Supabase sets to 8 s.
      execute format('alter function %s set statement_timeout = %L', one.name, '10s');
      if to_regrole('service_role') is not null then
        execute format('grant execute on function %s to service_role', one.name);
      end if;
    end if;
  end loop;
end
$$;
