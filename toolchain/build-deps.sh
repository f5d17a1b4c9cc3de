#!/bin/sh
# Install the Debian packages that a group of make targets needs.
#
#   toolchain/build-deps.sh GROUP...
#
#   build            make: the dynamic development build
#   test             make test, and the certificates it makes
#   demo             make demo
#   lint             make lint, format, fuzz, asan
#   bench            the peers that make bench measures against
#   containers       make containers: podman and a base image's builder
#   static[-ARCH]    toolchain/prefix.sh, which calls this by itself
#
# Silent and quick when nothing is missing. Only then is apt touched, and its
# lists are fetched only when they do not suffice (a fresh Debian has none).
set -eu

packages_of() {
	case $1 in
	build)
		echo gcc make pkg-config libc6-dev libcurl4-openssl-dev \
		    libcjson-dev libev-dev libsodium-dev ca-certificates
		;;
	test)
		# node may come from elsewhere, a newer one than Debian's; the
		# inits are compared with cradle by their names, the servers
		# are restarted under load
		packages_of build
		echo libcmocka-dev openssl ca-certificates util-linux \
		    tini dumb-init catatonit gzip zstd \
		    nginx-light gunicorn python3 chromium
		command -v node >/dev/null || echo nodejs
		command -v npm >/dev/null || echo npm
		;;
	demo)
		echo util-linux
		command -v node >/dev/null || echo nodejs
		;;
	lint)
		# libclang-rt-dev: the fuzzers' and sanitizers' run time
		packages_of test
		echo clang clang-format clang-tidy libclang-rt-dev cppcheck
		;;
	bench)
		packages_of build
		echo tini dumb-init catatonit s6 supervisor util-linux curl \
		    openssl wrk
		;;
	containers)
		echo podman buildah runc conmon netavark aardvark-dns \
		    mmdebstrap ca-certificates
		;;
	static | "static-$(uname -m)")
		# autotools: libsodium's sources come without a configure
		echo gcc make libc6-dev linux-libc-dev dpkg-dev autoconf \
		    automake libtool xz-utils bzip2 patch ca-certificates
		;;
	static-aarch64)
		packages_of static
		echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross
		;;
	*)
		die "unknown group '$1'" "see the head of $0"
		;;
	esac
}

die() {
	echo "build-deps: $1 ($2)" >&2
	exit 1
}

# Print those of $@ that are not installed.
missing_of() {
	# shellcheck disable=SC2016 # dpkg expands ${...}, not the shell
	installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" \
	    2>/dev/null | sed -n 's/ installed$//p')
	for package; do
		case "
$installed
" in
		*"
$package
"*) ;;
		*) echo "$package" ;;
		esac
	done
}

apt_install() {
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	    --no-install-recommends -o Dpkg::Use-Pty=0 \
	    -o DPkg::Lock::Timeout=600 "$@" >>"$log" 2>&1 </dev/null
}

# Some of supervisor's and podman's packages start a daemon when installed.
# Debian's own switch against that is this file; an existing one is kept.
POLICY=/usr/sbin/policy-rc.d

forbid_daemons() {
	[ -e "$POLICY" ] && return
	trap 'rm -f "$POLICY"' EXIT
	trap 'exit 1' HUP INT TERM
	printf '#!/bin/sh\nexit 101\n' >"$POLICY"
	chmod 755 "$POLICY"
}

# One package without a candidate makes apt refuse all: the last try is one
# by one, so that the message can name the guilty.
install_all() {
	apt_install "$@" && return
	apt-get update -qq >>"$log" 2>&1 || :
	apt_install "$@" && return
	for package; do
		apt_install "$package" || :
	done
}

main() {
	[ $# -gt 0 ] || die "no group given" "try: $0 build test"
	wanted=
	for group; do
		# a plain assignment: its failure ends the script
		names=$(packages_of "$group")
		wanted="$wanted $names"
	done
	command -v dpkg-query >/dev/null ||
	    die "cannot install:$(echo " $wanted" | tr '\n' ' ')" \
	        "no apt here; use this system's own packages"

	# shellcheck disable=SC2046,SC2086 # package names have no blanks
	set -- $(missing_of $(printf '%s\n' $wanted | sort -u))
	[ $# -gt 0 ] || exit 0
	[ "$(id -u)" = 0 ] ||
	    die "cannot install $*: not root" \
	        "try: sudo apt-get install $*"

	echo "build-deps: installing $*" >&2
	log=$(mktemp "${TMPDIR:-/tmp}/build-deps.XXXXXX")
	forbid_daemons
	install_all "$@"
	# shellcheck disable=SC2046
	set -- $(missing_of "$@")
	[ $# = 0 ] || die "cannot install $*" "apt's words are in $log"
	rm -f "$log"
}

main "$@"
