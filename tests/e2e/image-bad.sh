#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Images that nobody should make: refused with one sentence, nothing written, nothing outside touched.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

need_all python3 strace prlimit
ca=$pki/mitm-root.crt
bad=$dir/bad new=$dir/new TMPDIR=$dir/tmp
mkdir "$bad" "$new"
cat "$pki/client-root.crt" "$pki/cross-root.crt" "$pki/origin-root.crt" >"$dir/bundle.pem"
make_images() { /usr/bin/python3 "$here/image-bad.py" "$@"; }
install_in() { tf install --image "$1" -o "$2" --ca "$ca"; }
# Sanitizers need room of their own.
bound="--cpu=20 --data=$((128 << 20))"
! nm "$trustfix" 2>/dev/null | grep -q __asan_init || bound=--cpu=60

nothing_left()
{
	for left in "$new"/* "$new"/.[!.]* "$TMPDIR"/* "$TMPDIR"/.[!.]*; do
		[ -e "$left" ] || [ -L "$left" ] || continue
		fail "left behind: $left"
		rm -rf "$left"
	done
}

# What is printed can be printed: no byte of a name or a text of the image goes to the terminal as it is.
printable()
{
	LC_ALL=C grep -q '[^ -~]' "$out" "$err" || return 0
	fail 'prints what cannot be printed'
	note "$out" "$err"
}

# refused IMAGE [STATUS [WORDS]]
refused()
{
	# shellcheck disable=SC2086
	expect_status "${2:-1}" prlimit $bound "$trustfix" install --image "$1" -o "$new/image" --ca "$ca"
	[ "$status" -eq 0 ] || one_sentence
	says "${3:-.}"
	printable
	[ "$status" -ne 0 ] || rm -f "$new/image"
	nothing_left
}

it 'hundreds of bad images, each with its sentence'
make_images cases "$bad" "$dir/bundle.pem" || fail 'no images'
cd "$bad" || exit 1
find . -printf '%p %y %m %s %T@ %C@ %i\n' | sort >"$dir/before"
count=0
while IFS='	' read -r image wanted words; do
	test_name=$image count=$((count + 1))
	refused "$image" "$wanted" "$words"
done <cases
test_name='hundreds of bad images, each with its sentence'
[ "$count" -gt 400 ] || fail "only $count images"
find . -printf '%p %y %m %s %T@ %C@ %i\n' | sort | cmp -s - "$dir/before" || fail 'an image has changed'

it 'an archive that is cut off anywhere'
gzip -nc good.tar >packed.tar
for form in good good-docker packed; do
	end=$(stat -c %s $form.tar)
	[ $form = packed ] && step=79 || step=512 end=$((end - 1024))
	for at in $(seq 0 "$step" "$((end - 1))") $((end - 1)); do
		test_name="$form.tar cut at $at"
		head -c "$at" $form.tar >cut.tar
		refused cut.tar
		[ "$form" != good ] || refused - <cut.tar
	done
done
test_name='an archive that is cut off anywhere'

it 'digests of plain layers, when asked for'
make_images plain "$dir" "$dir/bundle.pem"
expect_status 1 tf install --check-layers --image "$dir/plain.tar" -o "$new/image" --ca "$ca"
one_sentence
says 'do not match its diff_id'
nothing_left

it 'an output that is the input by another name'
cp good.tar "$dir/in.tar"
ln -s in.tar "$dir/by-link"
ln "$dir/in.tar" "$dir/by-name"
expect_status 0 install_in "$dir/in.tar" "$dir/by-link"
expect test -L "$dir/by-link"
same_bytes "$dir/by-name" good.tar
expect_status 0 tf list --image "$dir/in.tar"
says '4 certificates'
expect_status 0 install_in "$dir/by-name" "$dir/by-name"
same_bytes "$dir/by-name" "$dir/in.tar"
mkdir "$dir/layout"
tar -xf good.tar -C "$dir/layout"
ln -s layout "$dir/layout-link"
expect_status 0 install_in "$dir/layout" "$dir/layout-link"
expect_status 0 tf list --image "$dir/layout-link"
says '4 certificates'

# A disk with that many KiB.
small_disk()
{
	umount "$dir/small" 2>/dev/null
	mkdir -p "$dir/small"
	mount -t tmpfs -o "size=${1}k" none "$dir/small"
}

it 'a disk that fills half-way'
head -c 1000000 /dev/urandom >"$dir/noise"
make_images full "$dir" "$dir/bundle.pem" "$dir/noise"
full=$dir/full.tar
mkdir "$dir/full"
tar -xf "$full" -C "$dir/full"
for size in 4 64 512 960; do
	small_disk "$size"
	expect_status 1 install_in "$full" "$dir/small/new.tar"
	one_sentence
	says 'the disk is full'
	[ -z "$(ls -A "$dir/small")" ] || fail "left: $(ls -A "$dir/small")"
	expect_status 1 install_in "$dir/full" "$dir/small/new" && one_sentence
	[ -z "$(ls -A "$dir/small")" ] || fail "left: $(ls -A "$dir/small")"
done
for more in 0 4 8 12; do
	small_disk $((1100 + more))
	mkdir "$dir/small/in"
	tar -xf "$full" -C "$dir/small/in"
	dd if=/dev/zero of="$dir/small/fill" bs=1k 2>/dev/null
	truncate -s $(($(stat -c %s "$dir/small/fill") / 4096 * 4096 - more * 1024)) "$dir/small/fill"
	listing "$dir/small/in" >"$dir/was"
	expect_status 1 tf install --image "$dir/small/in" --ca "$ca" && one_sentence
	says 'the disk is full'
	listing "$dir/small/in" | diff "$dir/was" - >"$dir/expect" || fail "changed: $(cat "$dir/expect")"
done
small_disk 4
dd if=/dev/zero of="$dir/small/fill" bs=1k 2>/dev/null
TMPDIR=$dir/small expect_status 1 sh -c "exec \"$trustfix\" install --image good.tar -o - --ca '$ca' >/dev/null" &&
	one_sentence
nothing_left
expect_status 1 install_in good.tar /dev/full && one_sentence
expect_status 1 sh -c "exec \"$trustfix\" install --image good.tar -o - --ca '$ca' >/dev/full" && one_sentence
umount "$dir/small"

# In one directory whatever happens, so that nothing of another run is looked at.
killed_at() # CALL N IMAGE
{
	rm -rf "$dir/kill"
	mkdir "$dir/kill"
	cp -a "$3" "$dir/kill/in"
	status=0
	# Leaks cannot be looked for under another tracer.
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o /dev/null -e "trace=$1" -e "inject=$1:signal=KILL:when=$2" \
		"$trustfix" install --image "$dir/kill/in" --ca "$ca" >"$out" 2>"$err" </dev/null || status=$?
	[ "$status" -eq 137 ]
}

it 'kill -9 at each step: the old image or the new one'
mkdir "$dir/kill-layout"
tar -xf good.tar -C "$dir/kill-layout"
count=0
for image in "$bad/good.tar" "$dir/kill-layout"; do
	for call in openat fchmod write copy_file_range fsync renameat rename linkat unlinkat; do
		n=1
		[ "$call" != openat ] || n=10
		while killed_at "$call" "$n" "$image"; do
			count=$((count + 1))
			expect_status 0 tf list --image "$dir/kill/in"
			says '[34] certificates'
			expect_status 0 tf install --image "$dir/kill/in" --ca "$ca"
			expect_status 0 tf list --check-layers --image "$dir/kill/in"
			says '4 certificates'
			[ "$call" = openat ] && n=$((n + 3)) || n=$((n + 1))
		done
		[ "$status" -eq 0 ] || fail "status $status with $call $n"
	done
done
[ "$count" -gt 20 ] || fail "only $count kills"

it 'nobody, with an image that can only be read'
mkdir "$dir/theirs" "$dir/read"
chown 65534:65534 "$dir/theirs"
chmod 1777 "$TMPDIR"
cp good.tar good-docker.tar packed.tar "$dir/read"
cp -r "$dir/kill-layout" "$dir/read/layout"
chmod -R a-w,a+rX "$dir/read"
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$trustfix" "$@"; }
for form in good.tar good-docker.tar packed.tar layout; do
	expect_status 0 as_nobody list --image "$dir/read/$form"
	expect_status 0 as_nobody install --image "$dir/read/$form" -o "$dir/theirs/$form" --ca "$ca"
	expect_status 0 as_nobody list --image "$dir/theirs/$form"
	says '4 certificates'
	expect_status 0 as_nobody install --image "$dir/theirs/$form" --ca "$ca"
	says 'unchanged'
	expect_status 0 as_nobody undo --image "$dir/theirs/$form"
	expect_status 1 as_nobody install --image "$dir/read/$form" --ca "$ca" && one_sentence
	says "$form': cannot make a file: Permission denied"
done

it 'layers with every trick, as umoci unpacks them'
need umoci && {
	mkdir "$dir/views"
	expect /usr/bin/python3 "$here/image-view.py" "$trustfix" "$dir/views" 100 1 "$pki/client-root.crt" \
		"$pki/cross-root.crt" "$pki/origin-root.crt" "$ca"
}
done_testing
