#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Container images, measured beside cp, gunzip and skopeo + umoci in one run, on one input of about 1 GB.
#
#	BUILD=build tests/bench/image.sh	needs root, debootstrap's root, skopeo, umoci, python3; 6 GB of disk
#
# Status 1 when a goal is missed.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
missed=0
ca=$pki/mitm-root.crt
mount -t tmpfs none /var/tmp

measure() { /usr/bin/python3 "$top/tests/bench/measure.py" "$@"; }

# ratio WHAT OURS THEIRS GOAL: OURS may take GOAL times as long as THEIRS.
ratio()
{
	echo "$1|$2|$3|$4" | awk -F'|' '{
		printf "%-46s %9.1f ms %9.1f ms %8.2f   goal %5.2f   %s\n", $1, $2, $3, $2 / $3, $4, \
			$2 / $3 <= $4 ? "reached" : "MISSED"
		exit $2 / $3 > $4
	}' || missed=1
}

memory() # WHAT KIB GOAL
{
	word=reached
	[ "$2" -lt "$3" ] || word=MISSED missed=1
	printf '%-46s %8s KiB %22s goal < %s  %s\n' "$1" "$2" '' "$3" "$word"
}

# The machine's own files as layers of 128 MB, a Debian below them.
make_image()
{
	mkdir big
	tar -C "$roots/bookworm" --exclude ./proc/* --exclude ./dev/* -cf big/0.tar .
	tar -C / -cf flood usr/share
	/usr/bin/python3 - <<'END'
import hashlib, io, json, tarfile
names, diffs = ["0.tar"], []
source = tarfile.open("flood")
out, size, left = None, 0, 900 << 20
for member in source:
    if out is None or size > 128 << 20:
        if out:
            out.close()
        names.append("%d.tar" % len(names))
        out, size = tarfile.open("big/" + names[-1], "w"), 0
    if member.islnk() or member.size > left:
        continue
    out.addfile(member, source.extractfile(member) if member.isreg() else None)
    size += member.size
    left -= member.size
out.close()
for name in names:
    with open("big/" + name, "rb") as layer:
        diffs.append("sha256:" + hashlib.file_digest(layer, "sha256").hexdigest())
config = json.dumps({"created": "2026-01-02T03:04:05Z", "architecture": "amd64", "os": "linux", "config": {},
                     "rootfs": {"type": "layers", "diff_ids": diffs}}).encode()
config_name = hashlib.sha256(config).hexdigest() + ".json"
manifest = json.dumps([{"Config": config_name, "RepoTags": ["big:1"], "Layers": names}]).encode()
with tarfile.open("big.tar", "w") as archive:
    for name in names:
        archive.add("big/" + name, name)
    for name, text in ((config_name, config), ("manifest.json", manifest)):
        member = tarfile.TarInfo(name)
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
END
	rm -rf big flood
	skopeo copy -q docker-archive:big.tar oci:layout:big || exit 1
}

# An image of a million empty files, as an unpacked node_modules has them.
make_many()
{
	/usr/bin/python3 - <<'END'
import hashlib, io, json, tarfile
with tarfile.open("many-layer.tar", "w", format=tarfile.GNU_FORMAT) as layer:
    for i in range(1000000):
        layer.addfile(tarfile.TarInfo("srv/app/node_modules/package-%d/lib/module-%d.js" % (i // 100, i)))
with open("many-layer.tar", "rb") as layer:
    digest = hashlib.file_digest(layer, "sha256").hexdigest()
config = json.dumps({"architecture": "amd64", "os": "linux", "config": {},
                     "rootfs": {"type": "layers", "diff_ids": ["sha256:" + digest]}}).encode()
manifest = json.dumps([{"Config": "config.json", "RepoTags": ["many:1"], "Layers": ["many-layer.tar"]}]).encode()
with tarfile.open("many.tar", "w") as archive:
    archive.add("many-layer.tar")
    for name, text in (("config.json", config), ("manifest.json", manifest)):
        member = tarfile.TarInfo(name)
        member.size = len(text)
        archive.addfile(member, io.BytesIO(text))
END
	rm many-layer.tar
}

cat >by_hand.sh <<'END'
set -e
rm -rf hand.oci hand.tar insert
skopeo copy -q docker-archive:big.tar oci:hand.oci:big
mkdir insert
cp "$1" insert/corp.crt
umoci insert --image hand.oci:big "$PWD/insert/corp.crt" /usr/local/share/ca-certificates/corp.crt
skopeo copy -q oci:hand.oci:big docker-archive:hand.tar
END

# Every layer once, as they would be read to look for trust stores.
cat >gunzip.sh <<'END'
for blob in layout/blobs/sha256/*; do
	case $(head -c 2 "$blob" | od -An -tx1) in
	' 1f 8b') gunzip -c <"$blob" ;;
	esac
done >/dev/null
END

make_image
printf '%-46s %12s %12s %9s\n' "$(du -m big.tar | cut -f1) MB" 'trustfix' 'the other' 'ratio'
result=$(measure 7 'rm -f new.tar' "$trustfix install -q --image big.tar -o new.tar --ca $ca" \
	'rm -f copy.tar' 'cp big.tar copy.tar') || exit 1
# shellcheck disable=SC2086
set -- $result
ours=$1
ratio 'plain layers, a new archive / cp' "$1" "$3" 1.2
result=$(measure 1 '' "sh by_hand.sh $ca") || exit 1
ratio '... / skopeo, umoci insert, skopeo' "$ours" "${result% *}" 0.05
rm -rf hand.oci hand.tar copy.tar
result=$(measure 5 "rm -rf l && cp -al layout l" "$trustfix install -q --image l:big --ca $ca" \
	'' 'sh gunzip.sh') || exit 1
# shellcheck disable=SC2086
set -- $result
ratio 'gzip layers, in place / gunzip -c' "$1" "$3" 1.2
rm -f new.tar
memory 'plain layers, peak memory' \
	"$(/usr/bin/time -f %M "$trustfix" install -q --image big.tar -o new.tar --ca "$ca" 2>&1 | tail -n 1)" 49152
rm -rf l && cp -al layout l
memory 'gzip layers, peak memory' \
	"$(/usr/bin/time -f %M "$trustfix" install -q --image l:big --ca "$ca" 2>&1 | tail -n 1)" 49152
rm -rf l layout big.tar new.tar
make_many
memory 'a million files, peak memory' \
	"$(/usr/bin/time -f %M "$trustfix" list -q --image many.tar 2>&1 >/dev/null | tail -n 1)" 153600
exit "$missed"
