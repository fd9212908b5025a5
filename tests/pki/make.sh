#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes every certificate the tests need, below DIR.  Nothing is kept in the repository: keys would be
# found by scanners, and certificates rot.
#
#	tests/pki/make.sh DIR
#
# NAME.crt, NAME.key, NAME.der; NAME.pem is what a server sends (leaf and what it sends above it).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
cd "$1"
cp "$here/openssl.cnf" .
: >index.txt
log=$PWD/make.log
: >"$log"

key() # NAME KIND
{
	case $2 in
	rsa512) openssl genrsa -out "$1.key" 512 ;;
	rsa) openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1.key" ;;
	ec) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" ;;
	*) cp "$2.key" "$1.key" ;;
	esac 2>>"$log"
}

# issue NAME KEY ISSUER SUBJECT EXTENSIONS [START END]; KEY is a kind, or another certificate's name;
# ISSUER is the name itself for a self-signed one.
issue()
{
	key "$1" "$2"
	openssl req -new -config openssl.cnf -utf8 -key "$1.key" -subj "$4" -out "$1.csr" 2>>"$log"
	signer="-cert $3.crt -keyfile $3.key"
	[ "$1" != "$3" ] || signer="-selfsign -keyfile $1.key"
	# shellcheck disable=SC2086
	openssl ca -batch -notext -config openssl.cnf $signer -in "$1.csr" -out "$1.crt" \
		-extensions "$5" -md "${md:-sha256}" -startdate "${6:-$today}" -enddate "${7:-$later}" \
		>>"$log" 2>&1
	openssl x509 -in "$1.crt" -outform DER -out "$1.der"
}

chain() # NAME PART...: NAME.pem, what a server sends
{
	name=$1
	shift
	for part in "$@"; do
		cat "$part.crt"
	done >"$name.pem"
}

stamp() { date -u -d "$1" +%Y%m%d%H%M%SZ; }
today=$(stamp '1 hour ago') later=$(stamp '10 years')
export SAN=DNS:app.test,DNS:www.app.test,DNS:app.example.com,DNS:www.example.com,DNS:localhost,IP:127.0.0.1,IP:::1
export AIA=http://127.0.0.1:8081/none.der

# An origin as it should be, and a second one of another owner.
issue origin-root ec origin-root '/O=Harbour Test/CN=Harbour Test Root' root
issue origin-int ec origin-root '/O=Harbour Test/CN=Harbour Test Issuing' sub
issue app ec origin-int '/CN=app.test' leaf
chain app app origin-int
chain app-root app origin-int origin-root
chain app-alone app
issue origin-int2 ec origin-root '/O=Harbour Test/CN=Harbour Test Issuing 2' sub
chain app-wrong app origin-int2
chain app-mixed app origin-root origin-int app
AIA=http://127.0.0.1:8081/origin-int.der issue app-aia ec origin-int '/CN=app.test' leaf_aia
chain app-aia app-aia
SAN=DNS:other.test issue other ec origin-int '/CN=other.test' leaf
chain other other origin-int
SAN=DNS:app.test,DNS:other.test,DNS:mail.test,DNS:app.example.com,DNS:other.example.net issue multi ec origin-int '/CN=app.test' leaf
chain multi multi origin-int

# An interceptor of nobody known, and its parts.
issue mitm-root rsa mitm-root '/O=Lantern Test/CN=Lantern Inspection Root' root
issue mitm-sub rsa mitm-root '/O=Lantern Test/CN=Lantern Inspection Issuing' sub
AIA=http://127.0.0.1:8081/mitm-root.der issue mitm-subaia mitm-sub mitm-root \
	'/O=Lantern Test/CN=Lantern Inspection Issuing' sub_aia
issue gate ec mitm-sub '/CN=app.test' leaf
issue gate-direct ec mitm-root '/CN=app.test' leaf
SAN=DNS:other.test issue gate-other ec mitm-sub '/CN=other.test' leaf
chain gate gate mitm-sub
chain gate-root gate mitm-sub mitm-root
chain gate-mixed gate mitm-root mitm-sub mitm-root origin-root
chain gate-alone gate
chain gate-aia gate mitm-subaia
chain gate-direct gate-direct mitm-root
chain gate-other gate-other mitm-sub mitm-root
cat mitm-root.key mitm-root.crt >mitm-root.both
cat mitm-sub.key mitm-sub.crt >mitm-sub.both
cat mitm-sub.key mitm-sub.crt mitm-root.crt >mitm-sub.three
cat gate.key gate.crt mitm-subaia.crt >gate-aia.both

# The same subject with a new key (rotation), the same key with new dates (renewal).
issue mitm-root2 rsa mitm-root2 '/O=Lantern Test/CN=Lantern Inspection Root' root
issue gate2 ec mitm-root2 '/CN=app.test' leaf
chain gate2 gate2 mitm-root2
issue mitm-renewed mitm-root mitm-renewed '/O=Lantern Test/CN=Lantern Inspection Root' root

# A stranger that has the name of a public root.
issue namesake ec namesake '/C=US/O=SSL Corporation/CN=SSL.com TLS RSA Root CA 2022' root
SAN=DNS:app.test,DNS:mail.test issue namesake-leaf ec namesake '/CN=mail.test' leaf
chain namesake-leaf namesake-leaf
issue namesake-cross namesake mitm-root '/C=US/O=SSL Corporation/CN=SSL.com TLS RSA Root CA 2022' sub_deep
chain namesake-cross namesake-leaf namesake-cross

