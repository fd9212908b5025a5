#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Images that nobody should make: refused with one sentence, nothing written, nothing outside touched.

. "$(dirname "$0")/lib.sh"

need_all python3 strace prlimit
ca=$pki/mitm-root.crt
bad=$dir/bad new=$dir/new TMPDIR=$dir/tmp
mkdir "$bad" "$new"
cat "$pki/client-root.crt" "$pki/cross-root.crt" "$pki/origin-root.crt" >"$dir/bundle.pem"
make_images() { /usr/bin/python3 "$here/image-bad.py" "$@"; }
install_in() { tf install --image "$1" -o "$2" --ca "$ca"; }
# Sanitizers need room of their own.
bound="--cpu=20 --data=$((64 << 20))"
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
done_testing
