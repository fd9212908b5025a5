#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Nobody intercepts: the server forgot an intermediate, or the tree lacks a public root.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_all squid nginx curl
small_root root
mkdir aia
cp "$pki/origin-int.der" aia/
files 8081 aia
origin 9443 app-aia
nginx_pid=$last_pid
origin 9444

it 'a server that forgot its intermediate: the verdict names it and the way'
expect_not curl -sS -o /dev/null --cacert "$(bundle_of root)" https://app.test:9443/
expect_status 3 tf probe --root root app.test:9443
says 'incomplete'
says "left out the intermediate 'O = Harbour Test, CN = Harbour Test Issuing"
says 'trustfix capture --root root --intermediates app.test:9443'

it 'it is fetched and checked, needs no approval, and comes as PEM'
expect_status 0 tf capture --root root --intermediates app.test:9443
captured origin-int
says "app.test:9443 does not send 'O = Harbour Test, CN = Harbour Test Issuing"
expect_status 0 tf capture --json --root root --intermediates app.test:9443 127.0.0.1:9443
json '[c["sha256"] for c in d["intermediates"]]' "[\"$(sha256_of "$pki/origin-int.crt")\"]"
json 'd["intermediates"][0]["targets"]' '["app.test:9443", "127.0.0.1:9443"]'
json 'd["intermediates"][0]["pem"][:27]' '-----BEGIN CERTIFICATE-----'
expect_status 2 tf capture --root root --intermediates --trust-on-first-use app.test:9443

it 'squid, whose own fetch its rules deny, takes it as a foreign intermediate'
expect_status 0 tf capture -q --root root --intermediates -o foreign.pem app.test:9443
expect test ! -s "$err"
chmod 0644 foreign.pem
squid_bump lost 3128 "$pki/mitm-root.both" 'acl fetched transaction_initiator certificate-fetching' \
	'http_access deny fetched'
squid_bump told 3129 "$pki/mitm-root.both" 'acl fetched transaction_initiator certificate-fetching' \
	'http_access deny fetched' "sslproxy_foreign_intermediate_certs $dir/foreign.pem"