# A new root that the old one vouches for.
issue cross-root ec cross-root '/O=Lantern Test/CN=Lantern Inspection Root X2' root
issue cross-signed cross-root mitm-root '/O=Lantern Test/CN=Lantern Inspection Root X2' sub_deep
issue cross-leaf ec cross-root '/CN=app.test' leaf
chain cross cross-leaf cross-signed cross-root

# The shape of a known cloud interceptor: three sent, the root never.
zs='/C=US/ST=California/O=Zscaler Inc./OU=Zscaler Inc.'
issue zs-root rsa zs-root "$zs/CN=Zscaler Root CA/emailAddress=support@zscaler.com" root_old
issue zs-int rsa zs-root \
	"$zs/CN=Zscaler Intermediate Root CA (zscalerthree.net)/emailAddress=support@zscaler.com" sub_deep
issue zs-t rsa zs-int "$zs/CN=Zscaler Intermediate Root CA (zscalerthree.net) (t) " sub \
	"$(stamp '1 day ago')" "$(stamp '13 days')"
issue zs-leaf ec zs-t '/O=Zscaler Inc./OU=Zscaler Inc./CN=app.test' leaf \
	"$(stamp '1 day ago')" "$(stamp '12 days')"
chain zs zs-leaf zs-t zs-int

# A debugging proxy that sends its root.
issue debug-root rsa debug-root '/O=mitmproxy/CN=mitmproxy' root
issue debug-leaf ec debug-root '/CN=app.test' leaf
chain debug debug-leaf debug-root

# What must be refused, or told apart.
past="$(stamp '3 years ago') $(stamp '1 year ago')"
future="$(stamp '1 year') $(stamp '3 years')"
# shellcheck disable=SC2086
issue expired-root ec expired-root '/O=Lantern Test/CN=Lantern Expired Root' root $past
issue expired-root-leaf ec expired-root '/CN=app.test' leaf
chain expired-root-leaf expired-root-leaf expired-root
# shellcheck disable=SC2086
issue future-root ec future-root '/O=Lantern Test/CN=Lantern Future Root' root $future
# shellcheck disable=SC2086
issue expired ec origin-int '/CN=app.test' leaf $past
chain expired expired origin-int
# shellcheck disable=SC2086
issue future ec origin-int '/CN=app.test' leaf $future
chain future future origin-int
md=md5 issue md5-root rsa md5-root '/O=Lantern Test/CN=Lantern MD5 Root' root
issue rsa512-root rsa512 rsa512-root '/O=Lantern Test/CN=Lantern Tiny Root' root
issue self ec self '/CN=app.test' leaf
chain self self
issue leaf-ca-leaf ec gate-direct '/CN=app.test' leaf
chain leaf-ca leaf-ca-leaf gate-direct
issue notca-root ec notca-root '/O=Lantern Test/CN=Lantern Not A CA' leaf
issue notca ec notca-root '/CN=app.test' leaf
chain notca notca notca-root
issue client-only ec client-only '/O=Lantern Test/CN=Lantern Client Only Root' root_client
issue client-only-leaf ec client-only '/CN=app.test' leaf
chain client-only client-only-leaf client-only
issue narrow ec narrow '/O=Lantern Test/CN=Lantern Narrow Root' root_narrow
issue narrow-leaf ec narrow '/CN=app.test' leaf
chain narrow narrow-leaf narrow
issue loose ec loose '/O=Lantern Test/CN=Lantern Loose Root' root_loose
issue loose-leaf ec loose '/CN=app.test' leaf
chain loose loose-leaf loose
openssl req -new -config openssl.cnf -newkey rsa:2048 -nodes -keyout v1-root.key \
	-subj '/O=Lantern Test/CN=Lantern V1 Root' -out v1-root.csr 2>>"$log"
openssl x509 -req -in v1-root.csr -signkey v1-root.key -days 3650 -out v1-root.crt 2>>"$log"

# Names that try to write on the terminal: escape, newline, carriage return, right-to-left override.
evil=$(printf 'Evil\033[2J\033]0;owned\007\r\nOK trusted \342\200\256txt.exe')
unseen=$(printf 'a\327\251\330\247\343\205\244\315\217\342\240\200\360\235\205\263b\341\205\237\314\201\314\201\314\201\314\201')
issue evil-root ec evil-root "/O=Lantern Test/OU=$unseen/CN=$evil" root
issue evil-leaf ec evil-root '/CN=app.test' leaf
chain evil evil-leaf evil-root

# Client certificates.
issue client-root ec client-root '/O=Lantern Test/CN=Lantern Client Root' root
issue client ec client-root '/CN=client' client
issue client-wrong ec other '/CN=client' client
openssl pkey -in client.key -aes256 -passout pass:secret -out client-enc.key
openssl pkey -in client.key -traditional -aes256 -passout pass:secret -out client-old.key
echo secret >client.pass

# More certificates than a peer may send.
cp app.pem many.pem
for _ in 1 2 3 4 5 6 7 8 9 10; do
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		cat app.crt origin-root.crt
	done
done >>many.pem
