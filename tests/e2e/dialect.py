# SPDX-License-Identifier: Apache-2.0
"""dialect.py make FORM OUT IMAGE [+ IMAGE...]: an image file as that program writes it, out of plain layers.
dialect.py check OLD NEW: NEW is OLD with one layer more in each image that differs, and agrees with itself.
dialect.py layer FILE [PLATFORM]: what the topmost layer holds, one member a line.
dialect.py names FILE: the names in it, one a line.
dialect.py same OLD NEW: both have the same members, in any order.

IMAGE is NAMES[@OS/ARCH[/VARIANT]] LAYER..., NAMES like "app:1,app:2" or "-" for none; FORM is one of FORMS.  A
FORM may have "+gzip", "+zstd" (packed layers), "+types" (Docker's media types), "+bare" (no history),
"+env:NAME=VALUE", "+dir" and "+packed" behind it.
"""
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile

OCI, DOCKER = "application/vnd.oci.image.", "application/vnd.docker."
REF, FULL = "org.opencontainers.image.ref.name", "io.containerd.image.name"
# What no reader knows, in an order of its own and with a number that parsers round.
ODD = '"zeta":[{"b":1,"a":2}],"large":9007199254740993,"real":1.5,"alpha":null'


def sha(data):
    return hashlib.sha256(data).hexdigest()


def dump(value):
    return json.dumps(value, separators=(",", ":")).encode()


def odd(data):
    """The same object with members that nobody knows, first and last, and Go's escapes."""
    return '{"first":"\u00e9/ \\u003c\\u003e\\u0026\\n",'.encode() + data[1:-1] + b"," + ODD.encode() + b"}"


