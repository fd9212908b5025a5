#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every form of image file, as its program writes it: what changes, what stays, and that all of it agrees.
# The judges are dialect.py, which reads it all anew, skopeo and umoci.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_all python3 skopeo umoci zstd strace
ca=$pki/mitm-root.crt

dialect() { python3 -B "$here/dialect.py" "$@"; }
layer() { tar -C "$1" --sort=name --format=gnu -cf "$1.tar" .; }
skopeo() { /usr/bin/skopeo --tmpdir "$TMPDIR" --insecure-policy "$@"; }

small_root one
mkdir -p two/opt
echo hello >two/opt/hello
layer one
layer two

# made FORM IMAGE...: `old`, and `new`, which is it with the CA.
made()
{
	form=$1
	shift
	rm -rf old new
	expect dialect make "$form" old "$@"
	expect_status 0 tf install --image old -o new --ca "$ca" || fail "$form"
}

# agrees N: `new` is `old` with one layer more in N images, each counted once in each view.
agrees()
{
	expect dialect check old new || fail "$form"
	[ "$(cat "$dir/expect")" = "$1" ] || fail "$form: $(cat "$dir/expect") images have changed, not $1"
	expect_status 0 tf list --image new --check-layers
	says 'Inspection Root$'
}

it 'one image: all documents agree, unknown members and old layers stay byte for byte'
for form in docker20 docker25 docker26 docker28 podman bazel+bare oci oci+zstd oci+types+gzip oci+gzip+dir+bare docker20+packed \
	docker26+packed; do
	made "$form" app:1 one.tar two.tar
	case $form in
	docker26* | docker28*) agrees 2 ;;
	*) agrees 1 ;;
	esac
done

it 'two names, no name, one layer, the same layer twice, several images with layers in common'
for form in docker20 docker25 docker26 podman bazel oci+gzip index+dir; do
	made "$form" app:1,app:latest one.tar
	case $form in
	docker26) agrees 3 ;;
	oci+gzip | index+dir) agrees 2 ;;
	*) agrees 1 ;;
	esac
	made "$form" - one.tar two.tar two.tar
	dialect check old new >"$dir/got" || fail "$form: no name"
	made "$form" app:1@linux/amd64 one.tar two.tar + other:2@linux/arm64 one.tar
	dialect check old new >"$dir/got" || fail "$form: several images"
done

it 'an index of several platforms: each gets its layer, attestations follow and are told'
made index+gzip+dir app:1@linux/amd64 one.tar + -@linux/arm64/v8 one.tar two.tar
agrees 2
expect_status 0 tf install --json --image old -o other --ca "$ca"
json '[(t["tree"], [s["state"] for s in t["stores"]]) for t in d["trees"]]' \
	'[["app:1 (linux/amd64)", ["added"]], ["app:1 (linux/arm64/v8)", ["added"]]]'
json 'sum("attestation" in n for n in d["notes"])' 2
for arch in amd64 arm64; do
	expect skopeo --override-arch $arch copy oci:new:app:1 oci:copied:$arch
	expect umoci unpack --rootless --image copied:$arch unpacked-$arch
	expect holds unpacked-$arch/rootfs/etc/ssl/certs/ca-certificates.crt "$ca"
done

it '--platform changes one of them, by its name or with its variant'
for platform in linux/arm64 linux/arm64/v8; do
	rm -rf new
	expect_status 0 tf install --image old -o new --platform $platform --ca "$ca"
	agrees 1
	expect_status 0 tf list --image new --platform linux/amd64
	says_not 'Inspection Root$'
done
expect_status 1 tf list --image old --platform linux/s390x
says "no image for 'linux/s390x'.* there is one for 'linux/amd64'"
one_sentence
expect_status 2 tf list --image old --platform s390x

it 'skopeo and umoci read what became of every form'
for form in docker20 docker26 docker28 podman bazel; do
	made "$form" app:1 one.tar two.tar
	mv new new.tar
	rm -rf copied unpacked
	expect skopeo copy docker-archive:new.tar oci:copied:app || fail "$form"
	expect umoci unpack --rootless --image copied:app unpacked
	expect holds unpacked/rootfs/etc/ssl/certs/ca-certificates.crt "$ca" || fail "$form: the bundle"
	expect test -e unpacked/rootfs/opt/hello
done
for form in docker26 docker28 oci+types+gzip oci+zstd; do
	made "$form" app:1 one.tar two.tar
	rm -rf copied laid
	mkdir laid
	expect tar -xf new -C laid
	expect skopeo inspect "oci:laid"
done

it 'DIR:TAG changes that one alone; the others stay, also of the same image'
rm -rf old new
expect dialect make oci+gzip+dir old app:1,app:2 one.tar two.tar + other:1 one.tar
cp -a old new
expect_status 0 tf install --image new:app:2 --ca "$ca"
agrees 1
expect_status 0 tf list --image new:app:1
says_not 'Inspection Root$'
expect_status 0 tf list --image new:app:2
says 'Inspection Root$'
expect_status 1 tf list --image new:app:3
says "no image 'app:3'"
expect_status 0 tf undo --image new:app:2
expect cmp old/index.json new/index.json

it '--tag: one name instead of all that the image had'
for form in docker20 docker26 podman oci+dir index+gzip+dir; do
	for names in app:1,app:latest -; do
		rm -rf old new again
		expect dialect make "$form" old "$names" one.tar two.tar
		expect_status 0 tf install --image old -o new --tag corp/app:2 --ca "$ca" || fail "$form"
		expect dialect names new
		[ "$(sort -u "$dir/expect")" = corp/app:2 ] || fail "$form $names: $(cat "$dir/expect")"
		expect_status 0 tf install --image new -o again --tag corp/app:2 --ca "$ca"
		expect diff -r new again
		# An image that needs no layer gets its name too.
		rm -rf again
		expect_status 0 tf install --image new -o again --tag corp/app:3 --ca "$ca"
		expect dialect names again
		[ "$(sort -u "$dir/expect")" = corp/app:3 ] || fail "$form $names: $(cat "$dir/expect")"
	done
