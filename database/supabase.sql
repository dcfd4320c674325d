-- Lets the clients of a Supabase project (or of any PostgREST) read their own lists directly. Writing stays with the server: it
-- decides what conflicts, and tells everybody else.
--
-- Run it in the SQL editor once the tables are there: the server makes them when it is started with DATABASE_URL, or what
-- `collab-todo schema` prints makes them in the same editor. It may be run again at any time.
-- Who asks is the `sub` of the token, as the server knows users: accept the same issuer there (JWT_JWKS_URL, or the shared secret).

-- Nothing but this function looks at memberships for a policy: a policy of the members' table that did would ask itself.
create or replace function todo_may_read(which uuid) returns boolean
  language sql stable security definer set search_path = public, pg_temp as $$
  select exists (
    select 1 from todo_list_members m join todo_lists l on l.id = m.list_id
    where m.list_id = which and m.role is not null and not l.is_deleted
      and m.user_id = nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'
  )
$$;
revoke all on function todo_may_read(uuid) from public, anon;
grant execute on function todo_may_read(uuid) to authenticated;

-- Supabase grants everything on new tables to its roles and relies on policies. Here only what may be read is granted at all.
revoke all on todo_lists, todo_items, todo_list_members, todo_share_links, todo_ops, todo_meta, todo_migrations, todo_server_lease,
  todo_accounts, todo_login_families, todo_refresh_tokens, todo_revocations, todo_invitations, todo_people
  from anon, authenticated;
grant select on todo_lists, todo_items, todo_list_members to authenticated;

drop policy if exists todo_members_read on todo_lists;
create policy todo_members_read on todo_lists for select to authenticated using (todo_may_read(id));
drop policy if exists todo_members_read on todo_items;
create policy todo_members_read on todo_items for select to authenticated using (todo_may_read(list_id));
drop policy if exists todo_members_read on todo_list_members;
create policy todo_members_read on todo_list_members for select to authenticated using (role is not null and todo_may_read(list_id));

-- The functions of the server. Those that it calls with SUPABASE_SERVICE_KEY act as the owner of the tables: nobody else may.
do $$
declare
  one record;
begin
  for one in
    select oid::regprocedure as name, proname like 'todo\_rest\_%' as is_rest from pg_proc
    where pronamespace = 'public'::regnamespace and proname like 'todo\_%' and proname <> 'todo_may_read'
  loop
    execute format('revoke all on function %s from public, anon, authenticated, service_role', one.name);
    if one.is_rest then
      execute format('grant execute on function %s to service_role', one.name);
    end if;
  end loop;
end
$$;

-- PostgREST learns of new functions.
notify pgrst, 'reload schema';
