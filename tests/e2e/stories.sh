#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What really happened to people, from the symptom to the proof in one or two commands.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_all squid curl
small_root root

it 'an appliance behind a cloud interceptor: which root, and that it was not sent'
s_server 9443 zs
expect_not curl -sS --cacert "$(bundle_of root)" https://app.test:9443/
expect_status 3 tf probe app.test:9443
says 'intercepted'
says 'Zscaler'
says 'Zscaler Root CA'
says 'which was not sent'
says 'evidence'

it 'the short-lived intermediate is never taken in its place'
keep_listing root
expect_status 1 tf install --root root --trust-on-first-use app.test:9443
says 'Zscaler Root CA'
unchanged root -c

it 'with the root from the administrator it is one command, and curl agrees'
expect_status 0 tf install --root root --ca "$pki/zs-root.crt" --verify app.test:9443
expect curl -sS -o /dev/null --cacert "$(bundle_of root)" https://app.test:9443/
expect_status 0 tf verify --root root app.test:9443
says 'openssl'

it 'a developer VM: one command for what is a page of steps by hand'
s_server 9444 gate-root
small_root vm
expect_not openssl s_client -connect app.test:9444 -verify_return_error -CApath vm/etc/ssl/certs -no-CAfile
expect_status 0 tf install --root vm --pin "$(pin_of mitm-root)" app.test:9444
expect curl -sS -o /dev/null --cacert "$(bundle_of vm)" https://app.test:9444/
hash=$(openssl x509 -in "$pki/mitm-root.crt" -noout -hash)
expect test -L "vm/etc/ssl/certs/$hash.0"
anchor=$(find vm/usr/local/share/ca-certificates -name '*.crt')
expect test "$(stat -c '%a %u' "$anchor")" = '644 0'

it 'a browser export in DER is as good'
small_root export
expect_status 0 tf install --root export --ca "$pki/mitm-root.der" --verify app.test:9444

it 'behind a proxy: a server that forgot its intermediate is not intercepted'
s_server 9445 app-alone
expect_status 3 tf probe --no-aia app.test:9445
says 'untrusted'
says 'Harbour Test Issuing'
says_not 'intercepted'

it 'the proxy refuses its own fetch of the intermediate; trustfix can name it, and write it'
mkdir aia
cp "$pki/origin-int.der" aia/
files 8081 aia
s_server 9446 app-aia
expect_status 3 tf probe app.test:9446
says 'incomplete'
says 'Harbour Test Issuing'
expect_status 0 tf capture --root root --intermediates app.test:9446
captured origin-int

it 'a service with a client certificate: not the client is at fault'
s_server 9447 app -Verify 2 -verify_return_error -CAfile "$pki/client-root.crt"
small_root image origin-root
expect_status 3 tf verify --root image --cert "$pki/client.crt" --key "$pki/client.key" app.test:9447
says 'Harbour Test Root'
expect_status 0 tf install --root image --ca "$pki/origin-root.crt" --cert "$pki/client.crt" \
	--key "$pki/client.key" --verify app.test:9447
expect_status 0 tf verify --root image --cert "$pki/client.crt" --key "$pki/client.key" app.test:9447

it 'devices that went silent: interception is told although this machine trusts it'
s_server 9448 zs
expect_status 0 tf verify --json --root root app.test:9448
json 'd["targets"][0]["verdict"]' intercepted
says 'Zscaler'

it 'and by the same CA for hosts of two owners, when no vendor is known'
origin 9450
origin 9451 multi
squid_bump open 3128 "$pki/mitm-root.both"
small_root quiet
expect_status 0 tf install --root quiet --ca "$pki/mitm-root.crt"
expect_status 0 tf verify --json --root quiet --proxy http://127.0.0.1:3128 app.example.com:9450 other.example.net:9451
json 'd["targets"][0]["verdict"]' intercepted
says 'same CA for unrelated hosts'

it 'two internal servers of one private CA are no interception, trusted or not'
small_root own origin-root
expect_status 3 tf probe --json --root own app.test:9451 other.test:9451 127.0.0.1:9450
json '[t["verdict"] for t in d["targets"]]' '["untrusted", "untrusted", "untrusted"]'
expect_status 0 tf install --root own --ca "$pki/origin-root.crt"
expect_status 0 tf probe --json --root own app.test:9451 other.test:9451 127.0.0.1:9450
json '[t["verdict"] for t in d["targets"]]' '["trusted", "trusted", "trusted"]'
says_not 'same CA'

done_testing
