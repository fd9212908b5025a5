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

# What a neighbour does to the real programs, and that it is refused before anything is written.
local=usr/local/share/ca-certificates
bad_neighbour() # NAME REASON; the file is ./neighbour
{
	it "a neighbour that is $1"
	cp neighbour "world/$local/bad one.crt"
	listing "world/$local" >before
	keep_listing world/etc
	expect_status 1 tf install --dry-run --root world --ca "$pki/mitm-root.crt"
	one_sentence
	expect_status 1 tf install --root world --ca "$pki/mitm-root.crt"
	one_sentence
	says "bad one.crt'.*$2"
	listing "world/$local" >after
	same_bytes before after
	unchanged world/etc -c
	sed -n "s/.*first: \(mv .*\)/\1/p" "$err" >cure
	expect sh -e cure
	expect test ! -e "world/$local/bad one.crt"
	expect_status 0 tf install --root world --ca "$pki/mitm-root.crt"
	expect in_root world curl -sS -o /dev/null https://app.test:9443/
	expect_status 0 tf remove --root world --installed
	rm "world/usr/local/share/bad one.crt"
}
# The real script takes such a file along, and curl dies of it.
it 'the script itself makes a bundle that kills curl'
cp -ax world spoiled
mount --bind /dev spoiled/dev
head -n 5 "$pki/client-root.crt" >"spoiled/$local/bad.crt"
cp "$pki/mitm-root.crt" "spoiled/$local/"
cat "$pki/client-root.crt" "$pki/client-root.key" >"spoiled/$local/key.crt"
chmod 0600 "spoiled/$local/key.crt"
expect in_root spoiled update-ca-certificates
expect_not in_root spoiled curl -sS -o /dev/null https://app.test:9443/
expect grep -q 'PRIVATE KEY' "$(bundle_of spoiled)"
umount spoiled/dev

head -n 5 "$pki/client-root.crt" >neighbour
bad_neighbour truncated 'line 1: no END line'
echo '-----BEGIN CERTIFICATE-----' >neighbour
bad_neighbour 'a lone BEGIN' 'line 1: no END line'
{ printf %s "$(cat "$pki/client-root.crt")" && cat "$pki/cross-root.crt"; } >neighbour
bad_neighbour 'two files joined' 'END and BEGIN on one line'
sed 's/$/\n/' "$pki/client-root.crt" >neighbour
bad_neighbour 'double-spaced' 'blank lines'
iconv -t UTF-16 "$pki/client-root.crt" >neighbour
bad_neighbour 'UTF-16' 'is not text'
cp "$pki/client-root.csr" neighbour
bad_neighbour 'a certificate request' 'a certificate request'
cat "$pki/client-root.crt" "$pki/client-root.key" >neighbour
bad_neighbour 'a certificate with its key' 'private key'
cp "$pki/client-enc.key" neighbour
bad_neighbour 'an encrypted key' 'private key'

it 'neighbours that do no harm: empty, HTML, a directory, a link to nothing, a FIFO'
rm -rf ours theirs
store_of bookworm ours
: >"ours/$local/empty.crt"
echo '<html><body>Sign in</body></html>' >"ours/$local/page.crt"
mkdir "ours/$local/folder.crt"
ln -s /nowhere "ours/$local/dead.crt"
mkfifo "ours/$local/pipe.crt"
cp -a ours theirs
expect_status 0 within 20000 tf install --root ours --ca "$pki/mitm-root.crt" --name corp
cp "$pki/mitm-root.crt" "theirs/$local/corp.crt"
chmod 0644 "theirs/$local/corp.crt"
real_script bookworm "$dir/theirs"
same_store ours theirs

# A file that nobody activated: the next rebuild of the bundle makes it trusted.
stray="sha256:$(sha256_of "$pki/cross-root.crt")"
told() # DID: what is said of it
{
	json '[n for n in d["notes"] if "stray" in n][0].split(";")[0]' \
		"update-ca-certificates $1 '/$local/stray one.crt' ($(openssl x509 -in "$pki/cross-root.crt" -noout \
			-subject -nameopt RFC2253,sep_comma_plus_space,space_eq,-dn_rev | sed 's/subject=//'), $stray)"
}
it 'a stranger is named in the plan, and the command there keeps it out'
rm -rf ours theirs
store_of bookworm ours
cp "$pki/cross-root.crt" "ours/$local/stray one.crt"
cp -a ours theirs
expect_status 0 tf install --dry-run --json --root ours --ca "$pki/mitm-root.crt"
told 'would also add'
expect_status 0 tf install --dry-run --root theirs --ca "$pki/mitm-root.crt"
sed -n 's/^note: .*run first: //p' "$out" >cure
expect sh -e cure
expect test -e 'theirs/usr/local/share/stray one.crt'
expect_status 0 tf install --root theirs --ca "$pki/mitm-root.crt"
says_not stray
expect_not holds "$(bundle_of theirs)" "$pki/cross-root.crt"

it 'and in the question'
expect_status 5 /usr/bin/python3 "$here/terminal.py" no "$trustfix" install --root ours app.test:9443
says "note     update-ca-certificates would also add '/$local/stray one.crt' .*$stray.*run first: mv '"

it 'and in the result, when it is done'
expect_status 0 tf install --json --root ours --ca "$pki/mitm-root.crt"
told 'also added'
expect holds "$(bundle_of ours)" "$pki/cross-root.crt"

it 'remove makes the bundle anew as well'
rm -rf ours
store_of bookworm ours
expect_status 0 tf install --root ours --ca "$pki/mitm-root.crt"
says_not 'also add'
cp "$pki/cross-root.crt" "ours/$local/stray one.crt"
expect_status 0 tf remove --dry-run --json --root ours --ca "$pki/mitm-root.crt"
told 'would also add'
expect_status 0 tf remove --json --root ours --ca "$pki/mitm-root.crt"
told 'also added'

it 'and so does reapply'
rm -rf ours
store_of bookworm ours
cp -a "$(bundle_of ours)" bundle
expect_status 0 tf install --root ours --ca "$pki/mitm-root.crt"
cp -a bundle "$(bundle_of ours)"
cp "$pki/cross-root.crt" "ours/$local/stray one.crt"
expect_status 0 tf reapply --json --root ours
told 'also added'

it 'on the running system the command there takes it out again'
cp "$pki/cross-root.crt" "world/$local/stray.crt"
cp "$pki/mitm-root.crt" world/tmp/ca.crt
expect_status 0 in_root world trustfix install --ca /tmp/ca.crt
sed -n 's/^note: .*to take it out: //p' "$out" >world/tmp/cure
expect holds "$(bundle_of world)" "$pki/cross-root.crt"
expect in_root world sh -e /tmp/cure
expect_not holds "$(bundle_of world)" "$pki/cross-root.crt"
expect holds "$(bundle_of world)" "$pki/mitm-root.crt"
expect_status 0 in_root world trustfix remove --installed

it 'with --root no hook of that root runs'
rm -f world/tmp/hook.in
expect_status 0 tf install --root world --ca "$pki/mitm-root.crt"
expect test ! -e world/tmp/hook.in

done_testing
