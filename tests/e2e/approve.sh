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

it 'a dry run ends as the run would, where something was given that does not fit'
echo '{"cas": [{"sha256": "'"$(sha256_of "$pki/zs-root.crt")"'"}]}' >zs.lock
small_root has
expect_status 0 tf install --root has --ca "$pki/mitm-root.crt"
for words in "--root root --pin $(pin_of zs-root)" '--root root --lock zs.lock' \
	"--root root --quorum 1 --pin $(pin_of zs-root)" '--root has --trust-on-first-use'; do
	port=9443
	[ "$words" = "${words#--root has}" ] || port=9444
	for dry in --dry-run ''; do
		expect_status 5 tf install $dry $words app.test:$port
		one_sentence
		unchanged root -c
	done
done
expect_status 0 tf install --dry-run --root root --pin "$(pin_of mitm-root)" app.test:9443
expect_status 0 tf install --dry-run --root root --trust-on-first-use --lock new.lock --update-lock app.test:9443
expect test ! -e new.lock
rm -r has
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

it 'the evidence stands before the question'
at() { grep -n -m 1 -e "$1" "$out" | cut -d: -f1; }
expect test "$(at 'app.test:9443: untrusted')" -lt "$(at 'why  *a private CA issued it')"
expect test "$(at 'why  *a private CA issued it')" -lt "$(at 'sha256  *[0-9a-f]')"
expect test "$(at 'sha256  *[0-9a-f]')" -lt "$(at 'Trust it? .yes/no')"
expect_status 5 $ask no "$trustfix" install --root root --connect 127.0.0.1:9443 pypi.org
expect test "$(at 'evidence  *a private CA for .pypi.org')" -lt "$(at 'Trust it?')"

it 'anything but yes and no is asked again, and the end of input is no'
for answers in y,no ,no YESSIR,no yes-indeed-with-pleasure-and-more,no y; do
	expect_status 5 $ask "$answers" "$trustfix" install --root root app.test:9443
	says 'answer .yes. or .no.'
	unchanged root -c
done
cp -a root again
expect_status 0 $ask y,yes "$trustfix" install --root again app.test:9443
expect holds "$(bundle_of again)" "$pki/mitm-root.crt"

it 'what was typed before the question is no answer'
expect_status 5 $ask '<yes' "$trustfix" install --root root app.test:9443
unchanged root -c
expect_status 5 $ask '<yes,no' "$trustfix" install --root root app.test:9443
unchanged root -c

it 'nor is what was typed with the answer to another one'
expect_status 5 $ask 'yes
yes' "$trustfix" install --root root app.test:9443 app.test:9444
expect test "$(grep -c 'Trust it?' "$out")" = 2
unchanged root -c

it 'yes is yes'
expect_status 0 $ask yes "$trustfix" install --root root app.test:9443
expect holds "$(bundle_of root)" "$pki/mitm-root.crt"

it 'the question says which approved CA the new one would replace'
expect cp -a root rotating
keep_listing rotating
expect_status 5 $ask no "$trustfix" install --root rotating app.test:9444
says "also removes.*Lantern Inspection Root', sha256:$(sha256_of "$pki/mitm-root.crt").*same name, new key"
unchanged rotating -c
expect_status 5 $ask no "$trustfix" install --root rotating --keep-old app.test:9444
says_not 'also removes'
expect_status 0 $ask yes "$trustfix" install --root rotating app.test:9444
expect_not holds "$(bundle_of rotating)" "$pki/mitm-root.crt"

it '--trust-on-first-use replaces no CA that was approved before; a pin and --keep-old say it is meant'
expect cp -a root first
keep_listing first
expect_status 5 tf install --root first --trust-on-first-use app.test:9444
one_sentence
says "would replace .*sha256:$(sha256_of "$pki/mitm-root.crt").*--pin sha256:$(sha256_of "$pki/mitm-root2.crt")"
unchanged first -c
expect_status 5 $ask no "$trustfix" install --root first --trust-on-first-use app.test:9444
says 'also removes'
unchanged first -c
expect cp -a first kept
expect_status 0 tf install --root kept --trust-on-first-use --keep-old app.test:9444
expect holds "$(bundle_of kept)" "$pki/mitm-root.crt"
expect_status 0 tf install --root first --pin "$(pin_of mitm-root2)" app.test:9444
expect_not holds "$(bundle_of first)" "$pki/mitm-root.crt"

it 'a pin is not asked about, on a terminal either'
small_root other
expect_status 0 $ask never "$trustfix" install --root other --pin "$(pin_of mitm-root)" app.test:9443
says_not '\?.*never'

it '--ca FILE is approval by itself'
small_root third
expect_status 0 tf install --root third --ca "$pki/mitm-root.crt"
expect holds "$(bundle_of third)" "$pki/mitm-root.crt"

it 'and with --pin it must be the CA that is meant: a file that was fetched'
rm -rf root && small_root root
keep_listing root
cat "$pki/mitm-root.crt" "$pki/zs-root.crt" >two.pem
for words in "--ca $pki/zs-root.crt" '--ca two.pem'; do
	for dry in --dry-run ''; do
		expect_status 5 tf install $dry --root root $words --pin "$(pin_of mitm-root)"
		one_sentence
		says "the CA in the file, '.*' .sha256:$(sha256_of "$pki/zs-root.crt")., matches none"
		unchanged root -c
	done
done
expect_status 5 tf exec --ca "$pki/zs-root.crt" --pin "$(pin_of mitm-root)" -- echo 'it ran'
says_not 'it ran'
expect_status 0 tf exec --ca "$pki/zs-root.crt" --pin "$(pin_of zs-root)" -- echo 'it ran'
says 'it ran'
expect_status 0 tf install --root root --ca two.pem --pin "$(pin_of mitm-root)" --pin "spki-sha256:$(spki_of "$pki/zs-root.crt")"
expect holds "$(bundle_of root)" "$pki/zs-root.crt"

done_testing
