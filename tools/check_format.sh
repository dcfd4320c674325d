#!/usr/bin/env bash
# Checks that the C++ files are as clang-format 14 with .clang-format writes them. With --fix, writes them so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mode=(--dry-run --Werror)
[[ ${1:-} == --fix ]] && mode=(-i)
# What git does not know yet counts too; what it ignores does not.
mapfile -d '' -t files < <(git ls-files -z --cached --others --exclude-standard -- '*.cpp' '*.hpp')
existing=()
for file in "${files[@]}"; do
  [[ -f $file ]] && existing+=("$file")
done
((${#existing[@]})) || { echo "check_format: no files" >&2 && exit 1; }
if printf '%s\0' "${existing[@]}" | xargs -0 -n 20 -P "$(nproc)" clang-format-14 --style=file "${mode[@]}"; then
  echo "check_format: ${#existing[@]} files are as they should be"
else
  echo "check_format: tools/check_format.sh --fix writes them right" >&2
  exit 1
fi
