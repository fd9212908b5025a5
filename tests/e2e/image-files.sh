#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Image files from the outside: every dialect read by others after us, every way in and out, kills and full
# disks, files that lie.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_all python3 skopeo umoci strace

tf() { "$trustfix" "$@" -q; }
ca=$pki/mitm-root.crt
python3 "$here/images.py" "$dir" "$pki/origin-root.crt" || fail 'images.py'
printf '{"default":[{"type":"insecureAcceptAnything"}]}' >policy.json
copy() { skopeo --policy policy.json --tmpdir "$TMPDIR" copy -q "$@"; }

# holds IMAGE: a fresh look finds the CA in it; its other layers are whole.
holds()
{
	expect_status 0 "$trustfix" list --image "$1" --check-layers
	says 'Lantern Inspection Root'
}

# parts ARCHIVE: its members with their digests.
parts()
{
	rm -rf parts
	mkdir parts
	tar -xf "$1" -C parts
	(cd parts && find . -type f -exec sha256sum {} + -o -type l -printf '%p -> %l\n' | sort)
}

it 'every dialect of docker-archive is taken by skopeo with one layer more'
for dialect in docker20 docker26 flat; do
	expect_status 0 tf install --image $dialect.tar -o new.tar --ca "$ca"
	holds new.tar
	expect skopeo inspect docker-archive:new.tar
	rm -rf copied
	expect copy docker-archive:new.tar oci:copied:app
	expect test "$(umoci stat --image copied:app --json | grep -c '"empty_layer":true')" -eq 0
	expect python3 -c 'import json, tarfile
tar = tarfile.open("new.tar")
assert len(json.load(tar.extractfile("manifest.json"))[0]["Layers"]) == 3'
	rm new.tar
done

it 'the old members are the same bytes, and an undo gives the old file'
for dialect in docker20 docker26 flat oci; do
	parts $dialect.tar >old.list
	expect_status 0 tf install --image $dialect.tar -o new.tar --ca "$ca"
	parts new.tar >new.list
	grep -vE '\./(manifest\.json|index\.json|repositories)$' old.list >kept.list
	expect test -z "$(comm -23 kept.list new.list)"
	expect_status 0 tf undo --image new.tar
	parts new.tar >again.list
	expect cmp old.list again.list
done

it 'a layout in place, by its tag, to a new directory, to a tar'
cp -a oci lay
expect_status 0 tf install --image lay:app:1 --ca "$ca"
holds lay
expect umoci unpack --rootless --image lay:app:1 unpacked
expect test "$(grep -c BEGIN unpacked/rootfs/etc/ssl/certs/ca-certificates.crt)" -eq 2
expect_status 0 tf undo --image lay
expect diff -r oci lay
expect_status 0 tf install --image oci -o other --ca "$ca"
holds other
# shellcheck disable=SC2016
expect_status 0 sh -c '"$1" install -q --image oci -o - --ca "$2" >streamed.tar' sh "$trustfix" "$ca"
holds streamed.tar
expect copy oci-archive:streamed.tar oci:streamed:x
expect_status 1 tf install --image oci -o other --ca "$pki/mitm-root2.crt"
says 'new or empty directory'

it 'from a pipe to a pipe, packed or not'
for pack in cat gzip zstd; do
	command -v $pack >/dev/null || continue
	expect_status 0 sh -c "$pack <docker20.tar | \"\$1\" install -q --image - -o - --ca \"\$2\" | cat >piped.tar" \
		sh "$trustfix" "$ca"
	holds piped.tar
done
# shellcheck disable=SC2016
expect_status 2 sh -c '"$1" install -q --image - --ca "$2" <docker20.tar' sh "$trustfix" "$ca"
says 'needs an output'
mkfifo named
cat docker20.tar >named &
expect_status 2 tf install --image named --ca "$ca"
says 'a pipe needs an output'

it 'the same input gives the same output'
expect_status 0 tf install --image docker26.tar -o one.tar --ca "$ca"
(umask 077 && TZ=Asia/Tokyo LC_ALL=tr_TR.UTF-8 "$trustfix" install -q --image docker26.tar -o two.tar --ca "$ca")
expect cmp one.tar two.tar
expect_status 0 tf install --image one.tar -o three.tar --ca "$ca"
expect cmp one.tar three.tar

