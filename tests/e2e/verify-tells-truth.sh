#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every reader's verdict beside what the real program does with the same store and the same peer.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_all curl openssl gnutls-cli java javac
expect javac --release 8 -Xlint:none -nowarn -d classes "$here/java/Client.java"

cat >get.py <<'END'
import ssl, socket, sys
context = ssl.create_default_context(cafile=sys.argv[1])
with context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[2]))), server_hostname="app.test"):
    pass
END
cat >get.go <<'END'
package main

import (
	"crypto/tls"
	"os"
)

func main() {
	if c, err := tls.Dial("tcp", "127.0.0.1:"+os.Args[1], &tls.Config{ServerName: "app.test"}); err != nil {
		println(err.Error())
		os.Exit(1)
	} else {
		c.Close()
	}
}
END
has_go=
if command -v go >/dev/null; then
	env HOME="$dir/home" GOCACHE="$dir/tmp/go" GO111MODULE=off go build -o get-go get.go >go.log 2>&1 && has_go=1
fi

# The real program, with that bundle as its only store; Java with the keystore of the same certificates.
real() # READER BUNDLE PORT
{
	case $1 in
	openssl) openssl s_client -connect "127.0.0.1:$3" -servername app.test -verify_hostname app.test \
		-verify_return_error -CAfile "$2" -no-CApath -no-CAstore ;;
	openssl-strict) openssl s_client -connect "127.0.0.1:$3" -servername app.test -verify_hostname app.test \
		-verify_return_error -x509_strict -partial_chain -CAfile "$2" -no-CApath -no-CAstore ;;
	curl) curl -sS -o /dev/null --cacert "$2" "https://app.test:$3/" ;;
	gnutls) gnutls-cli --x509cafile "$2" --verify-hostname app.test -p "$3" 127.0.0.1 ;;
	wget) wget -q -O /dev/null --ca-certificate="$2" --ca-directory=/nowhere "https://app.test:$3/" ;;
	python) /usr/bin/python3 get.py "$2" "$3" ;;
	go) SSL_CERT_FILE=$2 SSL_CERT_DIR=/nowhere ./get-go "$3" ;;
	java) java -XX:TieredStopAtLevel=1 "-Djavax.net.ssl.trustStore=$keystore" -cp "$dir/classes" Client \
		"https://app.test:$3/" ;;
	esac </dev/null >real.log 2>&1
}

