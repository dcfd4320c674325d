# Shared by run, test, bench and scripts/*.sh. To be sourced from the top of the repository.

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }

die() {
  printf '\033[1;31merror:\033[0m %s\n' "$*" >&2
  exit 1
}

# The web client and the tests' clients need Node.js 20 or newer and Debian 12 has 18. npm's package `node` carries the binary.
readonly node_needed=20
readonly node_packages=(node@20.19.5 npm@10.9.4)

node_major() { node --version 2>/dev/null | sed -n 's/^v\([0-9]*\).*/\1/p'; }

# Makes `node` and `npm` be new enough in this shell: those of the system or those of .tools.
use_node() {
  local found
  found=$(node_major)
  if ((${found:-0} < node_needed)) && [[ -x .tools/node_modules/.bin/node ]]; then
    export PATH="$PWD/.tools/node_modules/.bin:$PATH"
  fi
}

# As use_node, but fetches them into .tools if they are not there. Fails if they cannot be had.
find_node() {
  use_node
  local found
  found=$(node_major)
  ((${found:-0} >= node_needed)) && command -v npm >/dev/null && return
  command -v npm >/dev/null || return
  say "Node.js here is ${found:-missing}; bringing ${node_packages[0]} into .tools"
  mkdir -p .tools
  npm install --prefix .tools --no-save --no-audit --no-fund --loglevel=error "${node_packages[@]}" || return
  use_node
  found=$(node_major)
  ((${found:-0} >= node_needed))
}

# For what cannot do without.
bring_node() {
  find_node || die "Node.js $node_needed or newer, and npm, could not be had; both in PATH do as well"
}

# How many compilers at once: one for each core, but no more than one for each 1.5 GB of free memory.
jobs() {
  local cores memory
  cores=$(nproc)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1500000) }' /proc/meminfo)
  ((memory < 1)) && memory=1
  echo $((cores < memory ? cores : memory))
}

# configure PRESET [cmake arguments]: only where it has not been done; ninja notices by itself when it must be repeated.
configure() {
  local preset=$1
  shift
  if [[ ! -f build/$preset/build.ninja ]]; then
    say "configuring build/$preset"
    cmake --preset "$preset" "$@" >"$(mkdir -p "build/$preset" && echo "build/$preset/configure.log")" 2>&1 || {
      cat "build/$preset/configure.log" >&2
      die "cmake failed (build/$preset/configure.log)"
    }
  fi
}
