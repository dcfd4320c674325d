#!/usr/bin/env bash
# Whether every patch of tests/mutations still applies: a promise whose break does not apply is not proven any more.
# scripts/mutations.sh runs them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bad=0
for patch in tests/mutations/*.patch; do
  git apply --check "$patch" || { echo "does not apply: $patch"; bad=1; }
done
((bad == 0)) && echo "check_mutations: all of them apply"
exit "$bad"
