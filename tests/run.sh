#!/bin/sh
# Run test programs and sum up: tests/run.sh PROGRAM...
#
# One line for each program that passes, everything that a failing one printed,
# and at the end "N passed, N failed[, N skipped]".  A test that never reported
# (its program crashed, or ran into TEST_TIMEOUT seconds) counts as failed, and
# so does a program without tests.
set -eu

limit=${TEST_TIMEOUT:-180}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' HUP INT TERM

passed=0
failed=0
skipped=0

# The counts of one program's TAP: planned passed failed skipped.  A message of
# the program may have no newline, so that a result stands behind it.
count() {
	awk '
	/^1\.\.[0-9]+$/ { planned += substr($0, 4); next }
	/not ok [0-9]+ # SKIP/ { skipped++; next }
	/not ok [0-9]+ - / { failed++; next }
	/ok [0-9]+ - / { passed++ }
	END { print planned + 0, passed + 0, failed + 0, skipped + 0 }
	' "$log"
}

why() {
	case $1 in
	124 | 137) echo "timed out after $limit s" ;;
	*) echo "ended with status $1" ;;
	esac
}

run_one() {
	status=0
	if [ -x "$1" ]; then
		CMOCKA_MESSAGE_OUTPUT=tap timeout -k 5 "$limit" "$1" \
			>"$log" 2>&1 </dev/null || status=$?
	else
		echo "no such program: it was not built" >"$log"
		status=127
	fi
	set -- "$1" $(count)
	lost=$(($2 - $3 - $4 - $5))
	bad=$(($4 + ${lost#-}))
	if [ "$bad" -eq 0 ] && { [ "$status" -ne 0 ] || [ "$2" -eq 0 ]; }; then
		bad=1
	fi
	passed=$((passed + $3))
	failed=$((failed + bad))
	skipped=$((skipped + $5))
	report "$1" "$3" "$bad" "$5"
}

# report PROGRAM PASSED FAILED SKIPPED
report() {
	if [ "$3" -ne 0 ]; then
		echo "FAIL $1: $2 passed, $3 failed, $(why "$status")"
		sed 's/^/  | /' "$log"
		return
	fi
	if [ "$4" -eq 0 ]; then
		echo "ok   $1: $2 passed"
		return
	fi
	echo "ok   $1: $2 passed, $4 skipped"
	sed -n 's/^# skipped: /  skipped: /p' "$log" | sort | uniq -c |
		sed 's/^ *\([0-9]*\)  */     \1 x /'
}

for program in "$@"; do
	run_one "$program"
done

line="$passed passed, $failed failed"
if [ "$skipped" -ne 0 ]; then
	line="$line, $skipped skipped"
fi
echo "$line"
[ "$failed" -eq 0 ]
