#!/bin/sh
# The main job of cradle on a small sample, told step by step: demo/run.sh [BINARY]
#
# The binary: the argument, else build/cradle.  The sample is copied to a temporary
# folder first.  Everything ends by itself, after about 5 seconds.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
cradle=${1:-$here/../build/cradle}
PORT=${PORT:-3400}
HEALTH_PORT=${HEALTH_PORT:-9400}
DEMO=$(mktemp -d)
API_URL=http://127.0.0.1:$PORT
APP_TITLE="It's a <demo>"
export PORT HEALTH_PORT DEMO API_URL APP_TITLE
health=http://127.0.0.1:$HEALTH_PORT
asked=
started=
pid=

clean_up() {
	for one in $pid $started $asked; do
		kill -KILL "$one" 2>/dev/null || :
	done
	rm -rf "$DEMO"
}
trap clean_up EXIT
trap 'exit 130' HUP INT TERM

step() {
	printf '\n== %s\n' "$*"
}

indent() {
	sed 's/^/   /'
}

fail() {
	printf 'demo: %s\n' "$1" >&2
	[ ! -s "$DEMO/log" ] || indent <"$DEMO/log" >&2
	exit 1
}

need() {
	[ -x "$cradle" ] || fail "cannot find $cradle (make builds it)"
	command -v node >/dev/null || fail "cannot find node (apt install nodejs)"
}

ask() {
	timeout 20 node "$here/ask.js" "$@" >"$DEMO/answer" ||
		fail "cradle did not do what it should"
	indent <"$DEMO/answer"
}

# A question that is asked before there is anybody to answer; then its answer.
ask_early() {
	timeout 20 node "$here/ask.js" "$@" >"$DEMO/early" &
	asked=$!
	tries=0
	while [ ! -s "$DEMO/early" ] && [ "$tries" -lt 500 ]; do
		tries=$((tries + 1))
		sleep 0.01
	done
}

hear() {
	wait "$asked" || fail "cradle did not do what it should"
	asked=
	indent <"$DEMO/early"
}

placeholder_line() {
	grep import_meta_env "$DEMO/web/dist/index.html" | sed 's/^ *//' | indent
}

# The one child of unshare(1), which is PID 1 in there; the pid from out here.
child_of() {
	tries=0
	while [ "$tries" -lt 200 ]; do
		for status in $(grep -ls "^PPid:[[:space:]]*$1\$" \
			/proc/[0-9]*/status); do
			basename "$(dirname "$status")"
			return
		done
		tries=$((tries + 1))
		sleep 0.01
	done
}

start() {
	if unshare -pf --mount-proc true 2>/dev/null; then
		step "cradle starts as PID 1 of a PID namespace of its own"
		unshare -pf --mount-proc "$cradle" -c "$DEMO/cradle.json" \
			>"$DEMO/log" 2>&1 &
		started=$!
		pid=$(child_of "$started")
	else
		step "cradle starts as an ordinary process"
		echo "   (no PID namespace can be made here; as root it can)"
		"$cradle" -c "$DEMO/cradle.json" >"$DEMO/log" 2>&1 &
		started=$!
		pid=$started
	fi
	[ -n "$pid" ] || fail "cradle did not start"
}

stop() {
	kill -TERM "$pid"
	code=0
	wait "$started" || code=$?
	started=
	pid=
	indent <"$DEMO/log"
	echo "   exit code $code"
	[ "$code" -eq 0 ] || fail "the exit code should be node's own, 0"
}

need
cp -R "$here/." "$DEMO"
step "the built page, before"
placeholder_line
ask_early ready "$health"
start
hear
grep '^cradle: ready' "$DEMO/log" | indent
step "the page carries this container's values"
placeholder_line
step "the API has its secrets, which came from a local file store"
ask show "$API_URL/who"
step "the API is crashed on purpose"
ask crash "$API_URL" "$health"
step "SIGTERM: the API drains, its own exit code comes out; all that was said:"
stop
printf '\nThat was %s. README.md says what to put into a Dockerfile.\n' \
	"$("$cradle" version | head -n 1)"
