#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Nothing is installed that nobody approved.
# shellcheck source=tests/e2e/lib.sh disable=SC2086
. "$(dirname "$0")/lib.sh"
s_server 9443 gate-root
s_server 9444 gate2
small_root root
keep_listing root

it 'without approval and without a terminal: status 5 and nothing done'
expect_status 5 tf install --root root app.test:9443
one_sentence
unchanged root -c
expect_status 5 tf capture -o ca.pem app.test:9443
expect test ! -e ca.pem

it 'who only looks what would be done needs no approval'
expect_status 0 tf install --dry-run --root root app.test:9443
says 'would-add'
unchanged root -c

it 'a wrong pin'
expect_status 5 tf install --root root --pin "$(pin_of mitm-root2)" app.test:9443
one_sentence
unchanged root -c

it 'the pin of another certificate of the chain is not enough'
expect_status 5 tf install --root root --pin "$(pin_of mitm-sub)" app.test:9443
unchanged root -c

it 'a certificate pin, a key pin, upper case, one of several'
expect_status 0 tf capture --pin "$(pin_of mitm-root)" app.test:9443
captured mitm-root
expect_status 0 tf capture --pin "sha256:$(sha256_of "$pki/mitm-root.crt" | tr a-f A-F)" app.test:9443
captured mitm-root
expect_status 0 tf capture --pin "spki-sha256:$(spki_of "$pki/mitm-root.crt")" app.test:9443
captured mitm-root
expect_status 0 tf capture --pin "$(pin_of mitm-root2)" --pin "$(pin_of mitm-root)" app.test:9443
captured mitm-root
expect_status 5 tf capture --pin "spki-sha256:$(spki_of "$pki/mitm-root2.crt")" app.test:9443

it '--trust-on-first-use takes what is shown'
expect_status 0 tf capture --trust-on-first-use app.test:9443
captured mitm-root

it 'a lock file: missing, written, checked'
expect_status 1 tf capture --lock lock.json app.test:9443
one_sentence
expect test ! -e lock.json
expect_status 0 tf capture --lock lock.json --update-lock --trust-on-first-use app.test:9443
expect grep -qi "$(sha256_of "$pki/mitm-root.crt")" lock.json
expect_status 0 tf capture --lock lock.json app.test:9443
captured mitm-root
cp lock.json kept.json
expect_status 5 tf install --root root --lock lock.json app.test:9444
same_bytes lock.json kept.json
unchanged root -c

it 'a lock file that cannot be written: nothing is installed'
expect_status 1 tf install --root root --lock no/lock.json --update-lock --trust-on-first-use app.test:9443
one_sentence
unchanged root -c

it 'a pin is compared although the peer is trusted already'
expect cp -a root trusting
expect_status 0 tf install --root trusting --pin "$(pin_of mitm-root)" app.test:9443
expect_status 5 tf install --root trusting --pin "$(pin_of mitm-root2)" app.test:9443
expect_status 0 tf install --root trusting --pin "$(pin_of mitm-root)" app.test:9443
expect_status 0 tf install --root trusting app.test:9443

it 'a lock file that is damaged'
echo '{"trustfix"' >bad.json
expect_status 1 tf capture --lock bad.json app.test:9443
one_sentence

# The command on a terminal of its own, given one answer; its status is the command's.
ask="/usr/bin/python3 $here/terminal.py"

it 'on a terminal it shows the CA and asks; no is no'
expect_status 5 $ask no "$trustfix" install --root root app.test:9443
says 'Lantern Inspection Root'
says "$(sha256_of "$pki/mitm-root.crt" | cut -c1-16)|$(sha256_of "$pki/mitm-root.crt" | cut -c1-8 |
	sed 's/../&:/g; s/:$//')"
unchanged root -c

it 'anything but yes is no'
for answer in y '' YESSIR; do
	expect_status 5 $ask "$answer" "$trustfix" install --root root app.test:9443
	unchanged root -c
done

it 'yes is yes'
expect_status 0 $ask yes "$trustfix" install --root root app.test:9443
expect holds "$(bundle_of root)" "$pki/mitm-root.crt"

it 'a pin is not asked about, on a terminal either'
small_root other
expect_status 0 $ask never "$trustfix" install --root other --pin "$(pin_of mitm-root)" app.test:9443
says_not '\?.*never'

it '--ca FILE is approval by itself'
small_root third
expect_status 0 tf install --root third --ca "$pki/mitm-root.crt"
expect holds "$(bundle_of third)" "$pki/mitm-root.crt"

done_testing
