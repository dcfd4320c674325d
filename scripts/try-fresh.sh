#!/usr/bin/env bash
# Tries a command of this repository on a fresh Debian 12: a minimal system in a folder, a clone of HEAD in it, chroot.
#
#   scripts/try-fresh.sh [--folder DIR] [--again] install|run|test [ARGUMENTS…]
#
#   install   scripts/setup.sh test, and nothing more
#   run       ./run; waits until the server answers, asks it for /health, stops it, and measures a second start
#   test      ./test
#   --folder  where the system goes (default: a new folder in $TMPDIR or /tmp); --again uses it as it is
#
# Needs root and debootstrap. The Debian mirror, the certificates and npm's settings are those of this machine, whatever
# they are. The folder is kept: remove it with rm -rf --one-file-system.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

folder='' again=''
while [[ ${1:-} == --* ]]; do
  case $1 in
    --folder) folder=${2:?} && shift ;;
    --again) again=yes ;;
    *) sed -n '2,/^set /s/^# \?//p' "$0" && exit 2 ;;
  esac
  shift
done
what=${1:?install, run or test}
shift
((EUID == 0)) || die "chroot needs root"
command -v debootstrap >/dev/null || die "missing: apt-get install debootstrap"
folder=$(realpath -m "${folder:-$(mktemp -d "${TMPDIR:-/tmp}/fresh.XXXXXX")}")

# Mounts made from here on are seen by this process only and go with it.
if [[ -z ${IN_OWN_MOUNTS:-} ]]; then
  exec env IN_OWN_MOUNTS=yes unshare --mount --propagation private \
    "$0" --folder "$folder" ${again:+--again} "$what" "$@"
fi

if [[ -z $again ]]; then
  mirror=$(apt-get indextargets --format '$(SITE) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
    awk '$2 == "bookworm" && $3 == "main" { print $1; exit }')
  [[ -n $mirror ]] || die "apt here has no source with bookworm main"
  say "a minimal Debian 12 in $folder"
  debootstrap --variant=minbase bookworm "$folder" "$mirror" >"$folder.log" 2>&1 || { tail -5 "$folder.log"; die "debootstrap"; }
  # How this machine reaches Debian and npm. What would pin other versions of packages stays out.
  for path in /etc/apt/sources.list /etc/apt/sources.list.d /etc/apt/apt.conf.d /etc/apt/auth.conf.d /etc/apt/keyrings \
    /etc/apt/trusted.gpg.d /etc/resolv.conf /etc/hosts /etc/ssl/certs /usr/local/share/ca-certificates \
    /usr/etc/npmrc /etc/npmrc /root/.npmrc; do
    [[ -e $path ]] || continue
    mkdir -p "$folder$(dirname "$path")"
    cp -aLT --remove-destination "$path" "$folder$path" 2>/dev/null || cp -rLT "$path" "$folder$path" || true
  done
  git clone -q "$PWD" "$folder/root/collab-todo"
else
  git -C "$folder/root/collab-todo" pull -q "$PWD" HEAD 2>/dev/null ||
    { rm -rf "$folder/root/collab-todo" && git clone -q "$PWD" "$folder/root/collab-todo"; }
fi

mount -t proc proc "$folder/proc"
mount --rbind /dev "$folder/dev"
mount -t tmpfs tmpfs "$folder/tmp" -o mode=1777

keep=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM="${TERM:-dumb}")
while IFS='=' read -r name value; do
  [[ ${name,,} =~ ^(https?_proxy|no_proxy|npm_config_.*|node_extra_ca_certs|ssl_cert_file)$ ]] && keep+=("$name=$value")
done < <(env)
# Becomes the command: call it in a shell of its own.
inside() { exec env -i "${keep[@]}" chroot "$folder" /bin/bash -c 'cd /root/collab-todo && "$@"' _ "$@"; }

started=$SECONDS
case $what in
  install) (inside scripts/setup.sh test) ;;
  test) (inside ./test "$@" </dev/null) ;;
  run)
    for start in first second; do
      began=$(date +%s%N)
      inside ./run --port 17788 "$@" </dev/null &
      server=$!
      trap 'kill $server 2>/dev/null || true' EXIT
      until curl -fsS -o /dev/null http://127.0.0.1:17788/health 2>/dev/null; do
        kill -0 "$server" 2>/dev/null || die "the server ended"
        sleep 0.1
      done
      say "$start start: answers after $((($(date +%s%N) - began) / 1000000)) ms"
      curl -fsS http://127.0.0.1:17788/health && echo
      # The server is the child of chroot and env, which have become it by exec.
      kill -TERM "$server"
      wait "$server" || die "the server ended with status $?"
      trap - EXIT
    done
    ;;
  *) die "install, run or test" ;;
esac
say "$what in a fresh Debian 12: $((SECONDS - started)) s"
