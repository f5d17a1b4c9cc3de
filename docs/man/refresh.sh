#!/bin/sh
# Put the parts of cradle.json(5) that are made from the tables into the page:
#	docs/man/refresh.sh build/cradle
set -eu
cradle=$1
page=$(dirname "$0")/cradle.json.5
new=$(mktemp)
trap 'rm -f "$new"' EXIT

awk -v cradle="$cradle" '
	/^\.\\" end / { skip = 0 }
	!skip { print }
	/^\.\\" begin / {
		part = $3
		sub(/:$/, "", part)
		fflush()
		system(cradle " check --man-" part)
		skip = 1
	}' "$page" >"$new"
cat "$new" >"$page"