# agree READER AS PORT: what verify says of READER is what the program AS does.
agree()
{
	said=$(/usr/bin/python3 -c 'import json, sys
for tree in json.load(open(sys.argv[1]))["trees"]:
    for store in tree["stores"]:
        for reader in store["clients"]:
            if reader["client"] == sys.argv[2]:
                print("yes" if reader["trusts"] else "no")' "$out" "$1" | sort -u)
	[ -n "$said" ] || return 0
	done_by=no
	real "$2" "$(bundle_of store)" "$3" && done_by=yes
	[ "$said" = "$done_by" ] && compared=$((compared + 1)) && return 0
	fail "verify says $said for $1, the real $2 says $done_by"
	note real.log
	note "$out"
}

# case_of WORDS CHAIN ANCHOR...: a store with those anchors, a server with that chain.
port=9500
keystore=store/usr/lib/jvm/jdk/lib/security/cacerts
case_of()
{
	it "$1"
	port=$((port + 1)) compared=0
	s_server "$port" "$2"
	shift 2
	rm -rf store
	small_root store
	# Files in place of links, which lead nowhere for openssl rehash outside the root.
	rm store/etc/ssl/certs/*
	for anchor in client-root "$@"; do
		cat "$pki/$anchor.crt" >>"$(bundle_of store)"
		cp "$pki/$anchor.crt" "store/etc/ssl/certs/$anchor.pem"
	done
	openssl rehash store/etc/ssl/certs 2>/dev/null
	mkdir -p "${keystore%/*}"
	/usr/bin/python3 "$here/keystore.py" good "$keystore" store/etc/ssl/certs/*.pem
	status=0
	"$trustfix" verify --json --root store --servername app.test "app.test:$port" >"$out" 2>"$err" </dev/null ||
		status=$?
	agree openssl openssl "$port"
	agree openssl-strict openssl-strict "$port"
	agree curl curl "$port"
	agree gnutls gnutls "$port"
	! command -v wget >/dev/null || agree gnutls wget "$port"
	agree python python "$port"
	agree java java "$port"
	[ -n "$said" ] || fail 'verify says nothing for Java'
	[ -z "$has_go" ] || agree go go "$port"
	wanted=0
	for reader in openssl gnutls java ${has_go:+go}; do
		real "$reader" "$(bundle_of store)" "$port" || wanted=3
	done
	[ "$status" -eq "$wanted" ] || fail "status $status, not $wanted"
	[ "$compared" -ge 3 ] || fail "only $compared readers were compared"
}

case_of 'the right root' gate-root mitm-root
case_of 'the root not sent but in the store' gate mitm-root
case_of 'nothing' gate-root
case_of 'the wrong CA' gate-root zs-root
case_of 'the same name, another key' gate-root mitm-root2
case_of 'old and new key of the same name' gate-root mitm-root2 mitm-root
case_of 'an intermediate in place of the root' gate mitm-sub
case_of 'the leaf itself' gate-alone gate
case_of 'a lone leaf and the root' gate-alone mitm-root
case_of 'an expired root' expired-root-leaf expired-root
case_of 'a root for clients only' client-only client-only
case_of 'a root constrained to other names' narrow narrow
case_of 'a root that strict readers refuse' loose loose
case_of 'a root that is no CA' notca notca-root
case_of 'an expired leaf' expired origin-root
case_of 'a leaf not yet valid' future origin-root
case_of 'a leaf for another host' other origin-root
case_of 'out of order' gate-mixed mitm-root
case_of 'cross-signed, the old root' cross mitm-root
case_of 'the shape of a cloud interceptor' zs zs-root
case_of 'the same, with its short-lived intermediate in the store' zs zs-t

# Who looks into the bundle, into the hash links, or into both.
real_both() # READER PORT
{
	case $1 in
	openssl)
		set -- -connect "127.0.0.1:$2" -servername app.test -verify_return_error -no-CAstore -CApath store/etc/ssl/certs
		[ ! -e store/usr/lib/ssl/cert.pem ] || set -- "$@" -CAfile "$(bundle_of store)"
		openssl s_client "$@"
		;;
	curl) curl -sS -o /dev/null --cacert "$(bundle_of store)" --capath store/etc/ssl/certs "https://app.test:$2/" ;;
	gnutls) gnutls-cli --x509cafile "$(bundle_of store)" --verify-hostname app.test -p "$2" 127.0.0.1 ;;
	go) SSL_CERT_FILE=$(bundle_of store) SSL_CERT_DIR=store/etc/ssl/certs ./get-go "$2" ;;
	esac </dev/null >real.log 2>&1
}

both_agree() # TRUSTING...
{
	status=0
	"$trustfix" verify --json --root store --servername app.test "app.test:$port" >"$out" 2>"$err" </dev/null ||
		status=$?
	for reader in openssl curl gnutls ${has_go:+go}; do
		wanted=false done_by=false
		case " $* " in *" $reader "*) wanted=true ;; esac
		real_both "$reader" "$port" && done_by=true
		[ "$done_by" = "$wanted" ] || fail "the real $reader says $done_by"
		json "[r['trusts'] for r in d['trees'][0]['stores'][0]['clients'] if r['client'] == '$reader'][0]" "$wanted"
	done
}

half_store() # a store with another CA, in files in place of links
{
	rm -rf store
	small_root store
	rm store/etc/ssl/certs/*
	cat "$pki/client-root.crt" >>"$(bundle_of store)"
	cp "$pki/client-root.crt" store/etc/ssl/certs/
	mkdir -p store/usr/lib/ssl
	ln -s ../../../etc/ssl/certs/ca-certificates.crt store/usr/lib/ssl/cert.pem
}

it 'a CA that somebody wrote into the bundle alone'
port=$((port + 1))
s_server "$port" gate-root
half_store
cat "$pki/mitm-root.crt" >>"$(bundle_of store)"
openssl rehash store/etc/ssl/certs
both_agree openssl curl gnutls go
rm store/usr/lib/ssl/cert.pem
both_agree curl gnutls go

it 'a CA that somebody put among the hash links alone'
half_store
cp "$pki/mitm-root.crt" store/etc/ssl/certs/
openssl rehash store/etc/ssl/certs
both_agree openssl curl go
rm "$(bundle_of store)" store/usr/lib/ssl/cert.pem
both_agree openssl go

it 'readers that are asked for decide'
port=$((port + 1))
s_server "$port" gate
small_root partial
expect_status 1 tf install --root partial --allow-intermediate --pin "$(pin_of mitm-sub)" "app.test:$port"
expect_not holds "$(bundle_of partial)" "$pki/mitm-sub.crt"
expect_status 0 tf install --root partial --allow-intermediate --require curl,go --pin "$(pin_of mitm-sub)" \
	"app.test:$port"
expect holds "$(bundle_of partial)" "$pki/mitm-sub.crt"
expect curl -sS -o /dev/null --cacert "$(bundle_of partial)" "https://app.test:$port/"

it 'a recorded chain, judged at another time'
expect_status 3 tf probe --save chain.pem "app.test:$port"
expect_status 0 tf verify --root partial --chain chain.pem --require curl app.test
expect_status 0 tf verify --root partial --chain chain.pem --require curl --servername 127.0.0.1 app.test
expect_status 3 tf verify --root partial --chain chain.pem --require curl --at 2050-01-01T00:00:00Z app.test
says 'expired'

it 'and programs that read none of the stores are named, with what helps'
mkdir -p partial/usr/bin partial/opt/venv/lib/python3.12/site-packages/certifi
: >partial/usr/bin/node
echo 'files("certifi").joinpath("cacert.pem")' >partial/opt/venv/lib/python3.12/site-packages/certifi/core.py
expect_status 0 tf verify --json --root partial --chain chain.pem --require curl app.test
json '[p["program"] for p in d["elsewhere"]]' '["Node.js", "requests, certifi"]'
json 'd["elsewhere"][0]["todo"]' 'NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt'
expect_status 0 tf verify --root partial --chain chain.pem --require curl app.test
says 'REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt'
expect_status 0 tf verify --root partial --store system --chain chain.pem --require curl app.test
says_not 'NODE_EXTRA'

done_testing
