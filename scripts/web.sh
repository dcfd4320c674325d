#!/usr/bin/env bash
# Builds the web client of web/ and writes into build/web what cmake makes part of the server. Does nothing, and needs no
# Node.js for it, where nothing has changed since. Fails with a sentence that says what is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

inputs=$(find web sdk/*/src scripts/embed_web.mjs \( -name node_modules -o -name dist \) -prune -o -type f -print0 | sort -z |
  xargs -0 sha256sum | sha256sum)
[[ -f build/web/web_client.cpp && $(cat build/web/inputs 2>/dev/null) == "$inputs" ]] && exit

find_node || die "the web client cannot be built: it needs Node.js $node_needed or newer, and npm, which could not be had here"
if [[ ! web/node_modules/.package-lock.json -nt web/package-lock.json ]]; then
  say "fetching what the web client is made of"
  # By the lock, as `npm ci` does; but that refuses a lock without the optional packages of some other platform.
  npm install --prefix web --no-save --no-audit --no-fund --loglevel=error ||
    die "npm could not fetch what the web client is made of (npm install in web/)"
fi
say "building the web client"
mkdir -p build/web
npm run build --prefix web >build/web/build.log 2>&1 || {
  tail -40 build/web/build.log >&2
  die "the web client cannot be built (npm run build in web/)"
}
node scripts/embed_web.mjs web/dist build/web >>build/web/build.log
echo "$inputs" >build/web/inputs
