#!/bin/sh
# One table of cradle's figures beside its peers': bench/run.sh BINARY
#
# The binary is the static one (make bench).  Takes about eight minutes (ROWS="exec
# idle" for some rows alone), stays on loopback, cleans up after itself.  A peer that is not here is left out, with a
# line that says so.  README.md says how each figure is taken.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
PM2_VERSION=7.0.4
IMPORT_META_ENV_VERSION=0.7.4
cache=${CRADLE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cradle}
programs=$here/../build/bench

die() {
	echo "bench: $1" >&2
	exit 1
}

say() {
	echo "bench: $1" >&2
}

[ $# -eq 1 ] && [ -x "$1" ] ||
	die "cannot measure '${1:-}': no such program (try: make bench)"
BENCH_CRADLE=$(realpath "$1")
BENCH_DIR=$(mktemp -d)
# a tmpfs, where there is one: what a disk takes is not what is compared
BENCH_MEMORY=$(mktemp -d -p /dev/shm 2>/dev/null) || BENCH_MEMORY=$BENCH_DIR
BENCH_COPY=$BENCH_DIR/cradle-copy
BENCH_FAKES=$here/../tests/fakes
BENCH_APPS=$programs
export BENCH_CRADLE BENCH_DIR BENCH_MEMORY BENCH_COPY BENCH_FAKES BENCH_APPS
running=
group=

clean_up() {
	[ -z "$running" ] || kill "$running" 2>/dev/null || :
	wait
	if [ -n "$group" ]; then
		echo $$ >"${group%/*}/cgroup.procs" || :
		rmdir "$group" || :
	fi
	rm -rf "$BENCH_DIR" "$BENCH_MEMORY"
}
trap clean_up EXIT
trap 'exit 130' HUP INT TERM

# Outside of any CPU group the kernel makes one for each session (autogroup), and
# a restart is a new session: with busy neighbours that costs it milliseconds
# that it never costs in a container. So be in a group, as a container is.
enter_group() {
	case $(grep -E '^[0-9]+:(|cpu|cpu,cpuacct|cpuacct,cpu):' \
		/proc/self/cgroup) in
	*:cpu*:/ | 0::/) ;;
	*) return ;;
	esac
	for root in /sys/fs/cgroup/cpu /sys/fs/cgroup; do
		[ -w "$root/cgroup.procs" ] || continue
		group=$root/cradle-bench.$$
		mkdir "$group" 2>/dev/null &&
			echo $$ >"$group/cgroup.procs" 2>/dev/null && return
		rmdir "$group" 2>/dev/null || :
		group=
	done
	say "no CPU group of our own: busy neighbours count double"
}

# The apps are static and start in no time: with musl, if its prefix is there.
build() {
	mkdir -p "$programs"
	prefix=$("$here/../toolchain/prefix.sh") || die "cannot find musl"
	for app in life loop pour storm serve; do
		"$prefix/bin/musl-gcc" -std=gnu11 -D_GNU_SOURCE -Os -static \
			-o "$programs/$app" "$here/apps/$app.c"
	done
	cp "$here/apps/serve.js" "$programs/"
	flags="-std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra"
	parts=
	for part in cage fake measure peer proc load accepted server wrk \
		profile; do
		# shellcheck disable=SC2086 # several flags
		"${CC:-cc}" $flags -c -o "$programs/$part.o" "$here/$part.c"
		parts="$parts $programs/$part.o"
	done
	for name in exec launch restart storm stop idle slack secrets probe \
		stdout subst crash reload busy; do
		# shellcheck disable=SC2086 # several flags and files
		"${CC:-cc}" $flags -o "$programs/run-$name" "$here/$name.c" \
			$parts
	done
}

