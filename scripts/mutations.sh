#!/usr/bin/env bash
# Breaks each promise of docs/protocol.md on purpose and demands that a named test notices.
#
#   scripts/mutations.sh            every patch of tests/mutations
#   scripts/mutations.sh NAME…      only these: tests/mutations/NAME.patch
#
# Works on a throw-away copy of HEAD; what is not committed is not in it. First the named tests must pass without any
# patch. Then, one patch after another: apply, build its target, run its test, which must fail. The table at the end is
# also written to build/mutations.md. With COPY=/some/folder the copy is put (or found) there and stays: it need not be
# built anew.
#
# A patch begins with lines that git does not read:
#   promise: number and words of the promise       build: the ninja target
#   break:   what the patch does                   test:  a regular expression of ctest
#                                                  with:  its environment, if it needs one
# KEEP_LOGS=/some/folder keeps what each test said: a test must fail for the right reason.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh
use_node

top=$PWD
names=("$@")
((${#names[@]})) || mapfile -t names < <(find tests/mutations -name '*.patch' -printf '%f\n' | sed 's/\.patch$//' | sort)
for name in "${names[@]}"; do
  [[ -f tests/mutations/$name.patch ]] || die "there is no tests/mutations/$name.patch"
done

TMPDIR=$(mktemp -d "${TMPDIR:-/tmp}/ct.XXXXXX")
export TMPDIR
copy=${COPY:-$TMPDIR/copy}
clean_up() {
  [[ -n ${COPY:-} ]] || git -C "$top" worktree remove --force "$copy" 2>/dev/null || true
  rm -rf "$TMPDIR"
}
trap clean_up EXIT

if [[ -d $copy ]]; then
  git -C "$copy" checkout -q --detach --force "$(git rev-parse HEAD)"
else
  git worktree add -q --detach "$copy" HEAD
fi
cd "$copy"
configure release -DCOLLAB_TESTS=ON

# field PATCH NAME: one of the lines at its beginning.
field() { sed -n "/^diff /q; s/^$2: *//p" "$top/tests/mutations/$1.patch"; }

build() { nice ninja -C build/release -j "$(jobs)" "$@" >"$TMPDIR/build.log" 2>&1; }

# run_tests PATTERN ENVIRONMENT [arguments of ctest]: how it went is in $TMPDIR/test.log.
run_tests() {
  local -a environment
  read -ra environment <<<"$2"
  env "${environment[@]}" ctest --test-dir build/release --no-tests=error --output-on-failure -j 1 -R "$1" "${@:3}" \
    >"$TMPDIR/test.log" 2>&1 </dev/null
}

say "building what is whole"
mapfile -t targets < <(for name in "${names[@]}"; do field "$name" build; done | sort -u)
build "${targets[@]}" || { tail -40 "$TMPDIR/build.log" >&2 && die "it does not build"; }
say "testing what is whole"
while IFS=$'\t' read -r pattern environment; do
  run_tests "$pattern" "$environment" || { tail -60 "$TMPDIR/test.log" >&2 && die "$pattern fails without any patch"; }
done < <(for name in "${names[@]}"; do printf '%s\t%s\n' "$(field "$name" test)" "$(field "$name" with)"; done | sort -u)

table=$top/build/mutations.md
mkdir -p "$top/build"
printf '| promise | break | test | caught |\n| --- | --- | --- | --- |\n' >"$table"
missed=0
for name in "${names[@]}"; do
  pattern=$(field "$name" test)
  if ! git apply "$top/tests/mutations/$name.patch" 2>"$TMPDIR/build.log"; then
    verdict='**the patch does not apply**'
  elif ! build "$(field "$name" build)"; then
    tail -20 "$TMPDIR/build.log" >&2
    verdict='**it does not build**'
  elif run_tests "$pattern" "$(field "$name" with)" -FA .; then  # what they need is installed by now
    verdict='**no**'
  else
    verdict=$(sed -nE 's/.* ([0-9]+) tests? failed out of ([0-9]+)$/yes, \1 of \2/p' "$TMPDIR/test.log")
  fi
  git checkout -q --force
  [[ $verdict == yes* ]] || missed=$((missed + 1))
  say "$name: ${verdict:-the tests did not run}"
  [[ -z ${KEEP_LOGS:-} ]] || cp "$TMPDIR/test.log" "$KEEP_LOGS/$name.log"
  printf '| %s | %s | `%s` | %s |\n' "$(field "$name" promise)" "$(field "$name" break)" "${pattern//\\/}" "$verdict" >>"$table"
done

cat "$table"
((missed == 0)) || die "$missed of ${#names[@]} breaks went unnoticed"
