#!/bin/bash
# Build and run the example images in real containers, without a Docker engine.
#
#   docker/containers.sh [--full] [--keep] [EXAMPLE...]
#
#   --full   build cradle inside docker/Dockerfile, else build/static/cradle is
#            put into the image as it is ($CRADLE_BIN names another file)
#   --keep   leave the containers running, and say how to look at them
#
# The base image is made from this machine's Debian mirror; no registry is
# asked. Every container runs as uid 65532 with all capabilities dropped, on a
# read-only root, with podman's default seccomp profile and without a network.
# Where that cannot be done (not root, no podman) one line says so, and the
# exit code is 0. Images live in a store of their own under the cache.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
repo=$(dirname "$here")
state=${CRADLE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cradle}/containers
base=debian:bookworm-slim
log=$state/log
failed=0
options=()

say() {
	echo "containers: $*" >&2
}

skip() {
	say "skipped: $1 ($2)"
	exit 0
}

die() {
	say "$1 ($2)"
	exit 1
}

# Milliseconds of a clock that only goes forward.
now() {
	local up
	read -r up _ </proc/uptime
	echo $((10 * ${up/./}))
}

podman() {
	CONTAINERS_CONF=$here/containers.conf command podman \
	    --root "$state/storage" --runroot "$state/run" "$@"
}

# ---- images -------------------------------------------------------------

need_tools() {
	[ "$(id -u)" = 0 ] || skip "not root" "try: sudo make containers"
	"$repo/toolchain/build-deps.sh" containers ||
	    skip "podman and its parts cannot be installed" "see the line above"
	mkdir -p "$state"
	podman info >"$log" 2>&1 ||
	    skip "podman does not work here" "its words are in $log"
}

# Print the one-line or deb822 files that name this machine's Debian mirror.
apt_sources() {
	local file
	for file in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list
	do
		if [ -s "$file" ]; then
			echo "$file"
			return
		fi
	done
	return 1
}

# debian:bookworm-slim, as near as mmdebstrap makes it. Its apt uses the same
# mirror as this machine's.
need_base() {
	local tar=$state/base.tar begun
	podman image exists "$base" && return
	begun=$(now)
	mmdebstrap --variant=minbase --include=ca-certificates bookworm "$tar" \
	    "$(apt_sources)" >"$log" 2>&1 ||
	    die "cannot make the base image" "see $log"
	podman import --change 'CMD ["/bin/bash"]' "$tar" "$base" \
	    >"$log" 2>&1 || die "cannot import the base image" "see $log"
	rm -f "$tar"
	say "base image: $(($(now) - begun)) ms"
}

# $1: the image's name; the rest: options and context for podman build.
build_image() {
	local name=$1 begun
	shift
	begun=$(now)
	# --format docker: the OCI format has no HEALTHCHECK
	podman build --format docker --network host --pull-never \
	    -t "localhost/$name" "$@" >"$state/log-$name" 2>&1 ||
	    die "cannot build the image $name" "see $state/log-$name"
	say "image $name: $(($(now) - begun)) ms"
}

build_cradle() {
	local bin=${CRADLE_BIN:-$repo/build/static/cradle} context
	if [ "$full" = 1 ]; then
		build_image cradle -f "$here/Dockerfile" \
		    --ignorefile "$here/Dockerfile.dockerignore" "$repo"
		return
	fi
	[ -x "$bin" ] || die "no $bin" "try: make static, or --full"
	context=$(mktemp -d "$state/context.XXXXXX")
	cp "$bin" "$context/cradle"
	printf 'FROM scratch\nCOPY cradle /cradle\nENTRYPOINT ["/cradle"]\n' \
	    >"$context/Dockerfile"
	build_image cradle "$context"
	rm -rf "$context"
}

# ---- running ------------------------------------------------------------

# start NAME [COMMAND...]: the image NAME as a container of the same name, under
# the hard rules. More options for podman are in the array `options`.
start() {
	local name=$1
	shift
	podman rm -f -t 0 "$name" >/dev/null 2>&1 || :
	podman run -d --name "$name" --network none --read-only \
	    --user 65532:65532 --cap-drop all "${options[@]}" \
	    "localhost/$name" "$@" >"$log" 2>&1 ||
	    die "cannot start $name" "see $log"
}

# Print the answer to GET $3 on port $2 inside the container $1: bash is the
# only client that every Debian image has.
get() {
	# shellcheck disable=SC2016 # the container's bash expands it
	podman exec "$1" bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$0" &&
	    printf "GET %s HTTP/1.0\r\n\r\n" "$1" >&3 && cat <&3' \
	    "$2" "$3" 2>/dev/null
}

