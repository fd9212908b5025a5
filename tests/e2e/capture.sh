#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Which certificate is the CA: chains of openssl s_server in every order and with every hole.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
root_pin=$(pin_of mitm-root)

it 'takes the root that was sent'
s_server 9443 gate-root
expect_status 0 tf capture --pin "$root_pin" app.test:9443
captured mitm-root

it 'takes it over TLS 1.2 as well'
s_server 9444 gate-root -tls1_2
expect_status 0 tf capture --pin "$root_pin" app.test:9444
captured mitm-root

it 'takes it from a disordered chain with duplicates and strangers'
s_server 9445 gate-mixed
expect_status 0 tf capture --pin "$root_pin" app.test:9445
captured mitm-root

it 'reads an https URL, an IPv6 literal and --connect'
expect_status 0 tf capture --pin "$root_pin" 'https://app.test:9443/a/b?c=d'
captured mitm-root
expect_status 0 tf capture --pin "$root_pin" '[::1]:9443'
captured mitm-root
expect_status 0 tf capture --pin "$root_pin" --connect 127.0.0.1:9443 app.test
captured mitm-root

it 'names a root that was not sent and takes nothing'
s_server 9446 gate
expect_status 1 tf capture --pin "$root_pin" app.test:9446
says 'Lantern Inspection Root'
expect test ! -s "$out"

it 'names the missing issuer of a lone leaf'
s_server 9447 gate-alone
expect_status 1 tf capture --trust-on-first-use app.test:9447
says 'Lantern Inspection Issuing'
expect test ! -s "$out"

it 'takes an intermediate only when told to, and says who will refuse it'
expect_status 0 tf capture --allow-intermediate --pin "$(pin_of mitm-sub)" app.test:9446
captured mitm-sub
says 'openssl'

it 'fetches the root where the intermediate says it lies'
mkdir aia
cp "$pki/mitm-root.der" aia/
files 8081 aia
s_server 9448 gate-aia
expect_status 0 tf capture --pin "$root_pin" app.test:9448
captured mitm-root

it 'reads what it fetches as PEM and as PKCS#7 too'
cp "$pki/mitm-root.crt" aia/mitm-root.der
expect_status 0 tf capture --pin "$root_pin" app.test:9448
captured mitm-root
openssl crl2pkcs7 -nocrl -certfile "$pki/mitm-root.crt" -outform DER -out aia/mitm-root.der
expect_status 0 tf capture --pin "$root_pin" app.test:9448
captured mitm-root

it 'does not believe a fetched certificate that signed nothing here'
cp "$pki/mitm-root2.der" aia/mitm-root.der
expect_status 1 tf capture --trust-on-first-use app.test:9448
says 'Lantern Inspection Root'

it 'fetches nothing with --no-aia'
cp "$pki/mitm-root.der" aia/mitm-root.der
expect_status 1 tf capture --no-aia --pin "$root_pin" app.test:9448

it 'goes to the new root of a cross-signed pair'
s_server 9449 cross
expect_status 0 tf capture --pin "$(pin_of cross-root)" app.test:9449
captured cross-root

it 'refuses a self-signed leaf'
s_server 9450 self
expect_status 1 tf capture --trust-on-first-use app.test:9450
expect test ! -s "$out"

it 'refuses an expired root'
s_server 9451 expired-root-leaf
expect_status 1 tf capture --trust-on-first-use app.test:9451
says 'expired'

it 'refuses a leaf that signs'
s_server 9452 leaf-ca
expect_status 1 tf capture --trust-on-first-use app.test:9452

it 'refuses the root of a debugging proxy unless it is pinned'
s_server 9453 debug
expect_status 1 tf capture --trust-on-first-use app.test:9453
says 'mitmproxy'
expect_status 0 tf capture --pin "$(pin_of debug-root)" app.test:9453
captured debug-root

it 'asks for two approvals when two targets have two CAs'
expect_status 5 tf capture --pin "$root_pin" app.test:9443 app.test:9449
expect test ! -s "$out"
expect_status 0 tf capture --pin "$root_pin" --pin "$(pin_of cross-root)" app.test:9443 app.test:9449
captured mitm-root cross-root

it 'writes a file, and DER when asked'
expect_status 0 tf capture --pin "$root_pin" -o ca.pem app.test:9443
expect openssl x509 -in ca.pem -noout
expect_status 0 tf capture --pin "$root_pin" --to der -o ca.der app.test:9443
same_bytes ca.der "$pki/mitm-root.der"
expect_status 5 tf capture --pin "$(pin_of cross-root)" -o none.pem app.test:9443
expect test ! -e none.pem

done_testing
