#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What runs leave behind for those to come, and what lies there in the way, never holds one up.
# shellcheck source=tests/e2e/lib.sh disable=SC2086
. "$(dirname "$0")/lib.sh"
need_all strace

it 'the note of what was staged goes with the run'
small_root root
expect_status 0 tf install --root root --ca "$pki/mitm-root.crt"
expect test -z "$(find root/var/lib/trustfix -name staging)"

it 'a directory that a note names may be a link, overfull or gone, and every command works'
small_root blocked
mkdir -p blocked/var/lib/trustfix/1 blocked/home/many outside
touch outside/.trustfix-1.new
ln -s ../../outside blocked/home/link
(cd blocked/home/many && seq 100001 | xargs touch)
printf '/home/link\0/home/many\0/home/gone\0/etc/ssl\0' >note
touch blocked/etc/ssl/.trustfix-1.new
for command in "install --ca $pki/mitm-root.crt" "remove --ca $pki/mitm-root.crt" "install --ca $pki/mitm-root.crt" undo; do
	newest=$(find blocked/var/lib/trustfix -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort -n | tail -n 1)
	cp note "blocked/var/lib/trustfix/$newest/staging"
	expect_status 0 tf $command --root blocked
done
expect test -e outside/.trustfix-1.new
expect test ! -e blocked/etc/ssl/.trustfix-1.new

it 'nor does one that hangs hold a run'
small_root slow
mkdir -p slow/var/lib/trustfix/1 slow/stuck
printf '/stuck\0' >slow/var/lib/trustfix/1/staging
begun=$(now_ms)
expect_status 0 strace -f -qq -o trace -P stuck -e inject=openat2:delay_enter=12000000 sh -c \
	"'$trustfix' install --root slow --ca '$pki/mitm-root.crt' && date +%s%3N >ended"
took=$(($(cat ended) - begun))
expect test "$took" -ge 4000
expect test "$took" -le 11000

done_testing
