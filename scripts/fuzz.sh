#!/usr/bin/env bash
# Runs every fuzz target of build/fuzz for SECONDS each, two at a time on two cores. Usage: scripts/fuzz.sh SECONDS
# A target fuzz_<name> starts from tests/fuzz/corpus/<name>; what it finds new stays in build/fuzz/found/<name>.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

seconds=${1:?seconds for each target}
mapfile -t targets < <(find build/fuzz -maxdepth 1 -type f -name 'fuzz_*' -executable | sort)
((${#targets[@]})) || die "no fuzz targets in build/fuzz"

fuzz_one() {
  local target=$1 seconds=$2 name corpus found log
  name=$(basename "$target")
  name=${name#fuzz_}
  corpus=tests/fuzz/corpus/$name
  found=build/fuzz/found/$name
  log=build/fuzz/$name.log
  mkdir -p "$found"
  if [[ ! -d $corpus ]]; then
    echo "FAILED  $name: no corpus at $corpus"
    return 1
  fi
  if "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="build/fuzz/crash-$name-" "$found" "$corpus" >"$log" 2>&1 </dev/null; then
    echo "passed  $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs"
  else
    tail -40 "$log"
    echo "FAILED  $name: the input is in build/fuzz/crash-$name-*, the log in $log"
    return 1
  fi
}
export -f fuzz_one

say "fuzzing ${#targets[@]} targets, $seconds s each"
results=$(mktemp)
trap 'rm -f "$results"' EXIT
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} bash -c 'fuzz_one "$1" "$2" || true' _ {} "$seconds" | tee "$results"
passed=$(grep -c '^passed' "$results" || true)
failed=$((${#targets[@]} - passed))
echo "$passed passed, $failed failed"
((failed == 0))
