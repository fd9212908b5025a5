#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Several targets of several owners behind one interceptor, and one that bypasses it.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_all squid nginx curl
pin=$(pin_of mitm-root)
origin 9443
origin 9444 multi
origin 9445 namesake-leaf
squid_bump split 3128 "$pki/mitm-root.both" 'acl s1 at_step SslBump1' \
	'acl spared ssl::server_name mail.test' 'ssl_bump peek s1' 'ssl_bump splice spared'
set -- --proxy http://127.0.0.1:3128
# mail.test has a certificate of a CA that is as good as public.
small_root root
expect_status 0 tf install --root root --ca "$pki/namesake.crt"

it 'says for how many the CA was seen'
expect_status 0 tf capture "$@" --pin "$pin" app.example.com:9443 other.example.net:9444
captured mitm-root
says 'sha256:[0-9a-f]{64}, seen for 2 of 2 targets \(2 owners\)'
expect_status 0 tf capture --json "$@" --pin "$pin" app.example.com:9443 www.example.com:9443 other.example.net:9444
json '[d["cas"][0]["seen_for"], d["cas"][0]["owners"]]' '[3, ["example.com", "example.net"]]'
json 'd["split_tunnel"]' null

it 'a quorum of owners, not of names'
expect_status 0 tf capture "$@" --quorum 2 --pin "$pin" app.example.com:9443 other.example.net:9444
captured mitm-root
expect_status 5 tf capture "$@" --quorum 2 --pin "$pin" app.example.com:9443 www.example.com:9443
one_sentence
says '1 owner only, and --quorum demands 2'
expect test ! -s "$out"

it 'a quorum that cannot be is a wrong command line'
for n in 0 -1 x 3; do
	expect_status 2 tf capture "$@" --quorum "$n" --pin "$pin" app.example.com:9443 other.example.net:9444
done
expect_status 2 tf install --root root --ca "$pki/mitm-root.crt" --quorum 1

it 'a quorum that is not reached changes nothing'
keep_listing root
expect_status 5 tf install --root root "$@" --quorum 3 --pin "$pin" app.example.com:9443 other.example.net:9444 mail.test:9445
unchanged root -c

it 'a split tunnel is told, with who bypasses'
expect_status 3 tf probe --root root "$@" app.example.com:9443 other.example.net:9444 mail.test:9445
says '^split tunnel: 1 of 3 targets bypass.*mail.test:9445'
expect_status 0 tf capture --root root "$@" --pin "$pin" app.example.com:9443 other.example.net:9444 mail.test:9445
captured mitm-root
says 'split tunnel: 1 of 3'
expect_status 0 tf install --json --root root "$@" --quorum 2 --pin "$pin" app.example.com:9443 other.example.net:9444 \
	mail.test:9445
json 'd["split_tunnel"]' '{"intercepted": ["app.example.com:9443", "other.example.net:9444"], "bypassed": ["mail.test:9445"]}'
json 'd["cas"][0]["seen_for"]' 2
for target in app.example.com:9443 other.example.net:9444 mail.test:9445; do
	expect curl -sS -o /dev/null "$@" --cacert "$(bundle_of root)" "https://$target/"
done

done_testing
