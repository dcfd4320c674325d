#!/usr/bin/env bash
# clang-tidy over src/ with the checks of .clang-tidy. Usage: scripts/lint.sh [FILE…]
# A build folder of its own, configured for clang, gives it the flags and a precompiled header that it can read.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

scripts/setup.sh test
started=$SECONDS
configure lint
header=$(ninja -C build/lint -t targets all | sed -n 's/^\(.*cmake_pch\.hxx\.pch\): .*/\1/p' | head -1)
[[ -n $header ]] && ninja -C build/lint -j "$(jobs)" --quiet "$header"

files=("$@")
if ((${#files[@]} == 0)); then
  mapfile -t files < <(find src -name '*.cpp' | sort)
fi
say "clang-tidy over ${#files[@]} files"
printf '%s\0' "${files[@]}" | xargs -0 -n 4 -P "$(jobs)" clang-tidy-19 -p build/lint --quiet 2> >(grep -v 'warnings generated' >&2) ||
  die "clang-tidy found something"
say "clang-tidy: nothing found in ${#files[@]} files, $((SECONDS - started)) s"
