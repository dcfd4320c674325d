#!/usr/bin/env bash
# Two servers, one worker, Redis and PostgreSQL on this machine, to see how several servers are one. Loopback only.
#
#   ./run --cluster                 servers on ports 7788 and 7789, Redis on 7790, PostgreSQL on 7791; data in ./data/cluster
#   ./run --cluster --port 8000     ports 8000 to 8003
#   ./run --cluster --folder DIR    data and logs there
#   ./run --cluster … ARGUMENTS     the rest goes to both servers:  ./run --cluster --log-level debug
#
# Ctrl-C ends everything, and so does the end of any one of them. The next start goes on with the same data.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

binary=${COLLAB_TODO_BINARY:-build/release/collab-todo}
postgres_programs=/usr/lib/postgresql/15/bin
readonly start_patience=60 stop_patience=30 # seconds

port=7788 folder='' arguments=()
while (($#)); do
  case $1 in
    --port | --folder) [[ -n ${2:-} ]] || die "$1 needs a value" ;;&
    --port) port=$2 && shift ;;
    --port=*) port=${1#*=} ;;
    --folder) folder=$2 && shift ;;
    --folder=*) folder=${1#*=} ;;
    -h | --help) sed -n '2,/^set /s/^# \?//p' "$0" && exit ;;
    *) arguments+=("$1") ;;
  esac
  shift
done
if ! [[ $port =~ ^[1-9][0-9]{0,4}$ ]] || ((port > 65532)); then
  die "--port $port: four ports in a row are needed, and the first is 1 to 65532"
fi
port_a=$port port_b=$((port + 1)) redis_port=$((port + 2)) postgres_port=$((port + 3))

for program in redis-server redis-cli "$postgres_programs/postgres" "$postgres_programs/psql" setpriv flock; do
  command -v "$program" >/dev/null || die "$program is missing; on Debian 12: scripts/setup.sh cluster"
done

# PostgreSQL refuses to run as root. Then it is the user `postgres`, whom Debian's package made, or whose the data are.
postgres_user=postgres
can_postgres_enter() {
  ((EUID != 0)) || setpriv --reuid="$postgres_user" --regid="$(id -g "$postgres_user")" --clear-groups test -x "$(realpath "$1")"
}

make_folder() {
  mkdir -p "$1" || die "cannot make $1"
  [[ -O $1 ]] || die "$1 belongs to $(stat -c %U "$1"): start this as that user, or give another --folder"
  chmod 755 "$1"
}

if [[ -n $folder ]]; then
  make_folder "$folder"
  can_postgres_enter "$folder" || die "PostgreSQL runs as the user $postgres_user, who may not enter $folder"
else
  folder=data/cluster
  make_folder "$folder"
  if ! can_postgres_enter "$folder"; then
    rmdir "$folder"
    say "PostgreSQL runs as the user $postgres_user, who may not enter $PWD; the data go elsewhere"
    folder=/var/lib/collab-todo-cluster
    make_folder "$folder"
  fi
