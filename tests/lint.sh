#!/bin/bash
# Format, static analysis, and the limits of size: functions of 60 lines, files of
# 500.  A function that is one flat switch or table may be longer: LONG_ALLOWED.
set -u
failed=0
folders="core config supervisor logs secrets envsubst healthcheck control notify remote personality"
sources=$(ls $(printf '%s/*.c ' $folders))
headers=$(ls $(printf '%s/*.h ' $folders))

complain() {
	echo "lint: $1" >&2
	failed=1
}

check_format() {
	clang-format --dry-run --Werror $sources $headers tests/*/*.[ch] ||
		complain "make format mends the lines above"
}

# Lines from a function's opening brace in column 1 to its closing one.
longest_functions() {
	awk '/^{/ { start = FNR; name = last }
	     /^}/ { if (start) { n = FNR - start - 1
		    if (n > 60) print FILENAME ":" start " " name " has " n " lines" }
		    start = 0 }
	     !/^[{} \t]/ { last = $0 }' $sources
}

check_sizes() {
	local long file
	long=$(longest_functions)
	[ -z "$long" ] || complain "functions over 60 lines: $long"
	for file in $sources $headers; do
		[ "$(wc -l <"$file")" -le 500 ] || complain "$file has over 500 lines"
	done
}

check_words() {
	local found
	found=$(grep -nE 'TODO|FIXME|XXX' $sources $headers)
	[ -z "$found" ] || complain "unfinished: $found"
}

# How far the analyzer follows a function: eight times as far finds next to
# nothing more and takes seven times as long; LINT_NODES=225000 now and then.
nodes=${LINT_NODES:-30000}
export nodes

# .clang-tidy leaves out the checks that do not know the cleanup attribute or
# that take va_start behind a macro for a missing one.
tidy() {
	clang-tidy --quiet --extra-arg=-Xclang --extra-arg=-analyzer-config \
		--extra-arg=-Xclang "--extra-arg=max-nodes=$nodes" \
		"$@" -- -std=gnu11 -I. -D_GNU_SOURCE \
		'-DCRADLE_VERSION="0"' '-DCRADLE_BUILD="x"' \
		'-DCRADLE_LIBC="x"' 2>/dev/null
}
export -f tidy

check_tidy() {
	echo "$sources" | tr ' ' '\n' | xargs -P "$(nproc)" -n 8 \
		bash -c 'tidy "$@"' tidy ||
		complain "clang-tidy has something to say"
}

check_cppcheck() {
	cppcheck --quiet --error-exitcode=1 --inline-suppr --std=c11 -j "$(nproc)" \
		--enable=warning,portability --suppress=missingIncludeSystem \
		--suppress=normalCheckLevelMaxBranches -I. -D_GNU_SOURCE \
		--suppressions-list=tests/cppcheck.txt $sources ||
		complain "cppcheck has something to say"
}

check_format
check_sizes
check_words
check_tidy
check_cppcheck
[ "$failed" = 0 ] || exit 1
echo "  lint: nothing to say"
