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
[[ -n $header ]] && ninja -C build/lint -j "$(jobs)" --quiet "$header" >/dev/null

files=("$@")
if ((${#files[@]} == 0)); then
  mapfile -t files < <(find src -name '*.cpp' | sort)
fi
tools/lint.py build/lint "${files[@]}" || die "clang-tidy found something"
say "lint: $((SECONDS - started)) s"
