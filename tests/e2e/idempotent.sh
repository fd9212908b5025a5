#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The second time nothing is written, and --dry-run never writes.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
s_server 9443 gate-root
pin=$(pin_of mitm-root)
small_root root

it '--dry-run shows the plan and touches nothing'
keep_listing root
expect_status 0 tf install --dry-run --root root --pin "$pin" app.test:9443
says 'would'
says 'ca-certificates\.crt'
unchanged root -c
expect_status 0 tf install --dry-run --json --root root --pin "$pin" app.test:9443
json 'd["changed"]' false
json 'd["trees"][0]["stores"][0]["state"]' would-add
unchanged root -c

it 'the first install changes'
expect_status 0 tf install --json --root root --pin "$pin" app.test:9443
json 'd["changed"]' true
json 'd["trees"][0]["stores"][0]["state"]' added
json 'd["fault"]' null

it 'the second writes nothing and says so'
keep_listing root
expect_status 0 tf install --root root --pin "$pin" app.test:9443
says '0 stores changed|unchanged'
unchanged root -c
expect_status 0 tf install --json --root root --pin "$pin" app.test:9443
json 'd["changed"]' false
json 'd["trees"][0]["stores"][0]["state"]' unchanged
unchanged root -c

it 'by file, and under another name, likewise'
expect_status 0 tf install --root root --ca "$pki/mitm-root.crt"
unchanged root -c
expect_status 0 tf install --root root --name other --ca "$pki/mitm-root.crt"
unchanged root -c

it 'verify, list and probe write nothing'
expect_status 0 tf verify --root root app.test:9443
expect_status 0 tf list --root root
says 'Lantern Inspection Root'
expect_status 0 tf list --all --root root
expect_status 0 tf undo --list --root root
unchanged root -c

it 'without rights one may look: what would be done, and that nothing is to be done'
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$trustfix" "$@"; }
expect_status 0 as_nobody install --root root --ca "$pki/mitm-root.crt"
expect_status 0 as_nobody install --dry-run --root root --ca "$pki/mitm-root2.crt"
says 'would-replace'
expect_status 0 as_nobody remove --dry-run --root root --installed
says 'would-remove'
expect_status 0 as_nobody reapply --root root
expect_status 1 as_nobody install --root root --ca "$pki/mitm-root2.crt"
one_sentence
says 'this needs root: .*Permission denied'
unchanged root -c

it 'in a tree of his own an ordinary user does what root does, and what is new is his'
small_root own
cp -a own own.before
chown -R nobody:nogroup own own.before
expect_status 0 as_nobody install --root own --ca "$pki/mitm-root.crt"
same_bytes "$(bundle_of own)" "$(bundle_of root)"
expect test -z "$(find own ! -user nobody)"
expect_status 0 as_nobody undo --root own
rm -r own/var/lib/trustfix
same_shape own own.before

it 'remove: the second time there is nothing'
expect_status 0 tf remove --dry-run --root root --ca "$pki/mitm-root.crt"
unchanged root -c
expect_status 0 tf remove --root root --fingerprint "$(sha256_of "$pki/mitm-root.crt")"
keep_listing root
expect_status 0 tf remove --root root --fingerprint "$(sha256_of "$pki/mitm-root.crt")"
says '0 stores changed|unchanged'
unchanged root -c

it 'the umask does not matter'
small_root masked
(umask 077 && "$trustfix" install --root masked --ca "$pki/mitm-root.crt" >"$out" 2>"$err") || fail 'install'
expect test "$(stat -c %a "$(bundle_of masked)")" = 644
expect test -z "$(find masked/usr/local masked/etc ! -type l ! -perm -004)"

it 'of the distribution: refused, not removed'
expect_status 1 tf remove --root root --ca "$pki/origin-root.crt"
one_sentence
unchanged root

done_testing