def pack(data, how):
    if how == "gzip":
        return gzip.compress(data, 6, mtime=0)
    if how == "zstd":
        return subprocess.run(["zstd", "-q", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data


def packing(data):
    return {b"\x1f\x8b": "gzip", b"\x28\xb5": "zstd"}.get(data[:2])


def unpack(data):
    if packing(data) == "gzip":
        return gzip.decompress(data)
    if packing(data) == "zstd":
        return subprocess.run(["zstd", "-q", "-d", "-c"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data


class Image:
    def __init__(self, words, options):
        names, _, platform = words[0].partition("@")
        self.names = [] if names == "-" else names.split(",")
        self.platform = (platform or "linux/amd64").split("/")
        self.layers = []
        for path in words[1:]:
            with open(path, "rb") as file:
                self.layers.append(file.read())
        self.ids = ["sha256:" + sha(layer) for layer in self.layers]
        steps = [{"created": "2026-01-02T03:04:05.678901234Z", "created_by": "COPY %d" % n}
                 for n in range(len(self.layers))]
        config = {"architecture": self.platform[1], "os": self.platform[0], "created": "2026-01-02T03:04:05.678901234Z",
                  "config": {"Env": ["PATH=/bin"], "Cmd": ["/bin/sh"], "Labels": {"of": "us"}},
                  "history": steps + [{"created_by": 'CMD ["/bin/sh"]', "empty_layer": True}],
                  "rootfs": {"type": "layers", "diff_ids": self.ids}}
        config["config"]["Env"] += [one[4:] for one in options if one.startswith("env:")]
        if "bare" in options:
            del config["history"]
        if len(self.platform) > 2:
            config["variant"] = self.platform[2]
        self.config = odd(dump(config))

    def legacy(self):
        """IDs of the directories by which Docker of before 2016 knows layers."""
        above = ""
        for one in self.ids:
            above = sha((above + one).encode())
            yield above


class Maker:
    def __init__(self, options):
        self.members = {}
        self.pack = next((one for one in ("gzip", "zstd") if one in options), None)
        self.types = "types" in options

    def type_of(self, kind):
        plain = {"layer": DOCKER + "image.rootfs.diff.tar" + ("." + self.pack if self.pack else ""),
                 "config": DOCKER + "container.image.v1+json", "manifest": DOCKER + "distribution.manifest.v2+json",
                 "index": DOCKER + "distribution.manifest.list.v2+json"}
        if self.types:
            return plain[kind]
        return OCI + (kind + ".v1+json" if kind != "layer" else "layer.v1.tar" + ("+" + self.pack if self.pack else ""))

    def blob(self, data, kind, **more):
        self.members["blobs/sha256/" + sha(data)] = data
        return {"mediaType": self.type_of(kind), "digest": "sha256:" + sha(data), "size": len(data), **more}

    def manifest(self, image, **more):
        layers = [self.blob(pack(layer, self.pack), "layer", annotations={"of": "ours"}) for layer in image.layers]
        return self.blob(odd(dump({"schemaVersion": 2, "mediaType": self.type_of("manifest"),
                                   "config": self.blob(image.config, "config"), "layers": layers,
                                   "annotations": {"org.example": "kept"}})), "manifest", **more)

    def put_layout(self, descriptors):
        self.members["index.json"] = odd(dump({"schemaVersion": 2, "manifests": descriptors}))
        self.members["oci-layout"] = b'{"imageLayoutVersion": "1.0.0"}'

    def put_docker(self, elements, repositories):
        self.members["manifest.json"] = dump(elements).replace(b'{"Config"', b'{"Odd":1.5,"Config"') + b"\n"
        if repositories is not None:
            self.members["repositories"] = dump(repositories) + b"\n"


def tagged(names, more=None):
    return [{REF: name, **(more or {})} for name in names] or [{}]


def make_oci(it, images):
    rows = []
    for image in images:
        for notes in tagged(image.names):
            rows.append(it.manifest(image, **({"annotations": notes} if notes else {})))
    it.put_layout(rows)


def make_index(it, images):
    """What buildx writes: one index of all platforms, each with its attestation."""
    rows = []
    for image in images:
        place = dict(zip(("os", "architecture", "variant"), image.platform))
        rows.append(it.manifest(image, platform=place))
    for row in rows[:]:
        said = dump({"schemaVersion": 2, "mediaType": OCI + "manifest.v1+json",
                     "config": it.blob(b"{}" + row["digest"].encode(), "config"),
                     "layers": [{"mediaType": "application/vnd.in-toto+json", "digest": row["digest"], "size": 1}]})
        rows.append(it.blob(said, "manifest", platform={"os": "unknown", "architecture": "unknown"}, annotations={
            "vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": row["digest"]}))
    index = odd(dump({"schemaVersion": 2, "mediaType": it.type_of("index"), "manifests": rows}))
    it.put_layout([it.blob(index, "index", annotations=notes) for notes in tagged(images[0].names)])


def repositories_of(images, last):
    known = {}
    for image in images:
        for name in image.names if image.ids else []:
            known.setdefault(name.rpartition(":")[0], {})[name.rpartition(":")[2]] = last(image)
    return known


def make_docker20(it, images):
    elements = []
    for image in images:
        ids = list(image.legacy())
        it.members[sha(image.config) + ".json"] = image.config
        for n, layer in enumerate(image.layers):
            it.members[ids[n] + "/"] = None
            it.members[ids[n] + "/VERSION"] = b"1.0"
            it.members[ids[n] + "/json"] = dump({"id": ids[n], **({"parent": ids[n - 1]} if n else {})})
            it.members[ids[n] + "/layer.tar"] = layer
        elements.append({"Config": sha(image.config) + ".json", "RepoTags": image.names or None,
                         "Layers": [one + "/layer.tar" for one in ids]})
    it.put_docker(elements, repositories_of(images, lambda image: list(image.legacy())[-1]))


def make_docker26(it, images, sources=True):
    elements, rows = [], []
    it.members["blobs/"] = it.members["blobs/sha256/"] = None
    for image in images:
        notes = [{FULL: "docker.io/library/" + name, REF: name.rpartition(":")[2]} for name in image.names]
        rows += [it.manifest(image, **({"annotations": one} if one else {})) for one in notes or [{}]]
        more = {"LayerSources": {one: {"mediaType": it.type_of("layer"), "size": len(layer), "digest": one}
                                 for one, layer in zip(image.ids, image.layers)}} if sources else {}
        elements.append({"Config": "blobs/sha256/" + sha(image.config), "RepoTags": image.names or None,
                         "Layers": ["blobs/sha256/" + sha(pack(one, it.pack)) for one in image.layers], **more})
    it.put_layout(rows)
    it.put_docker(elements, repositories_of(images, lambda image: image.ids[-1][7:]) if sources else None)


def make_docker25(it, images):
    """25.0, saved by the image's id: the index has a list that was never made."""
    make_docker26(it, images)
    it.members["index.json"] = b'{"schemaVersion":2,"manifests":null}'


def make_docker28(it, images):
    it.types = True
    make_docker26(it, images, sources=False)


def make_podman(it, images):
    elements = []
    for image in images:
        ids = list(image.legacy())
        for n, layer in enumerate(image.layers):
            name = sha(layer) + ".tar"
            it.members[name] = layer
            it.members[ids[n] + "/layer.tar"] = "../" + name
            it.members[ids[n] + "/VERSION"] = b"1.0"
            it.members[ids[n] + "/json"] = dump({"id": ids[n], **({"parent": ids[n - 1]} if n else {})})
        it.members[sha(image.config) + ".json"] = image.config
        elements.append({"Config": sha(image.config) + ".json", "RepoTags": image.names or None,
                         "Layers": [sha(layer) + ".tar" for layer in image.layers]})
    it.put_docker(elements, repositories_of(images, lambda image: list(image.legacy())[-1]))


def make_bazel(it, images):
    elements = []
    for image in images:
        layers = []
        for layer in image.layers:
            packed = pack(layer, "gzip")
            layers.append(sha(packed) + ".tar.gz")
            it.members[layers[-1]] = packed
        it.members["sha256:" + sha(image.config)] = image.config
        elements.append({"Config": "sha256:" + sha(image.config), "RepoTags": image.names or None, "Layers": layers})
    it.put_docker(elements, None)


FORMS = {"docker20": make_docker20, "docker25": make_docker25, "docker26": make_docker26, "docker28": make_docker28,
         "podman": make_podman, "bazel": make_bazel, "oci": make_oci, "index": make_index}


def write_tar(path, members, packed):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=tarfile.USTAR_FORMAT) as to:
        for name, content in members.items():
            info = tarfile.TarInfo(name.rstrip("/"))
            info.mode = 0o444
            if content is None:
                info.type, info.mode = tarfile.DIRTYPE, 0o755
            elif isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
            else:
                info.size = len(content)
            to.addfile(info, io.BytesIO(content) if isinstance(content, bytes) else None)
    with open(path, "wb") as file:
        file.write(pack(data.getvalue(), "gzip" if packed else None))


def write_dir(path, members):
    for name, content in members.items():
        if content is not None:
            os.makedirs(os.path.dirname(os.path.join(path, name)), exist_ok=True)
            with open(os.path.join(path, name), "wb") as file:
                file.write(content)


def make(form, out, *words):
    images, group = [], []
    name, *options = form.split("+")
    for word in words + ("+",):
        if word != "+":
            group.append(word)
            continue
        images.append(Image(group, options))
        group = []
    it = Maker(options)
    FORMS[name](it, images)
    if "dir" in options:
        write_dir(out, it.members)
    else:
        write_tar(out, it.members, "packed" in options)


# ---- reading ------------------------------------------------------------------------------------------------

class Box:
    def __init__(self, path):
        self.members, self.links = {}, {}
        if os.path.isdir(path):
            for at, _, names in os.walk(path):
                for name in names:
                    with open(os.path.join(at, name), "rb") as file:
                        self.members[os.path.relpath(os.path.join(at, name), path)] = file.read()
            return
        with open(path, "rb") as file:
            data = unpack(file.read())
        with tarfile.open(fileobj=io.BytesIO(data)) as tar:
            for info in tar:
                assert info.name not in self.members, "%s twice" % info.name
                if info.isfile():
                    self.members[info.name] = tar.extractfile(info).read()
                elif info.issym():
                    self.links[info.name] = os.path.normpath(os.path.join(os.path.dirname(info.name), info.linkname))
        assert len(data) % 512 == 0 and not any(data[-1024:]), "the tar has no end"

    def __getitem__(self, name):
        return self.members[self.links.get(name, name)]

    def blob(self, descriptor):
        data = self["blobs/sha256/" + descriptor["digest"][7:]]
        assert "sha256:" + sha(data) == descriptor["digest"], "digest of " + descriptor["digest"]
        assert len(data) == descriptor["size"], "size of " + descriptor["digest"]
        return data


def ordered(data):
    """JSON with the order of its members and its numbers as written."""
    return json.loads(data, object_pairs_hook=tuple, parse_int=str, parse_float=str)


class View:
    """One image by one of its manifests."""

    def __init__(self, config, layers, family, names, where):
        self.config, self.layers, self.family, self.names, self.where = config, layers, family, names, where
        self.told = json.loads(config)
        self.ids = self.told["rootfs"]["diff_ids"] or []
        self.history = self.told.get("history")
        assert len(layers) == len(self.ids), where + ": layers and diff_ids"
        for layer, one in zip(layers, self.ids):
            assert "sha256:" + sha(unpack(layer)) == one, where + ": a diff_id"
        if self.history is not None:
            real = [one for one in self.history if not one.get("empty_layer")]
            assert len(real) == len(layers), where + ": history"


def oci_views(box, descriptor, names, where, found):
    data = box.blob(descriptor)
    told = json.loads(data)
    if descriptor.get("annotations", {}).get("vnd.docker.reference.type"):
        assert descriptor["annotations"]["vnd.docker.reference.digest"] in found, "a dangling attestation"
        return
    found[descriptor["digest"]] = data
    if "manifests" in told:
        for n, one in enumerate(told["manifests"]):
            yield from oci_views(box, one, names, "%s.%d" % (where, n), found)
        return
    family = {one["mediaType"].split(".")[1] for one in [told["config"]] + told["layers"]}
    assert len(family) == 1, "media types of two families"
    for one in told["layers"]:
        assert one["mediaType"].endswith(packing(box.blob(one)) or ".tar"), one["mediaType"]
    yield View(box.blob(told["config"]), [box.blob(one) for one in told["layers"]], family, names, where)


def docker_views(box):
    known = json.loads(box["repositories"]) if "repositories" in box.members else None
    for n, one in enumerate(json.loads(box["manifest.json"])):
        config, layers = box[one["Config"]], [box[name] for name in one["Layers"]]
        where = "manifest.json.%d" % n
        assert sha(config) in one["Config"], where + ": the name of the config"
        yield View(config, layers, {"docker"}, one["RepoTags"] or [], where)
        ids = json.loads(config)["rootfs"]["diff_ids"]
        if "LayerSources" in one:
            assert sorted(one["LayerSources"]) == sorted(set(ids)), where + ": LayerSources"
            for diff_id, source in one["LayerSources"].items():
                assert sha(unpack(box.blob(source))) == diff_id[7:], where + ": LayerSources"
        for name in one["RepoTags"] or [] if known is not None and one["Layers"] else []:
            if not known:
                continue  # of an image without a name, or without layers, nothing was told
            last = known[name.rpartition(":")[0]][name.rpartition(":")[2]]
            if one["Layers"][-1].startswith("blobs/"):
                assert last == one["Layers"][-1][-64:], "repositories"
                continue
            rest = layers[:]
            assert box[last + "/layer.tar"] == rest[-1], "repositories"
            while last:
                described = json.loads(box[last + "/json"])
                assert described["id"] == last and box[last + "/VERSION"] == b"1.0", "a legacy directory"
                rest.pop()
                last = described.get("parent")
                assert not last or box[last + "/layer.tar"] == rest[-1], "a legacy parent"
            assert not rest, "legacy directories"


def views(box):
    ret, found = [], {}
    if "index.json" in box.members:
        for n, one in enumerate(json.loads(box["index.json"])["manifests"] or []):
            notes = one.get("annotations", {})
            names = [notes[FULL].replace("docker.io/library/", "") if FULL in notes else notes.get(REF)]
            ret += oci_views(box, one, names, "index.json.%d" % n, found)
    n = len(ret)
    if "manifest.json" in box.members:
        ret += docker_views(box)
    if n and n < len(ret):
        assert {one.config for one in ret[:n]} == {one.config for one in ret[n:]}, "the two views differ"
    return ret


def without_last(config):
    """The ordered config without the last layer."""
    def cut(pairs, path=()):
        for key, value in pairs:
            if path + (key,) == ("rootfs",):
                value = tuple(cut(value, ("rootfs",)))
            if path + (key,) in (("rootfs", "diff_ids"), ("history",)):
                value = value[:-1]
            if path + (key,) != ("history",) or any(len(one) > 1 for one in value):
                yield key, value
    return tuple(cut(config))


def unchanged_members(old, new):
    """Of documents on the way to the images all is kept that is no digest, no size and no list of layers."""
    def strip(value):
        if isinstance(value, tuple):
            return tuple((k, strip(v)) for k, v in value if k not in (
                "digest", "size", "Config", "layers", "Layers", "LayerSources", "vnd.docker.reference.digest"))
        return [strip(one) for one in value] if isinstance(value, list) else value
    for name in ("index.json", "manifest.json"):
        if name in old.members:
            assert strip(ordered(old[name])) == strip(ordered(new[name])), name


def check_layer(image, under):
    """The rules for a layer of ours; `under`: what stands below it."""
    before = {}
    for layer in under:
        with tarfile.open(fileobj=io.BytesIO(unpack(layer))) as tar:
            for info in tar:
                before[os.path.normpath(info.name.lstrip("/"))] = info
    with tarfile.open(fileobj=io.BytesIO(unpack(image.layers[-1]))) as tar:
        infos = list(tar)
    names = [info.name + ("/" if info.isdir() else "") for info in infos]
    assert names == sorted(names, key=str.encode) and len(set(names)) == len(names), "members are not sorted"
    times = {info.mtime for info in infos}
    assert len(times) == 1, "several times"
    for info in infos:
        assert not info.name.startswith(("/", "./")) and ".." not in info.name, info.name
        assert not info.uname and not info.gname, "names of owners"
        at, was = os.path.dirname(info.name), before.get(info.name)
        assert not info.isdir() or was is None, "a directory that is there"
        while at:
            assert at not in before or before[at].isdir(), "%s is below a link" % info.name
            at = os.path.dirname(at)
        if was is not None and was.isfile() and info.isfile():
            assert (was.mode, was.uid, was.gid) == (info.mode, info.uid, info.gid), "rights of " + info.name
    return times.pop()


def check(old_path, new_path):
    old, new = Box(old_path), Box(new_path)
    before, after = views(old), views(new)
    assert [one.where for one in before] == [one.where for one in after], "other images"
    assert [one.names for one in before] == [one.names for one in after], "other names"
    unchanged_members(old, new)
    changed = 0
    for one, two in zip(before, after):
        if one.config == two.config:
            continue
        changed += 1
        assert two.layers[:-1] == one.layers, "an old layer has other bytes"
        assert one.family == two.family, "another family"
        assert without_last(ordered(two.config)) == ordered(one.config), "another config"
        when = check_layer(two, one.layers)
        last = two.history[-1]
        assert last["created_by"].startswith("trustfix "), "history"
        assert last["created"] == __import__("datetime").datetime.utcfromtimestamp(
            when).strftime("%Y-%m-%dT%H:%M:%SZ"), "the time in the history"
        if one.layers and one.where.startswith("index"):
            assert {None: None}.get(packing(one.layers[-1]), "gzip") == packing(two.layers[-1]), "another packing"
    for name, data in old.members.items():
        if name not in ("index.json", "manifest.json", "repositories"):
            assert new.members.get(name) == data, "the member %s has gone or changed" % name
    for name, target in old.links.items():
        assert new.links.get(name) == target, "the link " + name
    print(changed)


def layer(path, platform=None):
    for one in views(Box(path)):
        if platform not in (None, "%s/%s" % (one.told["os"], one.told["architecture"])):
            continue
        with tarfile.open(fileobj=io.BytesIO(unpack(one.layers[-1]))) as tar:
            for info in tar:
                kind = "d" if info.isdir() else "l" if info.issym() else "f" if info.isfile() else "?"
                print(info.name, kind, "%04o" % info.mode, info.uid, info.gid, info.mtime,
                      *([info.linkname] if info.issym() else []))
        return


def names_in(path):
    for one in views(Box(path)):
        print(*[str(name).replace("docker.io/", "") for name in one.names], sep="\n")


def same(old_path, new_path):
    old, new = Box(old_path), Box(new_path)
    for name in sorted(set(old.members) | set(new.members)):
        assert old.members.get(name) == new.members.get(name), name
    assert old.links == new.links


{"make": make, "check": check, "layer": layer, "names": names_in, "same": same}[sys.argv[1]](*sys.argv[2:])