it 'several platforms each get the layer; what was said of the old ones is told'
cp -a multi several
expect_status 0 "$trustfix" install --image several --ca "$ca"
says 'attestation'
says 'no longer matches'
expect_status 0 "$trustfix" list --image several
says 'linux/amd64'
says 'linux/arm64'
for arch in amd64 arm64; do
	rm -rf copied
	expect skopeo --policy policy.json --override-arch $arch copy -q oci:several:app:1 oci:copied:x
	expect test "$(umoci stat --image copied:x --json | grep -o created_by | wc -l)" -eq 3
done
cp -a multi one-of-them
expect_status 0 tf install --image one-of-them --platform linux/arm64 --ca "$ca"
expect_status 0 tf undo --image several
expect cmp several/index.json multi/index.json

it 'a new name'
expect_status 0 tf install --image docker26.tar -o named.tar --tag corp/app:2 --ca "$ca"
expect python3 -c 'import json, tarfile
tar = tarfile.open("named.tar")
names = json.load(tar.extractfile("index.json"))["manifests"][0]["annotations"]
assert json.load(tar.extractfile("manifest.json"))[0]["RepoTags"] == ["corp/app:2"]
assert list(json.load(tar.extractfile("repositories"))) == ["corp/app"]
assert names["io.containerd.image.name"] == "docker.io/corp/app:2"
assert names["org.opencontainers.image.ref.name"] == "2"'

# kills WHAT COMMAND...: killed at each call that changes the disk, the image `in` is the old one or the new one.
kills()
{
	what=$1
	shift
	hit=0
	for call in renameat linkat unlinkat fsync fchmod mkdirat write copy_file_range; do
		for n in $(seq 1 60); do
			rm -rf in result .trustfix-*
			cp -a "$what" in
			status=0
			strace -f -qq -o trace -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" "$trustfix" "$@" \
				>"$out" 2>"$err" </dev/null || status=$?
			[ "$status" -eq 137 ] || break
			hit=$((hit + 1))
			[ "$call" = renameat ] || [ -d "$what" ] || expect test -z "$(find . -name '.trustfix*')"
			expect_status 0 "$trustfix" list --image in --check-layers
			[ ! -e result ] || holds result
		done
	done
	[ "$hit" -ge 5 ] || fail "only $hit calls were hit"
}

it 'killed at any step, the image is the old one or the new one'
kills docker26.tar install -q --image in --ca "$ca"
kills docker20.tar install -q --image in -o result --ca "$ca"
kills oci install -q --image in --ca "$ca"
kills multi install -q --image in -o result --ca "$ca"

it 'the directory of a run that was killed goes with a later one, and that of one that lives stays'
rm -rf result .trustfix-*
strace -f -qq -o trace -e trace=linkat -e inject=linkat:signal=KILL:when=3 "$trustfix" install -q --image multi \
	-o result --ca "$ca" >"$out" 2>"$err" </dev/null
strace -f -qq -o trace -e trace=renameat -e inject=renameat:delay_enter=2s "$trustfix" install -q --image multi \
	-o slow --ca "$ca" >"$out" 2>"$err" </dev/null &
sleep 0.5
expect_status 0 tf install --image multi -o result --ca "$ca"
expect test "$(find . -maxdepth 1 -name '.trustfix*' | wc -l)" -eq 2
touch -d '1 hour ago' .trustfix-*
rm -rf result
expect_status 0 tf install --image multi -o result --ca "$ca"
expect test "$(find . -maxdepth 1 -name '.trustfix*' | wc -l)" -eq 1
wait $!
holds slow
expect test -z "$(find . -name '.trustfix*')"

it 'a signal that can be caught leaves nothing beside'
rm -rf .trustfix-* result
for what in docker26.tar oci; do
	for call in renameat:1 fsync:1 linkat:1 linkat:2 linkat:5; do
		rm -rf in .trustfix-*
		cp -a "$what" in
		strace -f -qq -o trace -e "trace=${call%:*}" -e "inject=${call%:*}:signal=TERM:when=${call#*:}" \
			"$trustfix" install -q --image in --ca "$ca" >"$out" 2>"$err" </dev/null
		expect test -z "$(find . -name '.trustfix*')"
		expect_status 0 "$trustfix" list --image in
	done
done
for n in 1 3 5; do
	strace -f -qq -o trace -e trace=linkat -e "inject=linkat:signal=TERM:when=$n" "$trustfix" install -q \
		--image multi -o result --ca "$ca" >"$out" 2>"$err" </dev/null
	expect test -z "$(find . -name '.trustfix*')"
	expect test ! -e result
done
strace -f -qq -o trace -e trace=renameat -e inject=renameat:signal=TERM "$trustfix" install -q --image multi \
	-o result --ca "$ca" >"$out" 2>"$err" </dev/null
holds result

