#!/bin/bash
# Run test programs and sum up: tests/run.sh PROGRAM...
#
# One line for each program that passes, everything that a failing one printed,
# and at the end "N passed, N failed[, N skipped]".  A test that never reported
# (its program crashed, or ran into TEST_TIMEOUT seconds) counts as failed, and
# so does a program without tests.  TEST_JOBS programs run at a time (two for
# each core: most of them wait), but those that watch who sleeps run alone.
set -eu

limit=${TEST_TIMEOUT:-180}
jobs=${TEST_JOBS:-$(($(nproc) * 2))}
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
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
	' "$1"
}

why() {
	case $1 in
	124 | 137) echo "timed out after $limit s" ;;
	*) echo "ended with status $1" ;;
	esac
}

# run NUMBER PROGRAM: into its own log, with the status beside it
run() {
	status=0
	if [ -x "$2" ]; then
		CMOCKA_MESSAGE_OUTPUT=tap timeout -k 5 "$limit" "$2" \
			>"$logs/$1" 2>&1 </dev/null || status=$?
	else
		echo "no such program: it was not built" >"$logs/$1"
		status=127
	fi
	echo "$status" >"$logs/$1.status"
}

is_alone() {
	case ${1##*/} in test_idle) return 0 ;; esac
	return 1
}

run_all() {
	number=0
	for program in "$@"; do
		number=$((number + 1))
		! is_alone "$program" || continue
		while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
			wait -n || true
		done
		run "$number" "$program" &
	done
	wait
	number=0
	for program in "$@"; do
		number=$((number + 1))
		! is_alone "$program" || run "$number" "$program"
	done
}

add_up() {
	log=$logs/$2
	status=$(cat "$log.status")
	set -- "$1" $(count "$log")
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

run_all "$@"
number=0
for program in "$@"; do
	number=$((number + 1))
	add_up "$program" "$number"
done

line="$passed passed, $failed failed"
if [ "$skipped" -ne 0 ]; then
	line="$line, $skipped skipped"
fi
echo "$line"
[ "$failed" -eq 0 ]