# Wait up to ten seconds until the answer to GET has the text $4.
wait_for() {
	local begun
	begun=$(now)
	while ! get "$1" "$2" "$3" | grep -qF -- "$4"; do
		[ $(($(now) - begun)) -lt 10000 ] || return 1
		sleep 0.05
	done
}

# check NAME WHAT COMMAND...: run the command and report.
check() {
	local name=$1 what=$2 begun
	shift 2
	begun=$(now)
	if "$@"; then
		say "ok   $name: $what ($(($(now) - begun)) ms)"
	else
		say "FAIL $name: $what (try: --keep, then: podman logs)"
		podman logs "$name" 2>&1 | tail -n 5 | cut -c 1-200 |
		    sed 's/^/    | /' >&2
		failed=1
	fi
}

# True when the app of $1 was killed and another one took over.
survives_kill() {
	local before after
	before=$(get "$1" 3000 /health | sed -n 's/.*"pid":\([0-9]*\).*/\1/p')
	[ -n "$before" ] || return 1
	podman exec "$1" bash -c "kill -KILL $before" || return 1
	wait_for "$1" 3000 /health '"status":"ok"' || return 1
	after=$(get "$1" 3000 /health | sed -n 's/.*"pid":\([0-9]*\).*/\1/p')
	[ "$after" != "$before" ]
}

# The stop must be orderly: the app's own exit code, and no wait for KILL.
stops_cleanly() {
	podman stop -t 9 "$1" >/dev/null 2>&1
	[ "$(podman inspect -f '{{.State.ExitCode}}' "$1")" = 0 ]
}

healthy() {
	podman healthcheck run "$1" >/dev/null 2>&1
}

finish() {
	if [ "$keep" = 1 ]; then
		say "kept: CONTAINERS_CONF=$here/containers.conf podman" \
		    "--root $state/storage --runroot $state/run exec -it $1 bash"
		return
	fi
	check "$1" "stops with the app's exit code" stops_cleanly "$1"
	podman rm -f -t 0 "$1" >/dev/null 2>&1 || :
}

# ---- the examples -------------------------------------------------------

# The file alone, in an image with nothing else.
runs_on_scratch() {
	start cradle version
	[ "$(podman wait cradle)" = 0 ]
}

run_cradle() {
	check cradle "runs on scratch" runs_on_scratch
	podman rm -f -t 0 cradle >/dev/null 2>&1 || :
}

run_node_api() {
	build_image node-api "$here/examples/node-api"
	options=(--tmpfs /tmp:mode=1777)
	start node-api
	check node-api "answers" wait_for node-api 3000 /health '"status":"ok"'
	check node-api "health probe" healthy node-api
	check node-api "readiness" wait_for node-api 9400 /readyz ' 200 '
	check node-api "survives kill -9" survives_kill node-api
	finish node-api
}

run_spa_nginx() {
	build_image spa-nginx "$here/examples/spa-nginx"
	options=(--tmpfs /tmp:mode=1777 --tmpfs /srv/site:mode=1777
	    -e API_URL=https://api.example.org -e 'APP_TITLE=Tom & "Ann"')
	start spa-nginx
	check spa-nginx "serves its assets" \
	    wait_for spa-nginx 8080 /assets/app-3f9c1b.js ' 200 '
	# the original's form: a slash is written as \u002F inside JSON.parse
	check spa-nginx "has the deployment's variables" wait_for \
	    spa-nginx 8080 / '"API_URL":"https:\u002F\u002Fapi.example.org"'
	check spa-nginx "health probe" healthy spa-nginx
	finish spa-nginx
}

main() {
	full=0
	keep=0
	while [ $# -gt 0 ]; do
		case $1 in
		--full) full=1 ;;
		--keep) keep=1 ;;
		-*) die "unknown option $1" "see the head of $0" ;;
		*) break ;;
		esac
		shift
	done
	[ $# -gt 0 ] || set -- cradle node-api spa-nginx

	need_tools
	need_base
	build_cradle
	for example; do
		case $example in
		cradle | node-api | spa-nginx) "run_${example//-/_}" ;;
		*) die "no example $example" "see docker/examples" ;;
		esac
	done
	# what former runs' images were, not the layers that today's still use
	podman image prune -f >/dev/null 2>&1 || :
	[ $failed = 0 ] || exit 1
}

main "$@"
