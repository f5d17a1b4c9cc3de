#!/bin/sh
# What the release promises: one static file, nothing to load, below its size.
# usage: assert-static.sh FILE MAX_BYTES
set -eu

file=$1
max=$2

fail() {
	echo "cradle: $file $1" >&2
	exit 1
}

if readelf -lW "$file" | grep -q INTERP; then
	fail "asks for an interpreter"
fi
if readelf -dW "$file" | grep -q NEEDED; then
	fail "needs shared libraries"
fi
readelf -hW "$file" | grep -q 'DYN' || fail "is no position-independent executable"
size=$(stat -c %s "$file")
[ "$size" -le "$max" ] || fail "has $size bytes, more than $max"
echo "  $file: static-pie, $size bytes of at most $max"