done
expect dialect make docker26 several app:1 one.tar + other:1 two.tar
expect_status 1 tf install --image several -o named.tar --tag corp/app:2 --ca "$ca"
says '--tag can name only one'
expect test ! -e named.tar
for name in 'no name' :x x/ a::b a/b:1/c:2; do
	expect_status 2 tf install --image several -o named.tar --tag "$name" --ca "$ca"
done
expect dialect make docker20 one-name app:1 one.tar
expect_status 1 tf install --image one-name -o named.tar --tag Corp/App:2 --ca "$ca"
says 'capital letters'
expect_status 0 tf install --image one-name -o named.tar --tag Corp.test:80/app:V2 --ca "$ca"

it 'the second time there is no new layer, and the output is the input byte for byte'
for form in docker20 docker26 oci+gzip index+dir docker20+packed; do
	made "$form" app:1 one.tar two.tar
	rm -rf again
	case $form in
	*packed) gzip -n <new >packed && mv packed new ;;
	esac
	expect_status 0 tf install --image new -o again --ca "$ca"
	says '0 stores changed'
	expect diff -r new again
	cp -a new kept
	expect_status 0 tf install --image new --ca "$ca"
	expect diff -r new kept
	rm -rf kept
	# shellcheck disable=SC2016 # the other shell's
	[ -d new ] || expect sh -c '"$1" install --image - -o - --ca "$2" <new 2>piped.err | cmp - new' sh "$trustfix" "$ca"
done

it 'undo gives back config and manifest byte for byte, and takes its blobs away'
for form in docker20 docker28 podman bazel oci+bare oci+zstd+dir index+gzip+dir+bare; do
	made "$form" app:1,app:latest one.tar two.tar
	expect_status 0 tf remove --installed --dry-run --image new
	says 'would-remove'
	expect_status 0 tf undo --image new
	says 'the top layer, which trustfix added, was removed'
	expect dialect same old new || fail "$form"
	expect_status 1 tf undo --image new
	says 'was not added by trustfix'
	one_sentence
done

it 'the same bytes under any umask, zone, locale and user; SOURCE_DATE_EPOCH is the time of the layer'
made docker26 app:1 one.tar two.tar
chmod 0644 old
(umask 077 && rm -rf other && TZ=Asia/Kathmandu LC_ALL=C.UTF-8 "$trustfix" install -q --image old -o other --ca "$ca")
expect cmp new other
mkdir -m 1777 open
cp "$trustfix" "$ca" open/
chmod 0755 open/trustfix
chmod 0644 open/*.crt
# shellcheck disable=SC2016 # the other shell's
expect unshare -S 65534 -G 65534 sh -c 'cat old | open/trustfix install -q --image - -o open/new --ca open/mitm-root.crt'
expect cmp new open/new
dialect layer new >members
expect grep -q ' 1767323045\( [^ ]*\)\?$' members # the image's own "created"
SOURCE_DATE_EPOCH=1234567890 expect_status 0 tf install --image old -o other --ca "$ca"
expect dialect check old other
dialect layer other >members
expect grep -q ' 1234567890\( [^ ]*\)\?$' members
expect_not grep -qv ' 1234567890\( [^ ]*\)\?$' members
SOURCE_DATE_EPOCH=yesterday expect_status 2 tf install --image old -o other --ca "$ca"

it 'the report goes to standard error when the image goes to standard output, which is no terminal'
expect_status 2 script -qec "$trustfix install --image old -o - --ca $ca" /dev/null
says 'not written to a terminal'
# shellcheck disable=SC2016 # the other shell's
expect sh -c '"$1" install --image old -o - --ca "$2" >streamed 2>told' sh "$trustfix" "$ca"
expect cmp new streamed
expect grep -q '^1 store changed' told
# shellcheck disable=SC2016 # the other shell's
expect sh -c '"$1" install --image old -o /dev/stdout --ca "$2" 2>told | cat >streamed' sh "$trustfix" "$ca"
expect cmp new streamed

it 'killed half-way, a layout is one that skopeo copies and umoci cleans'
made oci+gzip+dir app:1 one.tar two.tar
for call in fsync:1 fchmod:2 linkat:1 linkat:3 linkat:5 renameat:1 fsync:5; do
	rm -rf new copied
	cp -a old new
	expect_status 137 strace -f -qq -o trace -e "trace=${call%:*}" -e "inject=${call%:*}:signal=KILL:when=${call#*:}" \
		"$trustfix" install --image new --ca "$ca"
	expect skopeo copy oci:new:app:1 oci:copied:app
	expect umoci gc --layout new
	expect_status 0 tf install --image new --ca "$ca"
	agrees 1
done

it 'of several images those get a layer that lack the CA'
made index+gzip+dir app:1@linux/amd64 one.tar + -@linux/arm64 one.tar two.tar
rm -rf new
expect_status 0 tf install --image old -o new --platform linux/arm64 --ca "$ca"
mv new other-arch
expect_status 0 tf install --image other-arch -o new --ca "$ca"
says '1 store changed, 1 unchanged'
agrees 2

it '--dry-run says what would be, and writes nothing'
mkdir still
cp -a old still/in
keep_listing still
expect_status 0 tf install --dry-run --image still/in --ca "$ca"
says 'would-add|would add'
says 'ca-certificates.crt'
expect_status 0 tf install --dry-run --image still/in -o still/new --ca "$ca"
unchanged still -c

done_testing
