#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The Red Hat layout, driven by the real p11-kit: as the running system, and as a bare directory.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_all debootstrap
s_server 9443 gate-root
root_pin=$(pin_of mitm-root)
pem=etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem
anchors=etc/pki/ca-trust/source/anchors

it 'the layout itself: the command makes a bundle'
rhel_root "$dir/world" || done_testing
expect test "$(grep -c BEGIN world/$pem)" -gt 100
cp -ax world bare
mount --bind /dev bare/dev
keep_listing world

it 'as the running system: the anchor is written and the command run'
expect_not in_root world openssl s_client -connect app.test:9443 -verify_return_error
expect_status 0 in_root world trustfix install --pin "$root_pin" --name corp app.test:9443
expect test -e "world/$anchors/corp.crt"
expect holds "world/$pem" "$pki/mitm-root.crt"
expect in_root world openssl s_client -connect app.test:9443 -verify_return_error
expect in_root world trust list

it 'env names the bundle of this family'
expect_status 0 in_root world trustfix env
says "^export SSL_CERT_FILE='/$pem'$"

it 'the other outputs hold it too'
expect grep -qa 'Lantern Inspection Root' world/etc/pki/ca-trust/extracted/java/cacerts

it 'it survives the command'
expect in_root world update-ca-trust
expect holds "world/$pem" "$pki/mitm-root.crt"
expect_status 0 tf verify --root world app.test:9443

it 'a second install changes nothing'
listing -c world >before
expect_status 0 in_root world trustfix install --pin "$root_pin" --name corp app.test:9443
listing -c world >after
same_bytes before after

it 'and goes again'
expect_status 0 in_root world trustfix remove --installed
expect_not holds "world/$pem" "$pki/mitm-root.crt"
expect test ! -e "world/$anchors/corp.crt"
expect_not in_root world openssl s_client -connect app.test:9443 -verify_return_error

it 'undo puts it back'
expect_status 0 in_root world trustfix undo
expect holds "world/$pem" "$pki/mitm-root.crt"

it 'a bare root: the bundle as the command would leave it'
expect_status 0 tf install --root bare --pin "$root_pin" --name corp app.test:9443
expect test -e "bare/$anchors/corp.crt"
certs_in "$dir/bare/$pem" | sort >ours
in_root bare update-ca-trust
certs_in "$dir/bare/$pem" | sort >theirs
same_bytes ours theirs
expect in_root bare openssl s_client -connect app.test:9443 -verify_return_error

it 'modes of the outputs stay'
umount bare/dev
rm -rf bare
cp -ax world bare
expect_status 0 tf remove --root bare --installed
chmod 0444 "bare/$pem"
expect_status 0 tf install --root bare --ca "$pki/mitm-root.crt"
expect test "$(stat -c %a "bare/$pem")" = 444

done_testing
