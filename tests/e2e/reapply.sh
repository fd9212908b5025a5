#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the journal says is installed is made true again, and silently when it is true.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
s_server 9443 gate-root
small_root root

it 'nothing was ever installed: silent, nothing written'
keep_listing root
expect_status 0 tf reapply --root root
expect test ! -s "$out"
expect test ! -s "$err"
unchanged root -c

it 'nothing is missing: silent, nothing written'
expect_status 0 tf install --root root --pin "$(pin_of mitm-root)" app.test:9443
shape root/etc >installed
keep_listing root
expect_status 0 tf reapply --root root
expect test ! -s "$out"
expect test ! -s "$err"
unchanged root -c

it 'a bundle that an upgrade wrote anew'
cat root/usr/share/ca-certificates/test/*.crt >"$(bundle_of root)"
expect_status 0 tf reapply --dry-run --root root
expect_not holds "$(bundle_of root)" "$pki/mitm-root.crt"
expect_status 0 tf reapply --root root
expect holds "$(bundle_of root)" "$pki/mitm-root.crt"
expect_status 0 tf verify --root root app.test:9443
shape root/etc >now
same_bytes installed now

it 'an anchor that somebody deleted'
rm root/usr/local/share/ca-certificates/*.crt root/etc/ssl/certs/lantern*
expect_status 0 tf reapply --root root
shape root/etc >now
same_bytes installed now

it 'what was removed by trustfix stays removed'
expect_status 0 tf remove --root root --installed
expect_status 0 tf reapply --root root
expect test ! -s "$out"
expect_not holds "$(bundle_of root)" "$pki/mitm-root.crt"

keystore() { expect /usr/bin/python3 "$here/keystore.py" good root/srv.jks "$pki/origin-root.crt"; }
keystore_holds()
{
	expect_status 0 tf list --root root --store java:/srv.jks
	"$1" grep -q "$(sha256_of "$pki/mitm-root.crt")" "$out"
}
upgraded() { cat root/usr/share/ca-certificates/test/*.crt >"$(bundle_of root)"; }

it 'with --store, in that store alone'
keystore
expect_status 0 tf install --root root --store system --store java:/srv.jks --ca "$pki/mitm-root.crt"
keystore
upgraded
expect_status 0 tf reapply --root root --store system
expect holds "$(bundle_of root)" "$pki/mitm-root.crt"
keystore_holds expect_not

it 'a keystore that is gone does not stop the others'
rm root/srv.jks
upgraded
expect_status 0 tf reapply --root root
says "note: left alone: '/srv.jks'"
expect holds "$(bundle_of root)" "$pki/mitm-root.crt"

it 'removed from one store it is still on record for the others'
keystore
expect_status 0 tf remove --root root --installed --store system
says "stays in 'java:/srv.jks', which was not chosen"
expect_status 0 tf reapply --root root
keystore_holds expect
expect_not holds "$(bundle_of root)" "$pki/mitm-root.crt"

it 'remove without --store takes it out of the one that was named by path, too'
expect_status 0 tf remove --root root --installed
says '^/srv.jks +removed'
keystore_holds expect_not
expect test ! -e root/var/lib/trustfix/installed.json

it 'removed from one of the keystores that are found it would come back, and that is said'
mkdir -p root/opt/jdk/lib/security
mv root/srv.jks root/opt/jdk/lib/security/cacerts
expect_status 0 tf install --root root --ca "$pki/mitm-root.crt"
expect_status 0 tf remove --root root --installed --store java:/opt/jdk/lib/security/cacerts
says "stays on record for all of 'java': reapply reinstalls it there"
says "stays in 'system', which was not chosen"
expect test "$(grep -c stays "$out")" -eq 2
expect_status 0 tf remove --root root --installed
says '^/etc/ssl/certs +removed'
expect test ! -e root/var/lib/trustfix/installed.json
rm -r root/opt
keystore

it 'what somebody else took out of the stores is forgotten by remove'
expect_status 0 tf install --root root --store java:/srv.jks --ca "$pki/mitm-root.crt"
rm root/srv.jks
expect_status 0 tf remove --root root --installed
expect test ! -e root/var/lib/trustfix/installed.json

it 'what was undone stays undone'
expect_status 0 tf install --root root --ca "$pki/mitm-root.crt"
expect_status 0 tf undo --root root
expect_status 0 tf reapply --root root
expect_not holds "$(bundle_of root)" "$pki/mitm-root.crt"

it "the distribution's own update keeps it, so there is nothing to do"
if chroot_root bookworm "$dir/world"; then
	cp "$pki/mitm-root.crt" world/root/ca.crt
	expect_status 0 in_root world trustfix install --ca /root/ca.crt
	expect in_root world update-ca-certificates --fresh
	expect_status 0 in_root world trustfix reapply -q
	expect test ! -s "$out"
	expect test ! -s "$err"
	expect in_root world curl -sS -o /dev/null https://app.test:9443/

	it 'and what the trigger for other tools calls works there'
	: >"$(bundle_of world)"
	expect_status 0 in_root world trustfix reapply -q
	expect in_root world curl -sS -o /dev/null https://app.test:9443/
fi

done_testing
