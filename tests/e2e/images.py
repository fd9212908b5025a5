#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""images.py DIR BUNDLE: one small image in every dialect, made by hand below DIR.

docker20.tar  ID/layer.tar, VERSION, json, repositories      docker26.tar  both views, LayerSources
flat.tar      HEX.tar and links, as podman and skopeo write  oci.tar, oci/ an OCI layout
multi/        an index of two platforms with an attestation, and a signature beside it
"""
import gzip
import hashlib
import io
import json
import os
import sys
import tarfile

out, bundle = sys.argv[1:3]
TYPE = 'application/vnd.oci.image.'


def sha(data):
    return hashlib.sha256(data).hexdigest()


def text(value):
    return json.dumps(value, separators=(',', ':')).encode()


def tar(members):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode='w', format=tarfile.USTAR_FORMAT) as to:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
            elif content is None:
                info.type, info.mode = tarfile.DIRTYPE, 0o755
            else:
                info.size = len(content)
            to.addfile(info, io.BytesIO(content) if isinstance(content, bytes) else None)
    return data.getvalue()


with open(bundle, 'rb') as file:
    pem = file.read()
layers = [
    tar([('etc/', None), ('etc/os-release', b'ID=debian\n'), ('etc/ssl/certs/', None),
         ('etc/ssl/certs/ca-certificates.crt', pem), ('usr/local/share/ca-certificates/', None)]),
    tar([('built', b'yes\n')]),
]
ids = ['sha256:' + sha(layer) for layer in layers]


def config(arch):
    return text({'architecture': arch, 'os': 'linux', 'created': '2026-01-02T03:04:05.678Z',
                 'config': {'Env': ['PATH=/bin']}, 'unknown': {'b': 1, 'a': 2},
                 'history': [{'created_by': 'one'}, {'created_by': 'two'}],
                 'rootfs': {'type': 'layers', 'diff_ids': ids}})


class Layout:
    def __init__(self):
        self.blobs = {}

    def put(self, kind, data, **more):
        self.blobs[sha(data)] = data
        return {'mediaType': TYPE + kind, 'digest': 'sha256:' + sha(data), 'size': len(data), **more}

    def image(self, arch, packed, **more):
        rows = [self.put('layer.v1.tar+gzip', gzip.compress(layer, mtime=0)) if packed else
                self.put('layer.v1.tar', layer) for layer in layers]
        body = text({'schemaVersion': 2, 'mediaType': TYPE + 'manifest.v1+json',
                     'config': self.put('config.v1+json', config(arch)), 'layers': rows})
        return self.put('manifest.v1+json', body, **more)

    def members(self, *manifests):
        yield from (('blobs/sha256/' + name, data) for name, data in sorted(self.blobs.items()))
        yield 'index.json', text({'schemaVersion': 2, 'manifests': manifests})
        yield 'oci-layout', b'{"imageLayoutVersion": "1.0.0"}'


def write_tar(name, members):
    with open(os.path.join(out, name), 'wb') as to:
        to.write(tar(members))


def write_dir(name, members):
    for path, data in members:
        path = os.path.join(out, name, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, 'wb') as to:
            to.write(data)


def tagged(tag):
    return {'annotations': {'org.opencontainers.image.ref.name': tag}}


def manifest_json(config_name, names, **more):
    return text([{'Config': config_name, 'RepoTags': ['app:1'], 'Layers': names, **more}]) + b'\n'


amd64 = config('amd64')
legacy = [sha(b'first'), sha(b'second')]
described = [text({'id': legacy[0]}), text({'id': legacy[1], 'parent': legacy[0]})]
repositories = ('repositories', text({'app': {'1': legacy[1]}}))

write_tar('docker20.tar', [(sha(amd64) + '.json', amd64)] + [
    row for i in range(2) for row in ((legacy[i] + '/', None), (legacy[i] + '/VERSION', b'1.0'),
                                      (legacy[i] + '/json', described[i]), (legacy[i] + '/layer.tar', layers[i]))] + [
    ('manifest.json', manifest_json(sha(amd64) + '.json', [i + '/layer.tar' for i in legacy])), repositories])
write_tar('flat.tar', [(sha(layer) + '.tar', layer) for layer in layers] + [(sha(amd64) + '.json', amd64)] + [
    row for i in range(2) for row in ((legacy[i] + '/layer.tar', '../%s.tar' % sha(layers[i])),
                                      (legacy[i] + '/VERSION', b'1.0'), (legacy[i] + '/json', described[i]))] + [
    ('manifest.json', manifest_json(sha(amd64) + '.json', [sha(layer) + '.tar' for layer in layers])), repositories])

both = Layout()
image = both.image('amd64', False, annotations={'io.containerd.image.name': 'docker.io/library/app:1',
                                               'org.opencontainers.image.ref.name': '1'})
names = ['blobs/sha256/' + sha(layer) for layer in layers]
sources = {ids[i]: {'mediaType': TYPE + 'layer.v1.tar', 'size': len(layers[i]), 'digest': ids[i]} for i in range(2)}
write_tar('docker26.tar', list(both.members(image)) + [
    ('manifest.json', manifest_json('blobs/sha256/' + sha(amd64), names, LayerSources=sources)),
    ('repositories', text({'app': {'1': sha(layers[1])}}))])

oci = Layout()
image = oci.image('amd64', True, **tagged('app:1'))
write_tar('oci.tar', oci.members(image))
write_dir('oci', oci.members(image))

multi = Layout()
images = [multi.image(arch, True, platform={'architecture': arch, 'os': 'linux'}) for arch in ('amd64', 'arm64')]
attestation = multi.put('manifest.v1+json', text({'schemaVersion': 2, 'layers': [], 'config': {}}),
                        platform={'architecture': 'unknown', 'os': 'unknown'},
                        annotations={'vnd.docker.reference.type': 'attestation-manifest',
                                     'vnd.docker.reference.digest': images[0]['digest']})
index = multi.put('index.v1+json', text({'schemaVersion': 2, 'mediaType': TYPE + 'index.v1+json',
                                         'manifests': images + [attestation]}), **tagged('app:1'))
signature = multi.put('manifest.v1+json', text({'schemaVersion': 2, 'layers': [], 'config': {}}),
                      **tagged(index['digest'].replace(':', '-') + '.sig'))
write_dir('multi', multi.members(index, signature))
