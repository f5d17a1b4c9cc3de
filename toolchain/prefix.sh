#!/bin/sh
# Build, once, the libraries of the static binary, and print where they are.
#
#   toolchain/prefix.sh [ARCH]      ARCH: x86_64 or aarch64, default this one
#
# stdout: the absolute path of a finished prefix, nothing else.
# stderr: one line per library while it builds; one line on failure.
#
# The prefix holds musl (bin/musl-gcc), libsodium, libev, cJSON, mbedTLS,
# libcurl, cmocka, the kernel's headers and a CA bundle, all made from Debian's
# signed source packages. README.md tells why. A prefix is named after the
# hash of everything that shapes it, so a change here makes a new one and an
# existing one is answered without a look at apt or the network.
#
# shellcheck disable=SC1091,SC2086 # os-release; $CFLAGS and $host are lists
set -eu
umask 022

# Source packages and the versions accepted, newest first. Debian replaces
# point versions at will and drops the old ones, so exact pins would rot.
WANTED='musl=1.2.5 libsodium=1.0 libev=4.33 cjson=1.7 mbedtls=3.6 curl=8.14
cmocka=1.1'
# The Debian release whose sources have them; the machine's own comes second.
RELEASE=trixie

here=$(cd "$(dirname "$0")" && pwd)
arch=${1:-$(uname -m)}
root=${CRADLE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cradle}
# comments may change without a rebuild; in C a # is no comment
key=$({
	grep -v '^[[:space:]]*#' "$0"
	cat "$here"/*.h "$here"/*.c "$here"/*.patch
} | sha256sum | cut -c1-12)
prefix=$root/static-$arch-$key
work=$root/build-$arch-$key # sources and logs, gone after a success
jobs=$(nproc 2>/dev/null || echo 2)

say() {
	echo "prefix: $*" >&2
}

die() {
	say "$1 ($2)"
	exit 1
}

# ---- sources ------------------------------------------------------------

# apt with a state of its own: the system's lists and sources are not touched.
apt_private() {
	command=$1
	shift
	"$command" -q=2 -o Dir::Etc::sourceparts=/dev/null \
	    -o Dir::Etc::sourcelist="$work/apt/deb-src.sources" \
	    -o Dir::State::lists="$work/apt/lists" \
	    -o Dir::Cache="$work/apt/cache" \
	    -o APT::Sandbox::User=root "$@"
}

# Print the address that this machine takes the Debian suite $1 from.
mirror_of() {
	# shellcheck disable=SC2016 # apt expands $(...), not the shell
	apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' \
	    'Created-By: Packages' |
	    sed -n "s/^$1 main //p" | head -n 1
}

# Print a deb-src stanza for the suites $2 at the mirror $1.
stanza() {
	echo "Types: deb-src"
	echo "URIs: $1"
	echo "Suites: $2"
	echo "Components: main"
	for ring in /usr/share/keyrings/debian-archive-keyring.pgp \
	    /usr/share/keyrings/debian-archive-keyring.gpg; do
		if [ -e "$ring" ]; then
			echo "Signed-By: $ring"
			break
		fi
	done
	echo
}

list_sources() {
	. /etc/os-release
	own=$VERSION_CODENAME
	main=$(mirror_of "$own")
	security=$(mirror_of "$own-security")
	[ -n "$main" ] || die "cannot list sources: no Debian mirror for $own" \
	    "see: apt-get indextargets"
	suites=$RELEASE
	fixes=$RELEASE-security
	if [ "$own" != "$RELEASE" ]; then
		suites="$suites $own"
		fixes="$fixes $own-security"
	fi
	mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial"
	{
		stanza "$main" "$suites"
		if [ -n "$security" ]; then
			stanza "$security" "$fixes"
		fi
	} >"$work/apt/deb-src.sources"
	apt_private apt-get update
}

# Print the versions of the source package $1 that begin with $2.
candidates() {
	apt_private apt-cache showsrc --only-source "$1" |
	    sed -n 's/^Version: //p' | sort -urV |
	    awk -v want="$2" '{
		bare = $0
		sub(/^[0-9]*:/, "", bare)
		rest = substr(bare, length(want) + 1)
		if (index(bare, want) == 1 && rest ~ /^[^0-9]/)
			print
	    }'
}

# Fetch and unpack the newest version of $1 (wanted: $2) that can be had. A
# mirror may list a version whose files it does not have (404): try the next.
fetch() {
	mkdir -p "$work/dsc/$1"
	cd "$work/dsc/$1"
	for version in $(candidates "$1" "$2"); do
		rm -f ./*
		if apt_private apt-get source --only-source -d "$1=$version"
		then
			dpkg-source --no-copy -x ./*.dsc "$work/src/$1"
			echo "$1 $version" >>"$work/VERSIONS"
			return
		fi
	done
	echo "no version $2 of $1 could be fetched"
	return 1
}

build_sources() {
	list_sources
	for want in $WANTED; do
		fetch "${want%%=*}" "${want#*=}"
	done
}

# ---- the libraries ------------------------------------------------------

# Sets the compilers and flags. The source directory's name is mapped away so
# that the same sources give the same bytes on every machine.
set_tools() {
	cross=
	[ "$arch" = "$(uname -m)" ] || cross=$arch-linux-gnu-
	stage=$work/stage
	AR=${cross}ar
	RANLIB=${cross}ranlib
	CFLAGS="-Os -fPIE -ffunction-sections -fdata-sections"
	CFLAGS="$CFLAGS -fno-asynchronous-unwind-tables -fno-unwind-tables"
	CFLAGS="$CFLAGS -fstack-protector-strong"
	CFLAGS="$CFLAGS -ffile-prefix-map=$work/src=. -ffile-prefix-map=$stage=."
	export AR RANLIB CFLAGS
}

# From here on a library is compiled by musl's wrapper of the compiler.
use_musl() {
	export CC="$stage/bin/musl-gcc" PKG_CONFIG=/bin/false
	# curl's and libsodium's configure: a host that is not the build machine
	# stops them from running test programs, on every architecture alike
	host="--host=$arch-linux-musl --build=$(uname -m)-pc-linux-gnu"
}

# Put the object files $2... into the archive $1, without dates.
archive() {
	lib=$1
	shift
	rm -f "$stage/lib/$lib"
	"$AR" rcsD "$stage/lib/$lib" "$@"
}

build_musl() {
	cd "$work/src/musl"
	./configure --target="$arch" --prefix="$stage" --disable-shared \
	    --enable-wrapper=gcc CC="${cross}gcc" AR="$AR" RANLIB="$RANLIB"
	make -j"$jobs" AR="$AR" RANLIB="$RANLIB"
	make install AR="$AR" RANLIB="$RANLIB"
	copy_kernel_headers
}

# musl has none of the kernel's own headers (seccomp, landlock, ...).
copy_kernel_headers() {
	if [ -n "$cross" ]; then
		set -- "/usr/$arch-linux-gnu/include"
	else
		set -- /usr/include "/usr/include/$arch-linux-gnu"
	fi
	for dir; do
		for name in linux asm asm-generic mtd; do
			[ -d "$dir/$name" ] || continue
			cp -rL "$dir/$name" "$stage/include/"
		done
	done
	[ -e "$stage/include/asm/unistd.h" ]
	[ -e "$stage/include/linux/seccomp.h" ]
}

build_mbedtls() {
	cd "$work/src/mbedtls"
	if grep -q '^mbedtls 3\.6\.6-' "$work/VERSIONS"; then
		patch -p1 -i "$here/mbedtls-3.6.6-tls12-pss.patch"
	fi
	cat "$here/mbedtls-trim.h" >>include/mbedtls/mbedtls_config.h
	# GEN_FILES=: the release has the generated files, so no perl or python
	make -C library -j"$jobs" GEN_FILES= CC="$CC" AR="$AR" ARFLAGS=rcsD \
	    CFLAGS="$CFLAGS -DNDEBUG" static
	# not entropy.o: the archive has a member of that name
	$CC $CFLAGS -c -o getrandom.o "$here/entropy.c"
	"$AR" rsD library/libmbedcrypto.a getrandom.o
	cp library/libmbedcrypto.a library/libmbedx509.a \
	    library/libmbedtls.a "$stage/lib/"
	cp -r include/mbedtls include/psa "$stage/include/"
}

# HTTP and HTTPS, and only what a client of web APIs calls. The headers API,
# dates and error texts stay: code that compiles against Debian's libcurl must
# find the same functions here. --disable-optimize and its like would turn -Os
# into -O0 and are not given.
build_curl() {
	cd "$work/src/curl"
	set --
	for off in ares dict file ftp gopher imap ipfs ldap ldaps mqtt pop3 rtsp \
	    smb smtp telnet tftp websockets alt-svc hsts cookies mime form-api \
	    netrc doh ntlm digest-auth kerberos-auth negotiate-auth aws \
	    tls-srp sha512-256 get-easy-options progress-meter \
	    libcurl-option manual docs ech httpsrr ssls-export \
	    shared dependency-tracking debug curldebug; do
		set -- "$@" "--disable-$off"
	done
	for off in zlib brotli zstd nghttp2 ngtcp2 nghttp3 libidn2 libpsl \
	    libssh2 libssh librtmp libgsasl gssapi ca-bundle ca-path \
	    zsh-functions-dir fish-functions-dir; do
		set -- "$@" "--without-$off"
	done
	./configure $host --prefix="$stage" "$@" --with-mbedtls="$stage" \
	    --enable-http --enable-proxy --enable-ipv6 --enable-unix-sockets \
	    --enable-threaded-resolver --enable-static CPPFLAGS=-DNDEBUG
	make -C lib -j"$jobs" ARFLAGS=crD
	make -C lib install ARFLAGS=crD
	make -C include install
}

# sodium_init() chooses the fastest code for every algorithm and so links all of
# them. Without the choice the portable one serves, correct but slower: right
# for those that cradle does not use, and 70 KB less.
build_libsodium() {
	cd "$work/src/libsodium"
	for unused in pwhash_argon2 scalarmult_curve25519 stream_chacha20; do
		sed -i "/^ *_crypto_${unused}_pick_best_implementation();/d" \
		    src/libsodium/sodium/core.c
	done
	autoreconf -fi
	./configure $host --prefix="$stage" --disable-shared --enable-minimal \
	    --disable-dependency-tracking ARFLAGS=crD
	make -C src -j"$jobs" ARFLAGS=crD
	make -C src install ARFLAGS=crD
}

# Without periodic watchers libev has no clock jumps to look for and does not
# wake every minute. These two switches change ev.h's structs, so they go into
# the header itself: whoever includes it agrees with the library. The kernel
# interfaces are left out because sandboxes refuse them.
build_libev() {
	cd "$work/src/libev"
	{
		echo '#ifndef EV_PERIODIC_ENABLE'
		echo '# define EV_PERIODIC_ENABLE 0'
		echo '#endif'
		echo '#ifndef EV_CHILD_ENABLE'
		echo '# define EV_CHILD_ENABLE 0'
		echo '#endif'
		echo '#if EV_PERIODIC_ENABLE || EV_CHILD_ENABLE'
		echo '# error "this libev has no periodic and no child watchers"'
		echo '#endif'
		cat ev.h
	} >ev.h.new
	mv ev.h.new ev.h
	./configure $host --prefix="$stage" --disable-shared \
	    --disable-dependency-tracking \
	    CPPFLAGS="-DEV_USE_LINUXAIO=0 -DEV_USE_IOURING=0"
	make libev.la ARFLAGS=crD
	cp .libs/libev.a "$stage/lib/"
	cp ev.h "$stage/include/"
}

# Debian installs the header in a folder; both spellings must work.
build_cjson() {
	cd "$work/src/cjson"
	$CC $CFLAGS -c cJSON.c
	archive libcjson.a cJSON.o
	mkdir -p "$stage/include/cjson"
	cp cJSON.h "$stage/include/cjson/"
	cp cJSON.h "$stage/include/"
}

# One source file; its cmake is replaced by the answers it would find. Its
# header guesses uintptr_t, on musl for aarch64 wrongly: it need not guess.
build_cmocka() {
	cd "$work/src/cmocka"
	sed -i '1i #include <stdint.h>\n#define _UINTPTR_T' include/cmocka.h
	set --
	for has in MALLOC_H INTTYPES_H SIGNAL_H STRINGS_H SIGLONGJMP STRSIGNAL \
	    STRUCT_TIMESPEC CLOCK_GETTIME CLOCK_REALTIME \
	    GCC_THREAD_LOCAL_STORAGE; do
		set -- "$@" "-DHAVE_$has=1"
	done
	$CC $CFLAGS "$@" -Iinclude -c src/cmocka.c
	archive libcmocka.a cmocka.o
	cp include/cmocka.h include/cmocka_pbc.h "$stage/include/"
}

# From the package's own files, not /etc/ssl: a machine's bundle may hold
# roots of its owner, which must not travel in a released binary.
install_roots() {
	mkdir -p "$stage/share"
	cat /usr/share/ca-certificates/mozilla/*.crt |
	    sed -n '/^-----BEGIN/,/^-----END/p' >"$stage/share/ca-roots.pem"
	[ -s "$stage/share/ca-roots.pem" ]
}

# ---- putting it together ------------------------------------------------

# Run the function build_$1 with its own log and say how long it took.
# Not called behind || or if: that would switch the function's set -e off.
step() {
	begun=$(date +%s)
	log=$work/log/$1
	set +e
	(
		set -e
		"build_$1"
	) >"$log" 2>&1 </dev/null
	code=$?
	set -e
	[ $code = 0 ] || die "cannot build $1: its log is $log" \
	    "last words: $(grep -v '^$' "$log" | tail -n 1)"
	version=$(sed -n "s/^$1 / /p" "$work/VERSIONS")
	say "$1$version: $(($(date +%s) - begun)) s"
}

# Two chains fill two cores: curl's configure is the longest single part.
build_all() {
	step sources
	set_tools
	step musl
	use_musl
	(
		step mbedtls
		step curl
	) &
	long=$!
	(
		step libsodium
		step libev
		step cjson
		step cmocka
	) &
	short=$!
	# both are waited for: a chain must not go on beside an error message
	failed=0
	wait $long || failed=1
	wait $short || failed=1
	[ $failed = 0 ] || exit 1
	install_roots
}

# The staging path is in musl-gcc and its specs: make it the final one. Then
# one rename, so that a half-built prefix is never seen.
publish() {
	{
		sort "$work/VERSIONS"
		dpkg-query -W ca-certificates | tr '\t' ' '
		echo "compiler $("${cross}gcc" -dumpfullversion)"
	} >"$stage/VERSIONS"
	rm -rf "$stage/lib/pkgconfig" "$stage/bin/curl-config"
	rm -f "$stage"/lib/*.la
	grep -rlI "$stage" "$stage" | while read -r file; do
		sed -i "s|$stage|$prefix|g" "$file"
	done
	mv "$stage" "$prefix"
	rm -rf "$work"
}

main() {
	case $arch in
	x86_64 | aarch64) ;;
	*) die "cannot build for '$arch'" "x86_64 or aarch64" ;;
	esac
	if [ ! -d "$prefix" ]; then
		"$here/build-deps.sh" "static-$arch"
		mkdir -p "$root"
		# a second run waits here, and then finds the first one's work
		exec 9>"$root/static-$arch-$key.lock"
		flock 9
	fi
	if [ ! -d "$prefix" ]; then
		say "building $prefix (once, about two minutes)"
		rm -rf "$work"
		mkdir -p "$work/log" "$work/src"
		build_all
		publish
	fi
	echo "$prefix"
}

main "$@"
