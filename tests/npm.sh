#!/bin/sh
# Install what tests/npm/package.json names into a folder, once: tests/npm.sh DIR
#
# Without npm, or without a network, the tests that want it are skipped; that is
# said here in one line, and is no failure.
set -eu

from=$(dirname "$0")/npm
to=$1

say() {
	echo "  npm: $1; tests of express, fastify, hono, Nest and the original import-meta-env are skipped" >&2
	exit 0
}

stamp=$(cat "$from/package.json" "$from/package-lock.json" | cksum)
[ "$(cat "$to/stamp" 2>/dev/null)" != "$stamp" ] || exit 0
command -v npm >/dev/null || say "there is no npm"

mkdir -p "$to"
rm -f "$to/stamp"
cp "$from/package.json" "$from/package-lock.json" "$to/"
(cd "$to" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error \
	--fetch-retries=1 --fetch-timeout=30000 >npm.log 2>&1 </dev/null) ||
	say "npm ci failed, as $to/npm.log has it"
echo "$stamp" >"$to/stamp"