it 'of two runs at the same image the later one is refused, and nothing of the first is lost'
for what in docker26.tar oci; do
	rm -rf in
	cp -a "$what" in
	strace -f -qq -o trace -e trace=renameat -e inject=renameat:delay_enter=1s "$trustfix" install -q --image in \
		--ca "$ca" >first 2>&1 </dev/null &
	sleep 0.5
	expect_status 1 tf install --image in --ca "$pki/mitm-root2.crt"
	says 'changed by another program'
	wait $!
	holds in
done

it 'a full disk leaves nothing'
mkdir small
mount -t tmpfs -o size=200k none small
cp docker20.tar small/in.tar
cp -a oci small/oci
dd if=/dev/zero of=small/fill bs=1k count=200 2>"$dir/dd.log"
truncate -s -12k small/fill # enough to begin
find small -printf '%p %s %i\n' | sort >before.list
for what in small/in.tar small/oci; do
	expect_status 1 tf install --image $what --ca "$ca"
	says 'the disk is full'
	expect_status 1 tf install --image $what -o small/result --ca "$ca"
	says 'the disk is full'
done
find small -printf '%p %s %i\n' | sort >after.list
expect cmp before.list after.list
umount small

it 'files that lie are refused, and nothing is written'
mkdir bad
python3 - docker20.tar oci <<'PYTHON'
import json, os, shutil, sys, tarfile
def tar(name, change):
    with tarfile.open(sys.argv[1]) as old, tarfile.open('bad/' + name, 'w') as new:
        for info in old:
            data = old.extractfile(info)
            change(new, info, data.read() if data else b'')
def put(new, info, data):
    import io
    info.size = len(data)
    new.addfile(info, io.BytesIO(data))
def text(member, fix):
    return lambda new, info, data: put(new, info, fix(data) if info.name == member else data)
tar('no-manifest.tar', lambda new, info, data: info.name == 'manifest.json' or put(new, info, data))
tar('deep.tar', text('manifest.json', lambda data: b'[' * 10000 + b']' * 10000))
tar('large.tar', text('manifest.json', lambda data: data + b' ' * (9 << 20)))
tar('twice.tar', text('manifest.json', lambda data: data.replace(b'"Config"', b'"Config":"x","Config"')))
tar('missing.tar', lambda new, info, data: info.name.endswith('/layer.tar') or put(new, info, data))
tar('outside.tar', text('manifest.json', lambda data: data.replace(b'"Layers":["', b'"Layers":["../../etc/')))
def layout(name, change):
    shutil.copytree(sys.argv[2], 'bad/' + name)
    index = json.load(open('bad/%s/index.json' % name))
    blob = lambda digest: 'bad/%s/blobs/sha256/%s' % (name, digest[7:])
    manifest = json.load(open(blob(index['manifests'][0]['digest'])))
    change(index, manifest, blob)
    json.dump(index, open('bad/%s/index.json' % name, 'w'))
def flip(path):
    data = bytearray(open(path, 'rb').read())
    data[len(data) // 2] ^= 1
    open(path, 'wb').write(data)
layout('config-damaged', lambda index, manifest, blob: flip(blob(manifest['config']['digest'])))
layout('layer-damaged', lambda index, manifest, blob: flip(blob(manifest['layers'][0]['digest'])))
layout('layer-short', lambda index, manifest, blob: os.truncate(blob(manifest['layers'][1]['digest']), 10))
def link(path):
    os.rename(path, 'bad/elsewhere')
    os.symlink('../../../elsewhere', path)
layout('link', lambda index, manifest, blob: link(blob(manifest['layers'][0]['digest'])))
def twins(index, manifest, blob):
    other = dict(index['manifests'][0], digest='sha256:' + '3' * 64)
    index['manifests'].append(other)
layout('twins', twins)
def loop(index, manifest, blob):
    index['manifests'][0]['digest'] = 'sha256:../../index.json'
layout('loop', loop)
PYTHON
head -c 9000 docker20.tar >bad/cut.tar
(cd bad && find . -type f -exec sha256sum {} + | sort) >before.list
for file in bad/*.tar bad/config-damaged bad/layer-damaged bad/layer-short bad/link bad/twins bad/loop; do
	expect_status 1 tf install --image "$file" --ca "$ca"
	[ "$(wc -l <"$err")" -eq 1 ] || fail "$file: not one sentence: $(cat "$err")"
	expect_status 1 tf install --image "$file" -o bad/result --ca "$ca"
	expect test ! -e bad/result
done
(cd bad && find . -type f -exec sha256sum {} + | sort) >after.list
expect cmp before.list after.list

done_testing
