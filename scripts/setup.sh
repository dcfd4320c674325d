#!/usr/bin/env bash
# Installs the Debian packages that are missing, and nothing else. Usage: scripts/setup.sh run|cluster|test|bench
# Every package that the project needs is named here and nowhere else.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

# To build and run. libboost-dev is not among them on purpose: it would bring another Boost that conflicts with 1.81.
run_packages=(
  g++ cmake ninja-build ccache pkg-config ca-certificates
  libboost1.81-dev libboost-json1.81-dev libboost-url1.81-dev
  libssl-dev zlib1g-dev libsqlite3-dev libpq-dev libhiredis-dev libjose-dev libsodium-dev libcrypt-dev libcurl4-openssl-dev
  libmimalloc-dev libspdlog-dev libfmt-dev libcli11-dev prometheus-cpp-dev
)
# For ./run --cluster besides, which starts servers of these.
cluster_packages=(redis-server redis-tools postgresql-15)
# To test besides: GoogleTest, fuzzers, checks, the real clients, a browser, sqlite3 to look into the database from outside,
# and what stands around many servers, of which the tests start servers of their own, some with clocks that they set.
test_packages=(
  libgtest-dev libgmock-dev clang-19 libclang-rt-19-dev llvm-19 clang-tidy-19 clang-format-14
  python3 python3-socketio python3-requests python3-websocket chromium fonts-wqy-microhei sqlite3 git procps
  "${cluster_packages[@]}" redis-sentinel openssl pgbouncer nginx-light caddy prometheus libfaketime
)

what=${1:-run}
case $what in
  run) packages=("${run_packages[@]}") ;;
  cluster) packages=("${run_packages[@]}" "${cluster_packages[@]}") ;;
  test | bench) packages=("${run_packages[@]}" "${test_packages[@]}") ;;
  *) die "usage: scripts/setup.sh run|cluster|test|bench" ;;
esac

# Prints the packages of "$@" that are not installed. One dpkg-query for all of them: a start must not wait for this.
missing_of() {
  local installed package
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$@" 2>/dev/null | sed -n 's/^installed //p') || true
  for package in "$@"; do
    grep -qxF -- "$package" <<<"$installed" || printf '%s\n' "$package"
  done
}

command -v dpkg-query >/dev/null || die "this needs Debian 12 or a system made from it (no dpkg here).
Elsewhere, install the equivalents of: ${packages[*]}"

# Installs packages; Debian's own words say why it cannot.
install() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends --no-remove \
    -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@"
}

mapfile -t missing < <(missing_of "${packages[@]}")
# Node.js and npm may come from anywhere, so the commands count and not the packages. A server that is only to run does without
# them, and without its web client, of which scripts/web.sh tells: that they cannot be had is tried once.
node_missing=()
command -v node >/dev/null || node_missing+=(nodejs)
command -v npm >/dev/null || node_missing+=(npm)
if [[ $what == test || $what == bench ]]; then
  missing+=("${node_missing[@]}")
  node_missing=()
elif [[ -e .tools/no-node ]]; then
  node_missing=()
fi
wanted=("${missing[@]}" "${node_missing[@]}")

if ((${#wanted[@]})); then
  as_root=()
  if ((EUID != 0)); then
    as_root=(sudo)
    if ! command -v sudo >/dev/null || { ! sudo -n true 2>/dev/null && [[ ! -t 0 ]]; }; then
      ((${#missing[@]})) || exit 0
      die "these packages are missing, and installing them needs root. Run this as root, then come back:

    apt-get update && apt-get install -y --no-install-recommends ${wanted[*]}
"
    fi
  fi
  say "installing ${#wanted[@]} missing packages: ${wanted[*]}"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -q || say "apt-get update had trouble; trying all the same"
  # Debian starts some servers as soon as they are installed. Here the tests do that, on ports of their own; a service on
  # the default port would only be in the way. See policy-rc.d(8).
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    "${as_root[@]}" sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy"
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
  fi
  if ((${#missing[@]})); then
    install "${missing[@]}" || die "apt-get could not install: ${missing[*]}
If it wants to remove another Boost (libboost1.74-dev), remove that first: the two conflict."
  fi
  if ((${#node_missing[@]})); then
    install "${node_missing[@]}" || { mkdir -p .tools && touch .tools/no-node; }
  fi
  # Nor shall they begin at the next start of the machine, if we brought them.
  if command -v systemctl >/dev/null; then
    for service in redis-server redis-sentinel postgresql pgbouncer nginx caddy prometheus; do
      [[ " ${missing[*]} " =~ " $service"(-15|-light)?" " ]] || continue
      "${as_root[@]}" systemctl disable --quiet "$service" || say "could not disable $service; it would start with the machine"
    done
  fi
fi

if [[ $what == test || $what == bench ]]; then
  bring_node
fi