# What is no Debian package: from npm, once, out of everybody's way.  Prints the
# program's path, or nothing: from_npm PACKAGE VERSION PROGRAM
from_npm() {
	folder=$cache/bench-npm/$(echo "$1" | tr -d @ | tr / -)-$2
	program=$folder/node_modules/$1/$3
	if [ ! -e "$program" ]; then
		command -v npm >/dev/null || {
			say "left out: $1 (no npm here)"
			return
		}
		say "fetching $1 $2 from the npm registry"
		rm -rf "$folder.part" && mkdir -p "$folder.part"
		timeout -k 5 90 npm install --silent --no-audit --no-fund \
			--ignore-scripts --prefix "$folder.part" \
			"$1@$2" >/dev/null 2>&1 </dev/null || {
			say "left out: $1 (npm cannot fetch it)"
			rm -rf "$folder.part"
			return
		}
		rm -rf "$folder" && mv "$folder.part" "$folder"
	fi
	echo "$program"
}

name_missing() {
	for peer in tini dumb-init catatonit s6-supervise supervisord wrk curl; do
		command -v "$peer" >/dev/null ||
			say "left out: $peer (toolchain/build-deps.sh bench)"
	done
	command -v node >/dev/null ||
		say "left out: Slack, secrets, PM2 (no node here)"
}

# Percent of the processors that were busy during one second.
busy() {
	awk '
	FNR == 1 { idle[NR > 1] = $5 + $6
		for (i = 2; i <= 9; i++) all[NR > 1] += $i }
	END { d = all[1] - all[0]
		print int(100 * (1 - (idle[1] - idle[0]) / (d + 1))) }
	' "$BENCH_DIR/before" /proc/stat
}

# A tail is the neighbours' doing when they use the machine too: wait a little.
wait_for_quiet() {
	tries=0
	while :; do
		cat /proc/stat >"$BENCH_DIR/before"
		sleep 1
		percent=$(busy)
		[ "$percent" -gt 15 ] || return 0
		tries=$((tries + 1))
		[ "$tries" -lt 15 ] || break
	done
	say "the machine is busy ($percent %): tails are not cradle's alone"
}

# PROGRAM SECONDS WHAT [ARGUMENT]: its rows go to the table; one that fails is a
# hole in it.
measure() {
	case " ${ROWS:-$1} " in *" $1 "*) ;; *) return 0 ;; esac
	say "$1: $3"
	timeout -k 5 "$2" "$programs/run-$1" ${4:+"$4"} \
		>>"$BENCH_DIR/rows" </dev/null &
	running=$!
	wait "$running" || say "$1 failed: its figures are missing"
	running=
}

size_of() {
	[ -z "$2" ] || printf 'size\t%s\t%s\t0\t1\n' "$1" "$(stat -Lc %s "$2")"
}

sizes() {
	size_of cradle "$BENCH_CRADLE"
	for peer in tini dumb-init catatonit; do
		size_of "$peer" "$(command -v "$peer" || :)"
	done
	size_of s6 "$(command -v s6-supervise || :)"
}

build
name_missing
BENCH_PM2=$(from_npm pm2 "$PM2_VERSION" bin/pm2-runtime)
BENCH_IMPORT_META_ENV=$(from_npm @import-meta-env/cli \
	"$IMPORT_META_ENV_VERSION" bin/import-meta-env.js)
export BENCH_PM2 BENCH_IMPORT_META_ENV
cp "$BENCH_CRADLE" "$BENCH_COPY"
enter_group
sizes >"$BENCH_DIR/rows"
wait_for_quiet
measure exec 30 "exec to the app's first instruction"
measure launch 60 "npm start, and without npm"
measure restart 75 "death to the next life"
measure restart 60 "death to the next life, both processors busy" load
measure stop 60 "TERM to the container's end"
measure storm 60 "10,000 orphans"
if command -v node >/dev/null; then
	measure slack 30 "crash to Slack"
	measure secrets 30 "secrets, far away and near"
fi
measure probe 30 "a probe"
measure stdout 60 "stdout through a capture"
measure subst 120 "210 MB of assets"
if command -v node >/dev/null; then
	measure crash 300 "kill -9 under load"
	measure reload 60 "reload under load"
	measure busy 120 "a busy server, with and without the handover"
fi
measure idle 40 "24 seconds of nothing"
awk -f "$here/table.awk" "$BENCH_DIR/rows"
