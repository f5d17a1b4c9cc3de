#!/bin/sh
# make-ca.sh DIR: a CA for tests and three server certificates, as PEM files.
#   ca.pem                   what a client has to trust
#   good.pem good.key        localhost, 127.0.0.1, ::1
#   wrong.pem wrong.key      signed too, but for another name
#   stranger.pem stranger.key  the right names, from a CA that nobody trusts
# DIR is made, or may be empty; nothing is done when it has them. It appears
# whole or not at all, so that several tests may ask for it at once.
set -eu
umask 077
dir=$(realpath -m "$1")
[ ! -e "$dir/ca.pem" ] || exit 0
mkdir -p "$(dirname "$dir")"
work=$(mktemp -d "$dir.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

quiet() {
	"$@" 2>errors || { cat errors >&2; exit 1; }
}

# authority NAME: NAME.pem and NAME.key
authority() {
	quiet openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
	    -nodes -days 30 -subj "/CN=cradle test $1" -keyout "$1.key" \
	    -out "$1.pem" -addext basicConstraints=critical,CA:TRUE \
	    -addext keyUsage=critical,keyCertSign
}

# server NAME AUTHORITY ALTERNATIVE-NAMES
server() {
	printf '%s\n' "subjectAltName=$3" basicConstraints=CA:FALSE \
	    extendedKeyUsage=serverAuth >"$1.ext"
	quiet openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -subj "/CN=$1" -keyout "$1.key" -out "$1.csr"
	quiet openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" \
	    -set_serial "$4" -days 30 -extfile "$1.ext" -out "$1.pem"
}

here=DNS:localhost,IP:127.0.0.1,IP:0:0:0:0:0:0:0:1
authority ca
authority other
server good ca "$here" 11
server wrong ca DNS:wrong.test 12
server stranger other "$here" 13
rm -f ./*.csr ./*.ext errors other.key
chmod 755 . && chmod 644 ./*.pem
mv -T "$work" "$dir" 2>/dev/null || [ -e "$dir/ca.pem" ]