fi
folder=$(realpath "$folder")
shown=${folder/#"$PWD/"/./}
[[ -d $folder/postgres ]] && postgres_user=$(stat -c %U "$folder/postgres")

# Held by everything that is started here, so that nobody begins while something of an earlier start still ends.
exec 9>"$folder/lock"
flock -n 9 || die "$shown is in use by another ./run --cluster; stop that one, or give another --folder and --port"

for one in "$port_a" "$port_b" "$redis_port" "$postgres_port"; do
  ! (exec 3<>"/dev/tcp/127.0.0.1/$one") 2>/dev/null || die "port $one is in use; give another with --port (four in a row are needed, from there)"
done

# --- Secrets, made once, and the settings that all share, written at each start

random_hex() { head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }
umask 077
if [[ ! -s $folder/secrets ]]; then
  printf 'password=%s\njwt_secret=%s\n' "$(random_hex 16)" "$(random_hex 32)" >"$folder/secrets.new"
  mv "$folder/secrets.new" "$folder/secrets"
fi
password='' jwt_secret=''
source "$folder/secrets"
cat >"$folder/env" <<TEXT
# What the servers and the worker of ./run --cluster have in common. Written anew at each start.
REDIS_URL=redis://default:$password@127.0.0.1:$redis_port/0
DATABASE_URL=postgresql://collab:$password@127.0.0.1:$postgres_port/collab
JWT_SECRET_KEY=$jwt_secret
WORKER=off
DRAIN_SECONDS=1
TEXT
# Over what the environment has, and in place of ./.env.
unset SUPABASE_URL SUPABASE_SERVICE_KEY
set -a
source "$folder/env"
set +a

# --- Processes: each in a session of its own, so that Ctrl-C reaches this script only, which ends them in order

declare -A pids=() called=([redis]=Redis [postgres]=PostgreSQL [server-a]="server A" [server-b]="server B" [worker]="the worker")

# start NAME SIGNAL COMMAND…: SIGNAL ends it if this script is killed.
start() {
  local name=$1 signal=$2 log=$folder/logs/$1.log as=()
  shift 2
  if [[ $name == postgres && $EUID == 0 ]]; then
    as=(--reuid="$postgres_user" --regid="$(id -g "$postgres_user")" --clear-groups)
  fi
  mkdir -p "$folder/logs"
  [[ ! -e $log ]] || mv "$log" "$log.before"
  setsid setpriv --pdeathsig "$signal" "${as[@]}" "$@" >"$log" 2>&1 </dev/null &
  pids[$name]=$!
}

is_alive() { [[ -n ${pids[$1]:-} ]] && kill -0 "${pids[$1]}" 2>/dev/null; }

# Says why all this ends.
ended_by_itself() {
  local name=$1 status=0 how
  wait "${pids[$name]}" 2>/dev/null || status=$?
  how="with status $status"
  ((status <= 128)) || how="by SIG$(kill -l "$status")"
  printf '\n' >&2
  say "${called[$name]} has ended, $how, and so all ends. The last lines of $shown/logs/$name.log:"
  tail -n 12 "$folder/logs/$name.log" | sed 's/^/    /' >&2
  exit 1
}

# await NAME COMMAND…: until the command succeeds.
await() {
  local name=$1 deadline=$((SECONDS + start_patience))
  shift
  until "$@"; do
    is_alive "$name" || ended_by_itself "$name"
    ((SECONDS < deadline)) || die "${called[$name]} is not ready after $start_patience s; see $shown/logs/$name.log"
    sleep 0.1
  done
}

# stop SIGNAL NAME…
stop() {
  local signal=$1 name deadline=$((SECONDS + stop_patience))
  shift
  for name in "$@"; do
    is_alive "$name" && kill -s "$signal" "${pids[$name]}"
  done
  for name in "$@"; do
    while is_alive "$name" && ((SECONDS < deadline)); do sleep 0.05; done
    is_alive "$name" || continue
    say "${called[$name]} does not end within $stop_patience s; it is killed"
    kill -KILL "${pids[$name]}"
  done
}

# First who writes, last who stores.
stop_all() {
  local status=$?
  trap - EXIT
  trap 'kill -KILL "${pids[@]}" 2>/dev/null' INT TERM HUP
  set +e
  ((${#pids[@]} == 0)) || say "stopping"
  stop TERM server-a server-b
  stop TERM worker
  stop TERM redis
  stop INT postgres
  exit "$status"
}
trap stop_all EXIT
trap 'exit 0' INT TERM HUP

# --- PostgreSQL and Redis

make_postgres() {
  say "making a PostgreSQL database in $shown/postgres"
  rm -rf "$folder/postgres.new" "$folder/postgres.password"
  mkdir -m 700 "$folder/postgres.new"
  printf '%s\n' "$password" >"$folder/postgres.password"
  local as=()
  if ((EUID == 0)); then
    chown "$postgres_user" "$folder/postgres.new" "$folder/postgres.password"
    as=(setpriv --reuid="$postgres_user" --regid="$(id -g "$postgres_user")" --clear-groups)
  fi
  (cd "$folder" && "${as[@]}" "$postgres_programs/initdb" --pgdata=postgres.new --username=postgres --pwfile=postgres.password \
    --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-instructions) >"$folder/initdb.log" 2>&1 ||
    { cat "$folder/initdb.log" >&2 && die "initdb failed"; }
  rm "$folder/postgres.password" "$folder/initdb.log"
  mv "$folder/postgres.new" "$folder/postgres"
}

is_postgres_ready() { "$postgres_programs/pg_isready" -q -h 127.0.0.1 -p "$postgres_port"; }

make_database() {
  PGPASSWORD=$password "$postgres_programs/psql" -X -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$postgres_port" -U postgres -d postgres <<'SQL'
\set password `echo "$PGPASSWORD"`
select format('create role collab login password %L', :'password') where not exists (select from pg_roles where rolname = 'collab') \gexec
select 'create database collab owner collab' where not exists (select from pg_database where datname = 'collab') \gexec
SQL
}

is_redis_ready() { [[ $(REDISCLI_AUTH=$password redis-cli -h 127.0.0.1 -p "$redis_port" ping 2>/dev/null) == PONG ]]; }

say "starting PostgreSQL and Redis"
[[ -d $folder/postgres ]] || make_postgres
start postgres INT "$postgres_programs/postgres" -D "$folder/postgres" -c listen_addresses=127.0.0.1 -c port="$postgres_port" -c unix_socket_directories=
mkdir -p "$folder/redis"
printf 'include "%s"\nport %s\ndir "%s"\nrequirepass %s\n' "$PWD/ops/redis/redis.conf" "$redis_port" "$folder/redis" "$password" >"$folder/redis.conf"
start redis TERM redis-server "$folder/redis.conf"
await postgres is_postgres_ready
make_database || die "the database cannot be made; see $shown/logs/postgres.log"
await redis is_redis_ready

# --- Servers and worker

is_server_ready() {
  local line=''
  { exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || return 1
  printf 'GET /readyz HTTP/1.0\r\n\r\n' >&3 && read -r -t 5 line <&3
  exec 3>&-
  [[ $line == *' 200 '* ]]
}

start_server() {
  start "$1" TERM "$binary" serve --env-file "$folder/env" "${arguments[@]}" --host 127.0.0.1 --port "$2" --data-dir "$folder/$1" --log-file none
}

say "starting the servers and the worker"
start_server server-a "$port_a"
await server-a is_server_ready "$port_a"
start_server server-b "$port_b"
await server-b is_server_ready "$port_b"
start worker TERM "$binary" worker --env-file "$folder/env" --log-level info --log-file none
await worker grep -q '\[worker\] started' "$folder/logs/worker.log"

cat >&2 <<TEXT

  server A      http://localhost:$port_a    process ${pids[server-a]}
  server B      http://localhost:$port_b    process ${pids[server-b]}
  worker                                 process ${pids[worker]}
  Redis         127.0.0.1:$redis_port           process ${pids[redis]}
  PostgreSQL    127.0.0.1:$postgres_port           process ${pids[postgres]}

  The servers are one: whoever is connected to A sees at once what is done at B. An edit is accepted when Redis has it;
  the worker brings it into PostgreSQL a moment later.

  Data          $shown    (the same again at the next start; rm -rf begins anew)
  Logs          $shown/logs
  Settings      $shown/env    (with passwords)

  Try           Ann at server A and Bob at server B, one list (needs Node.js):
                  cd examples/two-users && npm ci && COLLAB_URL=http://localhost:$port_a,http://localhost:$port_b npm start
                what the servers say of themselves; "queue_size" is what PostgreSQL does not have yet:
                  curl http://localhost:$port_a/health
                pause the worker, change something, look at /health, and let it go on:
                  kill -STOP ${pids[worker]}      kill -CONT ${pids[worker]}
                look into PostgreSQL and Redis:
                  source $shown/env
                  $postgres_programs/psql "\$DATABASE_URL" -c 'select * from todo_items'
                  redis-cli --no-auth-warning -u "\$REDIS_URL" --scan
  More          docs/deployment.md
  Stop          Ctrl-C

TEXT

wait -n -p ended "${pids[@]}" 2>/dev/null || true
for name in "${!pids[@]}"; do
  [[ ${pids[$name]} != "${ended:-}" ]] || ended_by_itself "$name"
done
