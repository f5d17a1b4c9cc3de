#!/bin/bash
# Who may include whom, and what PID 1 may never reach.  The table is the one of
# docs/design.md; a line printed here is a wall that somebody walked through.
# usage: layers.sh BUILD
set -eu

build=$1
failed=0

complain() {
	echo "layers: $1" >&2
	failed=1
}

# folder: folders it may include besides its own
may_include() {
	case $1 in
	core) echo "" ;;
	config | personality) echo "core" ;;
	supervisor) echo "core config" ;;
	logs) echo "core config" ;;
	remote) echo "core config" ;;
	secrets | notify) echo "core config remote" ;;
	envsubst | healthcheck) echo "core config" ;;
	control) echo "core config healthcheck" ;;
	esac
}

# the libraries' headers, and the folders that may include them
may_use() {
	case $1 in
	ev.h) echo "supervisor" ;;
	curl/*) echo "remote" ;;
	cjson/*) echo "config secrets notify" ;;
	sodium.h) echo "core/secret.c secrets notify remote envsubst/digest.c envsubst/digest.h envsubst/sums.c envsubst/sums.h" ;;
	*) echo "any" ;;
	esac
}

allowed() {
	local word
	for word in $2; do
		case $1 in "$word" | "$word"/*) return 0 ;; esac
	done
	return 1
}

check_own_include() {
	local file=$1 folder=${1%%/*} target=${2%%/*}
	[ "$target" != "$folder" ] || return 0
	# the tables of roles, subcommands and names, and logs/ring.h, which PID 1
	# makes
	[ "$file" != supervisor/main.c ] || return 0
	[ "$file" != personality/names.c ] || return 0
	[ "$folder/$2" != supervisor/logs/ring.h ] || return 0
	allowed "$target" "$(may_include "$folder")" ||
		complain "$file includes $2"
}

check_library_include() {
	local who
	who=$(may_use "$2")
	[ "$who" = any ] || allowed "$1" "$who" ||
		complain "$1 includes <$2>"
}

check_includes() {
	local file header
	for file in */*.[ch]; do
		case $file in
		tests/* | docs/* | build/* | toolchain/* | bench/*) continue ;;
		esac
		while read -r header; do
			check_own_include "$file" "$header"
		done < <(sed -n 's/^#include "\(.*\)"/\1/p' "$file")
		while read -r header; do
			check_library_include "$file" "$header"
		done < <(sed -n 's/^#include <\(.*\)>/\1/p' "$file")
	done
}

check_last_include() {
	local file
	for file in supervisor/*.c; do
		[ "$(grep '^#include' "$file" | tail -n 1)" = \
			'#include "supervisor/pid1.h"' ] ||
			complain "$file does not include supervisor/pid1.h last"
	done
}

forbidden='curl_.*|cJSON_.*|getaddrinfo|gethostbyname.*|res_.*|malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf|__asprintf_chk|fopen|fdopen|popen|opendir|system|getline|qsort|pthread_create|sleep|usleep|nanosleep'

check_symbols() {
	local object found
	for object in "$build"/supervisor/*.o "$build"/personality/*.o; do
		found=$(nm -u "$object" | sed -n 's/^ *U //p' |
			grep -xE "$forbidden" || true)
		[ -z "$found" ] || complain "$object reaches" $found
	done
}

check_includes
check_last_include
check_symbols
[ "$failed" = 0 ] || exit 1
echo "  layers: the folders keep to their walls"
