-- Another name for somebody with an account, over REST.
create function todo_rest_rename(of_user text, with_name text) returns boolean language sql as $$
  select todo_begin_write('', 10000);
  with renamed as (update todo_accounts set name = with_name where id = of_user returning id),
    known as (
      insert into todo_people (user_id, name) select id, with_name from renamed
      on conflict (user_id) do update set name = excluded.name
    )
  select exists (select 1 from renamed)
$$;

-- For the server alone, as all of them (0003_rest.sql).
do $$
declare
  role text;
begin
  foreach role in array '{public, anon, authenticated}'::text[] loop
    if role = 'public' or to_regrole(role) is not null then
      execute format('revoke all on function todo_rest_rename(text, text) from %s', role);
    end if;
  end loop;
  execute format('alter function todo_rest_rename(text, text) security definer set search_path = %I, pg_temp', current_schema());
  alter function todo_rest_rename(text, text) set statement_timeout = '10s';
  if to_regrole('service_role') is not null then
    grant execute on function todo_rest_rename(text, text) to service_role;
  end if;
end
$$;