through() { curl -fsS -o /dev/null --proxy "http://127.0.0.1:$1" --cacert "$pki/mitm-root.crt" https://app.test:9443/; }
expect_not through 3128
expect through 3129

it 'the administrator appends it, and every client is content'
stop_server "$nginx_pid"
cat "$pki/app-aia.crt" foreign.pem >whole.pem
sed -i "s|ssl_certificate .*|ssl_certificate $dir/whole.pem;|" nginx-9443/conf
start_server nginx-whole 9443 nginx -c "$dir/nginx-9443/conf"
expect curl -sS -o /dev/null --cacert "$(bundle_of root)" https://app.test:9443/
expect_status 0 tf probe --root root app.test:9443

it 'where nothing is missing there is nothing to write'
expect_status 1 tf capture --root root --intermediates app.test:9444
one_sentence
says 'no intermediate is missing'
expect test ! -s "$out"

it 'what cannot be fetched, or signed nothing here, or leads nowhere, is not written'
s_server 9445 app-aia
expect_status 1 tf capture --root root --no-aia --intermediates app.test:9445
says "missing 'O = Harbour Test, CN = Harbour Test Issuing' could not be fetched"
cp "$pki/mitm-sub.der" aia/origin-int.der
expect_status 1 tf capture --root root --intermediates app.test:9445
says 'could not be fetched'
cp "$pki/origin-int.der" aia/
small_root other origin-root
expect_status 1 tf capture --root other --intermediates app.test:9445
says "what was fetched leads to '.*Harbour Test Root', which is not a root that is trusted"
expect test ! -s "$out"
expect_status 1 tf install --root other --ca "$pki/origin-root.crt" --verify app.test:9445
one_sentence
says "unable to get local issuer.*; the server left out the intermediate '"

it 'a young leaf under a trusted root is incomplete, not intercepted: fetched, not fetched, with a wrong intermediate'
s_server 9447 app-alone
s_server 9448 app-wrong
young() # PORT [ARGUMENT...]
{
	port=$1
	shift
	expect_status 3 tf probe --root root --connect "127.0.0.1:$port" "$@" app.example.com
	says ': incomplete'
	says "left out the intermediate 'O = Harbour Test, CN = Harbour Test Issuing', key"
	says 'trustfix capture --root root --connect 127.0.0.1:.* --intermediates app.example.com'
	says_not 'evidence'
	expect_status 1 tf install --root root --connect "127.0.0.1:$port" --trust-on-first-use "$@" app.example.com
	one_sentence
	says 'incomplete'
}
young 9445
young 9445 --no-aia
young 9447
young 9448 --no-aia
young 9448
expect_status 3 tf probe --root other --connect 127.0.0.1:9447 app.example.com
says ': intercepted'
expect_status 3 tf probe --root root --connect 127.0.0.1:9447 pypi.org
says ': intercepted'
says "must make it send its intermediate"

it 'of a cross-signed chain the path is told that is trusted, or would be'
awk '/BEGIN/ { n++ } n < 3' "$pki/cross.pem" >cross.pem
expect_status 0 tf probe --root root --chain cross.pem app.test
says "leads to 'O = Lantern Test, CN = Lantern Inspection Root X2', key"
cat "$pki/mitm-root.crt" >>cross.pem
expect_status 0 tf probe --root root --chain cross.pem app.test
says "leads to 'O = Lantern Test, CN = Lantern Inspection Root X2', key"
small_root without cross-root
expect_status 3 tf probe --root without --chain cross.pem app.test
says "leads to 'O = Lantern Test, CN = Lantern Inspection Root', key"
expect_status 3 tf probe --root without --chain "$pki/namesake-cross.pem" app.test
says ': missing-root'
says "leads to 'C = US, O = SSL Corporation, CN = SSL.com TLS RSA Root CA 2022'.*, which was not sent"
cat "$pki/namesake-cross.pem" "$pki/mitm-root.crt" >cross.pem
expect_status 0 tf install --root without --ca "$pki/namesake.crt"
expect_status 0 tf probe --root without --chain cross.pem app.test
says "leads to 'C = US, O = SSL Corporation, CN = SSL.com TLS RSA Root CA 2022', key"

it 'a public root that a tree lacks comes from the running system, approved, never from the peer'
# A recorded chain of a public site, out of the tests of Go.
chains=/usr/share/go/src/crypto/x509/verify_test.go
gts=/usr/share/ca-certificates/mozilla/GTS_Root_R1.crt
if need "$chains" $gts; then
	block() { sed -n "/^const $1 = /,/^-----END/p" "$chains" | sed 's/^const.*`//'; }
	{
		block googleLeaf
		block gtsIntermediate
		block gtsRoot
	} >google.pem
	gts_pin=sha256:$(sha256_of $gts)
	set -- --root other --chain google.pem --at 1677615892 www.google.com
	expect_status 3 tf probe "$@"
	says 'missing-root'
	says 'trustfix install --root other --chain google.pem --at 1677615892 --public-root FILE www.google.com'
	keep_listing other
	expect_status 5 tf install "$@"
	says "$gts_pin"
	unchanged other -c
	expect_status 1 tf install --public-root "$pki/origin-root.crt" --pin "$gts_pin" "$@"
	one_sentence
	says "CN = GTS Root R1' is not in .*origin-root.crt either"
	expect_status 0 tf install --json --pin "$gts_pin" "$@"
	json 'd["cas"][0]["source"]' "the running system's store"
	json 'd["cas"][0]["public_root"]' true
	expect holds "$(bundle_of other)" $gts
	expect_status 0 tf verify "$@"
	expect_status 0 tf undo --root other
	expect_status 0 tf install --public-root $gts --trust-on-first-use "$@"
	says "public root from $gts"
fi

it 'what only has the name of a public root needs a pin'
s_server 9446 namesake-leaf
expect_status 1 tf install --root other --trust-on-first-use app.test:9446
says 'SSL.com TLS RSA Root CA 2022.* is not in the running system'
keep_listing other
expect_status 1 tf install --root other --public-root "$pki/namesake.crt" --trust-on-first-use app.test:9446
one_sentence
says 'only with an explicit --pin'
expect_status 5 tf install --root other --public-root "$pki/namesake.crt" --pin "$(pin_of mitm-root)" app.test:9446
unchanged other -c
expect_status 0 tf install --root other --public-root "$pki/namesake.crt" --pin "$(pin_of namesake)" app.test:9446
expect curl -sS -o /dev/null --cacert "$(bundle_of other)" https://app.test:9446/
expect_status 2 tf install --root other --public-root "$pki/namesake.crt" --ca "$pki/namesake.crt"

done_testing
