#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Roots without a store, and roots whose store is not to be written.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
s_server 9443 gate-root
root_pin=$(pin_of mitm-root)

it 'a root with no store at all gets one, and is told so'
mkdir -p none/etc
expect_status 0 tf install --root none --pin "$root_pin" app.test:9443
says 'no CA store found; install creates'
expect holds "$(bundle_of none)" "$pki/mitm-root.crt"
expect_status 0 tf verify --root none app.test:9443

it 'and an empty directory too'
mkdir empty
expect_status 0 tf install --root empty --ca "$pki/mitm-root.crt"
expect holds "$(bundle_of empty)" "$pki/mitm-root.crt"

it 'undo leaves no store'
expect_status 0 tf undo --root empty
expect test ! -e "$(bundle_of empty)"

it 'verify of a root with no store does not trust'
mkdir void
keep_listing void
expect_status 3 tf verify --root void app.test:9443
unchanged void -c

refused() # NAME ID HINT
{
	it "$1 is recognized, left alone, and the right way told"
	mkdir -p "$2/etc/ssl/certs" "$2/usr/lib"
	printf 'ID=%s\n' "$2" >"$2/etc/os-release"
	cp "$pki/origin-root.crt" "$(bundle_of "$2")"
	case $2 in
	nixos) : >"$2/etc/NIXOS" ;;
	guix)
		mkdir -p "$2/gnu/store/x-profile" "$2/run"
		mv "$2/etc/ssl" "$2/gnu/store/x-profile/"
		ln -s /gnu/store/x-profile "$2/run/current-system"
		ln -s /run/current-system/ssl "$2/etc/ssl"
		;;
	opensuse-microos)
		mkdir -p "$2/etc/pki/trust/anchors" "$2/usr/sbin" "$2/var/lib/ca-certificates"
		: >"$2/usr/sbin/transactional-update"
		: >"$2/usr/sbin/update-ca-certificates"
		chmod 0755 "$2"/usr/sbin/*
		;;
	esac
	keep_listing "$2"
	expect_status 1 tf install --root "$2" --pin "$root_pin" app.test:9443
	says "$3"
	unchanged "$2" -c
}

refused NixOS nixos 'security\.pki'
refused Guix guix 'guix system reconfigure'
refused 'Clear Linux' clear-linux-os 'clrtrust add'
refused NetBSD netbsd 'certctl rehash'
refused Bottlerocket bottlerocket 'settings\.pki'
refused Flatcar flatcar 'provision|ignition|butane|update-ca-certificates'
refused Talos talos 'TrustedRootsConfig|machine config|talosctl'
refused MicroOS opensuse-microos 'transactional'

it 'a root path that is a file, or is not there'
: >file
expect_status 1 tf install --root file --ca "$pki/mitm-root.crt"
one_sentence
expect_status 1 tf install --root nowhere --ca "$pki/mitm-root.crt"
one_sentence
expect test ! -e nowhere

it 'links that lead out of the root lead nowhere'
small_root leads
mkdir victim
cp "$(bundle_of leads)" victim/
rm -rf leads/etc/ssl/certs leads/usr/local
ln -s "$dir/victim" leads/etc/ssl/certs
ln -s "../../../../../../../../../..$dir/victim" leads/usr/local
keep_listing victim
status=0
"$trustfix" install --root leads --ca "$pki/mitm-root.crt" >"$out" 2>"$err" </dev/null || status=$?
unchanged victim -c

it 'a FIFO, a device, a loop in place of the bundle'
for kind in fifo device loop; do
	small_root "odd-$kind"
	rm "$(bundle_of "odd-$kind")"
	case $kind in
	fifo) mkfifo "$(bundle_of "odd-$kind")" ;;
	device) ln -s /dev/zero "$(bundle_of "odd-$kind")" && mkdir "odd-$kind/dev" &&
		mknod "odd-$kind/dev/zero" c 1 5 ;;
	loop) ln -s ca-certificates.crt "$(bundle_of "odd-$kind")" ;;
	esac
	keep_listing "odd-$kind"
	# A link that loops is one that leads nowhere: a file takes its place.
	code=1
	[ "$kind" != loop ] || code=0
	within 5000 expect_status "$code" tf install --root "odd-$kind" --ca "$pki/mitm-root.crt"
	within 5000 expect_status "$code" tf verify --root "odd-$kind" app.test:9443
	[ "$kind" = loop ] || {
		one_sentence
		unchanged "odd-$kind"
	}
done

done_testing
