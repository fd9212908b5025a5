#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# undo restores exactly, or refuses.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
small_root root
chown 7:8 "$(bundle_of root)"
chmod 0640 "$(bundle_of root)"
keep_listing root

it 'nothing to undo yet'
expect_status 0 tf undo --list --root root
expect_status 1 tf undo --root root
one_sentence
unchanged root

it 'undo restores bytes, modes, owners and times'
expect_status 0 tf install --root root --ca "$pki/mitm-root.crt"
expect holds "$(bundle_of root)" "$pki/mitm-root.crt"
expect test "$(stat -c '%a %u %g' "$(bundle_of root)")" = '640 7 8'
expect_status 0 tf undo --root root
unchanged root journal

it 'the list says what was done, and what was undone'
expect_status 0 tf undo --list --root root
says 'undone.*install'
expect_status 1 tf undo --root root
one_sentence

it 'a removal is undone as well'
expect_status 0 tf install --root root --ca "$pki/mitm-root.crt"
listing root | grep -v var/lib/trustfix >kept
expect_status 0 tf remove --root root --ca "$pki/mitm-root.crt"
expect_not holds "$(bundle_of root)" "$pki/mitm-root.crt"
expect_status 0 tf undo --root root
listing root | grep -v var/lib/trustfix >now
same_bytes kept now

it 'two installs are undone one after the other'
small_root two
listing two >zero
expect_status 0 tf install --root two --ca "$pki/mitm-root.crt"
listing two | grep -v var/lib/trustfix >one
expect_status 0 tf install --root two --ca "$pki/zs-root.crt"
expect_status 0 tf undo --root two
listing two | grep -v var/lib/trustfix >now
same_bytes one now
expect_status 0 tf undo --root two
listing two | grep -v 'var/lib' >now
grep -v 'var/lib' zero >wanted
same_bytes wanted now

it 'undo by number; an older one under a newer one is refused and nothing is touched'
small_root old
expect_status 0 tf install --root old --ca "$pki/mitm-root.crt"
expect_status 0 tf install --root old --ca "$pki/zs-root.crt"
keep_listing old
expect_status 1 tf undo 1 --root old
one_sentence
unchanged old
expect_status 0 tf undo 2 --root old
expect_status 0 tf undo 1 --root old

it 'after somebody else changed a file undo refuses and says which'
small_root third
expect_status 0 tf install --root third --ca "$pki/mitm-root.crt"
cat "$pki/narrow.crt" >>"$(bundle_of third)"
keep_listing third
expect_status 1 tf undo --root third
one_sentence
says 'ca-certificates\.crt'
unchanged third -c

it 'undo is of what a person did: every reapply since goes with it'
rm -rf root
small_root root
keep_listing root
cp -p "$(bundle_of root)" bundle
expect_status 0 tf install --root root --ca "$pki/mitm-root.crt"
for _ in 1 2; do
	cp -p bundle "$(bundle_of root)"
	expect_status 0 tf reapply --root root
done
expect_status 0 tf undo --root root
says 'transaction 1 undone'
unchanged root journal
expect_status 1 tf undo --root root
says 'nothing to undo'
expect_status 0 tf reapply --root root
unchanged root journal

it 'a reapply that was needed since its package wrote the file otherwise is not undone alone'
expect_status 0 tf install --root root --ca "$pki/mitm-root.crt"
cat bundle "$pki/mitm-sub.crt" >"$(bundle_of root)"
expect_status 0 tf reapply --root root
keep_listing root
expect_status 1 tf undo --root root
says "run: trustfix remove --root root --fingerprint $(sha256_of "$pki/mitm-root.crt")$"
unchanged root

it 'numbers that are none'
expect_status 1 tf undo 99 --root root
one_sentence
for word in 0 -1 x 99999999999999999999; do
	expect_status 2 tf undo --root root -- "$word"
done

it 'a record that is no record is refused'
small_root bad
expect_status 0 tf install --root bad --ca "$pki/mitm-root.crt"
echo '{' >"$(find bad/var/lib/trustfix -name record.json)"
keep_listing bad
expect_status 1 tf undo --root bad
one_sentence
unchanged bad -c

it 'a record that names paths outside is refused'
small_root evil
expect_status 0 tf install --root evil --ca "$pki/mitm-root.crt"
record=$(find evil/var/lib/trustfix -name record.json)
sed -i 's|/etc/ssl/certs/ca-certificates.crt|/etc/../../../etc/passwd|g' "$record"
keep_listing evil
expect_status 1 tf undo --root evil
one_sentence
unchanged evil -c

done_testing
