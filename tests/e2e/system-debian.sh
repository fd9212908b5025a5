#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The Debian family: byte for byte what the real update-ca-certificates makes, and right where it is not.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_all debootstrap curl
s_server 9443 gate-root
root_pin=$(pin_of mitm-root)

# Its own copy of the store's part of a root: what the script reads, writes and runs.
store_of() # SUITE DIR
{
	mkdir -p "$2/usr/local/share" "$2/usr/share" "$2/etc" "$2/usr/lib" "$2/var/lib"
	for name in etc/ssl etc/ca-certificates etc/ca-certificates.conf etc/os-release usr/lib/os-release \
		usr/share/ca-certificates usr/local/share/ca-certificates usr/lib/ssl; do
		cp -a "$roots/$1/$name" "$2/$name"
	done
}

# The real script, on the files of a store_of() copy, inside the root it came from.
real_script() # SUITE DIR [OPTION...]
{
	suite=$1 copy=$2
	shift 2
	[ -d "world-$suite" ] || cp -a --reflink=auto "$roots/$suite" "world-$suite"
	for name in etc/ssl usr/share/ca-certificates usr/local/share/ca-certificates; do
		mount --bind "$copy/$name" "world-$suite/$name"
	done
	cp "$copy/etc/ca-certificates.conf" "world-$suite/etc/"
	in_root "$dir/world-$suite" update-ca-certificates "$@" >real.log 2>&1 || note real.log
	for name in etc/ssl usr/share/ca-certificates usr/local/share/ca-certificates; do
		umount "world-$suite/$name"
	done
}

same_store()
{
	for name in etc/ssl usr/local/share/ca-certificates; do
		same_shape "$1/$name" "$2/$name"
	done
}

# What an administrator may have left there before.
lived_in()
{
	cp "$pki/client-root.crt" "$1/usr/local/share/ca-certificates/corp (old), one.crt"
	mkdir "$1/usr/local/share/ca-certificates/deep"
	cp "$pki/cross-root.crt" "$1/usr/local/share/ca-certificates/deep/cross.crt"
	printf '%s' "$(cat "$pki/mitm-root2.crt")" >"$1/usr/local/share/ca-certificates/zz-no-newline.crt"
	cp "$pki/expired-root.crt" "$1/usr/local/share/ca-certificates/ignored.pem"
	sed -i '3s/^/!/' "$1/etc/ca-certificates.conf"
}

for suite in bookworm bullseye trixie; do
	if [ ! -e "$roots/$suite/.made" ] && [ "$suite" != bookworm ]; then
		continue
	fi
	it "$suite: one CA, as the script does it"
	store_of "$suite" "ours-$suite"
	cp -a "ours-$suite" "theirs-$suite"
	cp -a "ours-$suite" "pristine-$suite"
	expect_status 0 tf install --root "ours-$suite" --ca "$pki/mitm-root.crt" --name corp
	cp "$pki/mitm-root.crt" "theirs-$suite/usr/local/share/ca-certificates/corp.crt"
	chmod 0644 "theirs-$suite/usr/local/share/ca-certificates/corp.crt"
	real_script "$suite" "theirs-$suite"
	same_store "ours-$suite" "theirs-$suite"

	it "$suite: the script, run afterwards, finds nothing to do"
	shape "ours-$suite/etc/ssl" >before
	real_script "$suite" "ours-$suite"
	shape "ours-$suite/etc/ssl" >after
	same_bytes before after

	it "$suite: remove leaves what was there before"
	expect_status 0 tf remove --root "ours-$suite" --ca "$pki/mitm-root.crt"
	same_store "ours-$suite" "pristine-$suite"

	it "$suite: a store that was lived in"
	rm -rf "ours-$suite" "theirs-$suite"
	store_of "$suite" "ours-$suite"
	lived_in "ours-$suite"
	real_script "$suite" "ours-$suite"
	ln -s /nowhere.crt "ours-$suite/etc/ssl/certs/dangling.pem"
	cp -a "ours-$suite" "theirs-$suite"
	expect_status 0 tf install --root "ours-$suite" --ca "$pki/mitm-root.crt" --name corp
	cp "$pki/mitm-root.crt" "theirs-$suite/usr/local/share/ca-certificates/corp.crt"
	chmod 0644 "theirs-$suite/usr/local/share/ca-certificates/corp.crt"
	real_script "$suite" "theirs-$suite"
	same_store "ours-$suite" "theirs-$suite"

	it "$suite: rotated under the same name, hashed anew, as the script does from scratch"
	expect_status 1 tf install --root "ours-$suite" --ca "$pki/zs-root.crt" --name corp
	one_sentence
	says 'corp.crt. holds another certificate'
	for whose in ours theirs; do
		cp "$pki/zs-root.crt" "$whose-$suite/usr/local/share/ca-certificates/corp.crt"
	done
	expect_status 0 tf install --root "ours-$suite" --ca "$pki/zs-root.crt" --name corp
	real_script "$suite" "theirs-$suite" --fresh
	same_store "ours-$suite" "theirs-$suite"
done

it 'a name made from the certificate'
store_of bookworm named
expect_status 0 tf install --root named --ca "$pki/mitm-root.crt"
expect test -e "$(find named/usr/local/share/ca-certificates -name 'lantern*root*.crt' -perm 0644)"

it 'in the root: curl fails before, works after, fails after remove'
if chroot_root bookworm "$dir/world"; then
	expect_not in_root world curl -sS https://app.test:9443/
	expect_not in_root world openssl s_client -connect app.test:9443 -verify_return_error
	expect_status 0 tf install --root world --pin "$root_pin" app.test:9443
	expect in_root world curl -sS -o /dev/null https://app.test:9443/
	expect in_root world openssl s_client -connect app.test:9443 -verify_return_error
	expect in_root world wget -q -O /dev/null https://app.test:9443/
	expect_status 0 tf remove --root world --installed
	expect_not in_root world curl -sS https://app.test:9443/
	expect_not in_root world wget -q -O /dev/null https://app.test:9443/
	expect_not in_root world openssl s_client -connect app.test:9443 -verify_return_error
fi

it 'as the running system: the hooks of update.d run as the script runs them'
printf '#!/bin/sh\npwd >/tmp/hook.pwd\ncat >>/tmp/hook.in\n' >world/etc/ca-certificates/update.d/note
printf '#!/bin/sh\ntouch /tmp/never\n' >world/etc/ca-certificates/update.d/never.disabled
chmod 0755 world/etc/ca-certificates/update.d/*
expect_status 0 in_root world trustfix install --pin "$root_pin" --name corp app.test:9443
echo '+/etc/ssl/certs/corp.pem' >wanted
same_bytes wanted world/tmp/hook.in
echo /etc/ssl/certs >wanted
same_bytes wanted world/tmp/hook.pwd
expect test ! -e world/tmp/never
expect in_root world curl -sS -o /dev/null https://app.test:9443/

it 'and they are told when it goes'
rm world/tmp/hook.in
expect_status 0 in_root world trustfix remove --installed
echo '-/etc/ssl/certs/corp.pem' >wanted
same_bytes wanted world/tmp/hook.in

it 'with --root no hook of that root runs'
rm -f world/tmp/hook.in
expect_status 0 tf install --root world --ca "$pki/mitm-root.crt"
expect test ! -e world/tmp/hook.in

done_testing
