#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs at the same time wait for each other: nothing is lost.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

it 'two installs in parallel, twenty times'
for n in $(seq 20); do
	small_root "root-$n"
	"$trustfix" install --root "root-$n" --ca "$pki/mitm-root.crt" >"$out" 2>&1 &
	first=$!
	"$trustfix" install --root "root-$n" --ca "$pki/zs-root.crt" >"$err" 2>&1 &
	second=$!
	wait "$first" || fail "the first failed: $(cat "$out")"
	wait "$second" || fail "the second failed: $(cat "$err")"
	expect holds "$(bundle_of "root-$n")" "$pki/mitm-root.crt"
	expect holds "$(bundle_of "root-$n")" "$pki/zs-root.crt"
done

it 'ten different ones at once'
small_root ten
runs=
for name in mitm-root mitm-root2 zs-root evil-root narrow loose debug-root client-only mitm-renewed; do
	"$trustfix" install --keep-old --root ten --ca "$pki/$name.crt" >"$name.log" 2>&1 &
	runs="$runs $!"
done
for run in $runs; do
	wait "$run" || true
done
for name in mitm-root zs-root loose debug-root; do
	expect holds "$(bundle_of ten)" "$pki/$name.crt"
done

it 'an install and a remove'
small_root both
expect_status 0 tf install --root both --ca "$pki/zs-root.crt"
"$trustfix" install --root both --ca "$pki/mitm-root.crt" >"$out" 2>&1 &
first=$!
"$trustfix" remove --root both --ca "$pki/zs-root.crt" >"$err" 2>&1 &
second=$!
wait "$first" || fail "$(cat "$out")"
wait "$second" || fail "$(cat "$err")"
expect holds "$(bundle_of both)" "$pki/mitm-root.crt"
expect_not holds "$(bundle_of both)" "$pki/zs-root.crt"

it 'links of the store fit its files afterwards'
cp -a ten/etc/ssl/certs hashed
openssl rehash -n hashed >/dev/null 2>&1
for link in ten/etc/ssl/certs/*; do
	target=$(readlink "$link") || continue
	case $target in
	/*) expect test -e "ten$target" ;;
	*) expect test -L "ten/etc/ssl/certs/$target" ;;
	esac
done

done_testing
