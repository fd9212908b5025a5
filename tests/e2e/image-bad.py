#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""image-bad.py cases DIR BUNDLE: container images that nobody should make, each below DIR.
image-bad.py full DIR BUNDLE NOISE: DIR/full.tar, as large as the file NOISE.
image-bad.py plain DIR BUNDLE: DIR/plain.tar, with a wrong diff_id.

DIR/cases has a line for each: its path, the wanted exit status, and words that must be said, with tabs.
"""
import gzip
import hashlib
import io
import json
import os
import struct
import sys
import tarfile
import zlib

what, out, bundle = sys.argv[1:4]
TYPE = 'application/vnd.oci.image.'
DOCKER = 'application/vnd.docker.'
CERTS = 'etc/ssl/certs/ca-certificates.crt'
GIB = 1 << 30
BEL = '\x1b]0;owned\x07\x1b[2J\nline two'
with open(bundle, 'rb') as file:
    pem = file.read()


def sha(data):
    return hashlib.sha256(data).hexdigest()


def text(value):
    return value if isinstance(value, bytes) else json.dumps(value, separators=(',', ':')).encode()


# ---- tars -----------------------------------------------------------------------------------------

KINDS = {'link': tarfile.LNKTYPE, 'symlink': tarfile.SYMTYPE, 'dir': tarfile.DIRTYPE,
         'fifo': tarfile.FIFOTYPE, 'char': tarfile.CHRTYPE, 'block': tarfile.BLKTYPE}


def tar(*members, form=tarfile.GNU_FORMAT):
    """Each is (name, bytes), (name, kind) or (name, kind, link); bytes alone are put in as they are."""
    data = io.BytesIO()
    for member in members:
        if isinstance(member, bytes):
            data.write(member)
            continue
        name, what = member[:2]
        info = tarfile.TarInfo(name)
        content = what if isinstance(what, bytes) else b''
        info.size = len(content)
        if isinstance(what, str):
            info.type, info.linkname = KINDS[what], member[2] if len(member) > 2 else ''
            info.devmajor, info.devminor = 1, 8
        if what == 'dir':
            info.mode = 0o755
        data.write(info.tobuf(form, 'utf-8', 'surrogateescape'))
        data.write(content + bytes(-len(content) % 512))
    return data.getvalue() + bytes(1024)


def header(name, size, kind=b'0'):
    """A header of that very size field."""
    block = bytearray(tarfile.TarInfo(name).tobuf(tarfile.GNU_FORMAT))
    block[124:136] = size
    block[156:157] = kind
    block[148:156] = b' ' * 8
    block[148:156] = b'%06o\0 ' % sum(block)
    return bytes(block)


def large(size):
    return b'\x80' + bytes(3) + struct.pack('>q', size)


def pax(records, name, content=b'', size=None):
    body = b''
    for key, value in records:
        line = b' ' + key.encode() + b'=' + value + b'\n'
        n = len(line) + 1
        while n != len(line) + len(str(n)):
            n = len(line) + len(str(n))
        body += str(n).encode() + line
    return (header('pax', b'%011o\0' % len(body), b'x') + body + bytes(-len(body) % 512) +
            header(name, size or b'%011o\0' % len(content)) + content + bytes(-len(content) % 512))


base = tar(('etc', 'dir'), ('etc/os-release', b'ID=debian\n'), ('etc/ssl', 'dir'), ('etc/ssl/certs', 'dir'),
           (CERTS, pem), ('usr', 'dir'), ('usr/local', 'dir'))

# ---- images ---------------------------------------------------------------------------------------


def packed(data):
    return gzip.compress(data, 1, mtime=0)


def config_of(layers, **more):
    return {'architecture': 'amd64', 'os': 'linux', 'created': '2026-01-02T03:04:05Z',
            'history': [{'created_by': 'one'} for _ in layers],
            'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + sha(layer) for layer in layers]}, **more}


class Layout:
    """An OCI layout; each document can be changed before it is digested."""

    def __init__(self, *layers, pack=packed, config=None, manifest=None, descriptor=None, index=None):
        self.blobs = {}
        same = lambda value: value
        rows = []
        for layer in layers or [base]:
            data = pack(layer)
            rows.append(self.put('layer.v1.tar' + ('+gzip' if data != layer else ''), data))
        value = (config or same)(config_of(layers or [base]))
        self.config = self.put('config.v1+json', text(value))
        value = (manifest or same)({'schemaVersion': 2, 'mediaType': TYPE + 'manifest.v1+json',
                                    'config': self.config, 'layers': rows})
        self.manifest = (descriptor or same)(
            self.put('manifest.v1+json', text(value),
                     annotations={'org.opencontainers.image.ref.name': 'v1'}))
        self.extra = {}
        self.index = text((index or same)({'schemaVersion': 2, 'manifests': [self.manifest]}))
        self.layout = b'{"imageLayoutVersion":"1.0.0"}'

    def put(self, kind, data, **more):
        self.blobs['blobs/sha256/' + sha(data)] = data
        return {'mediaType': TYPE + kind, 'digest': 'sha256:' + sha(data), 'size': len(data), **more}

    def members(self):
        yield 'oci-layout', self.layout
        yield 'index.json', self.index
        yield from self.blobs.items()
        yield from self.extra.items()


def docker(*layers, config=None, entry=None, whole=None, extra=()):
    layers = layers or (base,)
    data = text(config(config_of(layers)) if config else config_of(layers))
    row = {'Config': sha(data) + '.json', 'RepoTags': ['app:1'], 'Layers': [sha(one) + '.tar' for one in layers]}
    row = entry(row) if entry else row
    return [(sha(one) + '.tar', one) for one in layers] + [
        (sha(data) + '.json', data), ('manifest.json', text(whole(row) if whole else [row])), *extra]


def case(name, status, says, members):
    if isinstance(members, Layout):
        members = list(members.members())
    if not isinstance(members, bytes):
        members = tar(*members)
    with open(os.path.join(out, name + '.tar'), 'wb') as to:
        to.write(members)
    print(name + '.tar', status, says, sep='\t', file=cases)


def case_dir(name, status, says, members, then=None):
    at = os.path.join(out, name)
    for path, data in members.members():
        os.makedirs(os.path.dirname(os.path.join(at, path)), exist_ok=True)
        with open(os.path.join(at, path), 'wb') as to:
            to.write(data)
    if then:
        then(at + '/')
    print(name, status, says, sep='\t', file=cases)


def layer(name, status, says, *members, over=base, form=tarfile.GNU_FORMAT):
    """The image of the base and one more layer of these members."""
    top = tar(*members, form=form)
    case(name, status, says, Layout(over, top))
    if len(top) < 1 << 20:
        case(name + '-docker', status, says, docker(over, top))


def edit(**changes):
    return lambda value: {**value, **changes}


if what == 'full':
    # One that is as large as a file that cannot be packed.
    with open(sys.argv[4], 'rb') as file:
        noise = file.read()
    with open(os.path.join(out, 'full.tar'), 'wb') as to:
        to.write(tar(*Layout(base, tar(('noise', noise))).members()))
    sys.exit()
if what == 'plain':
    with open(os.path.join(out, 'plain.tar'), 'wb') as to:
        to.write(tar(*docker(config=edit(rootfs={'diff_ids': ['sha256:' + '0' * 64]}))))
    sys.exit()
cases = open(os.path.join(out, 'cases'), 'w')

# ---- layers ---------------------------------------------------------------------------------------

case('good', 0, 'added', Layout())
case('good-docker', 0, 'added', docker())
layer('dotdot', 1, 'points outside the image', ('../../../etc/cron.d/x', b'x'))
layer('dotdot-inside', 1, 'points outside the image', ('etc/ssl/../../../x', b'x'))
layer('dotdot-last', 1, 'points outside the image', ('etc/..', 'dir'))
layer('absolute', 0, 'added', ('/' + CERTS, pem))
layer('through-link', 1, 'not a directory in this layer', ('x', 'symlink', '/tmp'), ('x/y', b'x'))
layer('through-file', 1, 'not a directory in this layer', ('x', b''), ('x/y', b'x'))
layer('link-out', 1, 'target of a hard link: it points outside', (CERTS, 'link', '../../../../etc/shadow'))
layer('link-host', 1, "'/etc/shadow', is missing", (CERTS, 'link', '/etc/shadow'))
layer('link-dir', 1, ', is a directory', ('x', 'link', 'etc'))
layer('link-self', 1, 'points to itself', (CERTS, 'link', CERTS))
layer('link-circle', 1, 'hard link', ('x', 'link', 'y'), ('y', 'link', 'x'))
layer('symlink-out', 0, 'added', (CERTS, 'symlink', '../../../../../../../etc/os-release'))
layer('symlink-circle', 1, '.', ('etc/ssl/certs', 'symlink', 'certs'))
for kind in 'dir', 'char', 'block', 'fifo':
    layer('bundle-' + kind, 1, 'ca-certificates.crt', (CERTS, kind))
    layer('certs-' + kind, 0 if kind == 'dir' else 1, '.', ('etc/ssl/certs', kind))
layer('devices', 0, 'added', ('dev/mem', 'char'), ('dev/sda', 'block'), ('dev/log', 'fifo'))
for i, name in enumerate(('.wh.', '.wh..', '.wh...', 'etc/.wh.', './.wh..', '/.wh.')):
    layer('whiteout-%d' % i, 1, 'whiteout of a whole directory', (name, b''))
layer('whiteout-all', 0, 'added', ('.wh..wh..opq', b''))
layer('whiteout-below', 1, 'is below a whiteout', ('etc/.wh.ssl/certs/x', b''))
layer('root-file', 1, '.', ('./', b'x'), form=tarfile.USTAR_FORMAT)
layer('root-link', 1, 'root is not a directory', ('.', 'symlink', '/tmp'))
layer('no-name', 1, '.', ('', b'x'))
layer('long-name', 1, 'too long', ('x/' * 2500, b'x'))
layer('long-part', 1, 'too long', ('x' * 5000, b'x'))
layer('long-target', 1, 'too long', ('x', 'symlink', 'x' * 5000))
layer('deep', 1, 'too long', ('x/' * 1000, 'dir'))
layer('very-deep', 1, '.', ('x/' * 100000, 'dir'))
layer('escapes', 1, 'points outside', ('../' + BEL, b'x'))
layer('escapes-link', 1, 'is missing', (CERTS, 'link', BEL))
layer('escapes-store', 0, 'added', ('opt/' + BEL + '/lib/security/cacerts', pem))
layer('escapes-utf8', 1, 'points outside', ('../\udcff\udcfe\u202e', b'x'))
for name, size in ('negative', b'\xff' * 12), ('huge', large((1 << 63) - 1)), ('large', large(1 << 62)), \
        ('no-number', b'12x45678901\0'):
    layer('size-' + name, 1, '.', header(CERTS, size))
layer('size-pax', 1, '.', pax([('size', b'99999999999999999999')], CERTS, pem))
layer('size-pax-negative', 1, '.', pax([('size', b'-1')], CERTS, pem))
layer('pax-path', 1, 'points outside', pax([('path', b'../../x')], 'fine', b'x'))
layer('pax-nul', 1, '.', pax([('path', b'etc/ssl/certs\0/../../../x')], 'fine', b'x'))
layer('pax-length', 1, '.', header('pax', b'%011o\0' % 64, b'x') + b'999999 path=x\n' + bytes(498))
layer('pax-large', 1, '.', header('pax', b'%011o\0' % (1 << 30), b'x') + bytes(512))
sparse = [('GNU.sparse.major', b'1'), ('GNU.sparse.minor', b'0'), ('GNU.sparse.name', CERTS.encode())]
for name, size, ranges in ('large', 3 * GIB, [(0, 512)]), ('huge', 1 << 62, [(0, 512)]), \
        ('beyond', 4096, [(1 << 40, 512)]), ('negative', 4096, [(-4096, 512)]):
    table = b'%d\n' % len(ranges) + b''.join(b'%d\n%d\n' % one for one in ranges)
    layer('sparse-' + name, 1, '.', pax(sparse + [('GNU.sparse.realsize', b'%d' % size)], 'GNUSparseFile.0/x',
                                        table + bytes(-len(table) % 512) + pem[:512 * len(ranges)]))
layer('no-tar', 1, '.', b'#!/bin/sh\nexec rm -rf /\n' * 64)
layer('bundle-cut', 1, 'no END line for this BEGIN', (CERTS, pem[:len(pem) // 2]))
layer('bundle-noise', 0, 'added', (CERTS, bytes(range(256)) * 16))
case('links', 1, 'larger than', Layout(base, tar(*[('l/%d' % i, 'symlink', 'x' * 4000) for i in range(20000)])))
case('layers-125', 0, 'added', Layout(base, *[tar(('n/%d' % i, b'%d' % i)) for i in range(123)]))
case('layers-200', 1, 'no image with more than 125', Layout(base, *[tar(('n/%d' % i, b'%d' % i)) for i in range(199)]))
case('layers-501', 1, 'more than 500 layers', Layout(base, *[tar(('n/%d' % i, b'%d' % i)) for i in range(500)]))

# A layer that ends too early, its digests being those of what is there.  One without padding and end is umoci's.
for at in range(61, len(packed(base)) - 8, 61):
    case('cut-gzip-%d' % at, 1, '.', Layout(base, pack=lambda one: packed(one)[:at]))
whole = []
for member in tarfile.open(fileobj=io.BytesIO(base)):
    whole += [(member.offset, member.offset_data + member.size)]
for at in range(128, whole[-1][1] + 512, 256):
    inside = [one for one in whole if one[0] < at < one[1]]
    case('cut-plain-%d' % at, 1 if inside else 0, '.', Layout(base[:at], pack=lambda one: one))
    case('cut-docker-%d' % at, 1 if inside else 0, '.', docker(base[:at]))

# ---- what unpacks to very much ----------------------------------------------------------------------


def zeros_gzip(size):
    """A gzip of one member header and that many zeros: the deflate stream of 1 MiB, repeated."""
    pack = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = pack.compress(header('big', large(size))) + pack.flush(zlib.Z_FULL_FLUSH)
    block = pack.compress(bytes(1 << 20)) + pack.flush(zlib.Z_FULL_FLUSH)
    return b'\x1f\x8b\x08' + bytes(6) + b'\x03' + head + block * (size >> 20)


def zeros_zstd(size):
    """The same of RLE blocks [RFC 8878, 3.1.1.2]."""
    step = 128 << 10
    return (b'\x28\xb5\x2f\xfd\0\x58' + struct.pack('<I', 512 << 3)[:3] + header('big', large(size)) +
            (struct.pack('<I', 1 << 1 | step << 3)[:3] + b'\0') * (size // step - 1) +
            struct.pack('<I', 1 | 1 << 1 | step << 3)[:3] + b'\0')


case('bomb-gzip', 1, 'unpacks to more than', Layout(base, b'x', pack=lambda one: zeros_gzip(100 * GIB) if one == b'x' else one))
case('bomb-zstd', 1, 'unpacks to more than', Layout(base, b'x', pack=lambda one: zeros_zstd(100 * GIB) if one == b'x' else one))
with open(os.path.join(out, 'bomb-outer.tar'), 'wb') as to:
    to.write(zeros_zstd(100 * GIB))
print('bomb-outer.tar', 1, 'unpacks to more than', sep='\t', file=cases)

many = Layout(base)
rows = [tar(('n/%d' % i, b'%d' % i)) for i in range(60)]
ids = ['sha256:' + sha(base)] + ['sha256:' + sha(one) for one in rows]
bomb = many.put('layer.v1.tar+zstd', zeros_zstd(GIB - (1 << 20)))
many = Layout(base, *rows, manifest=lambda value: {**value, 'layers': value['layers'][:1] + [bomb] * 60})
many.put('', zeros_zstd(GIB - (1 << 20)))
case('bomb-many', 1, 'unpacks to more than', many)


def holes(at):
    name = [one for one in os.listdir(at + 'blobs/sha256') if open(at + 'blobs/sha256/' + one, 'rb').read(4) == b'etc/'][0]
    with open(at + 'blobs/sha256/' + name, 'ab') as to:
        to.truncate(512 + 3 * GIB + 1024)


def three_gib():
    first = header(CERTS, large(3 * GIB))
    lay = Layout(first, pack=lambda one: one,
                 manifest=lambda value: {**value, 'layers': [{**value['layers'][0], 'size': 512 + 3 * GIB + 1024}]})
    case_dir('bundle-3gib', 1, 'ca-certificates.crt', lay, holes)


three_gib()

# ---- documents --------------------------------------------------------------------------------------

deep = b'[' * 10000 + b']' * 10000
twice = b'{"a":1,"a":2}'
documents = {'deep': (deep, 'nested deeper'), 'twice': (b'{"schemaVersion":2,"manifests":[],"manifests":[]}', '.'),
             'array': (b'[]', '.'), 'null': (b'null', '.'), 'number': (b'1', '.'), 'text': (b'"x"', '.'),
             'empty': (b'', '.'), 'nul': (b'{}\0{}', 'not JSON'), 'latin': (b'{"a":"\xff"}', 'not JSON'),
             'object': (b'{}', '.'), 'cut': (b'{"manifests":[{"digest"', 'not JSON'), 'noise': (bytes(range(1, 256)), 'not JSON'),
             'escape': (b'{"a":"' + BEL.encode() + b'"}', 'not JSON'), 'bom': (b'\xef\xbb\xbf{}', '.'),
             'large': (b'[' + b'1,' * (5 << 20) + b'1]', 'larger than'), 'values': (b'[' + b'{},' * 400000 + b'{}]', 'more than 400000 values'),
             'bits': (b'{"schemaVersion":1e999999,"layers":9' + b'9' * 999 + b'}', '.')}
for name, (data, says) in documents.items():
    one = Layout(config=lambda _: data)
    case('config-' + name, 1, says, one)
    case('manifest-' + name, 1, says, Layout(manifest=lambda _: data))
    one = Layout()
    one.index = data
    case('index-' + name, 1, says, one)
    one = Layout()
    one.layout = data
    case('layout-' + name, 1, says, one)
    case('docker-config-' + name, 1, says, docker(config=lambda _: data))
    case('docker-manifest-' + name, 1, says, docker(whole=lambda _: data))
    if name not in ('object',):
        case('repositories-' + name, 1, says, docker(extra=[('repositories', data)]))
for key, values in {
        'rootfs': [None, [], 'x', {}, {'diff_ids': {}}, {'diff_ids': [1]}, {'diff_ids': ['x']}, {'diff_ids': ['sha256:' + 'A' * 64]},
                   {'diff_ids': []}, {'diff_ids': ['sha256:' + '0' * 64]}, {'diff_ids': ['sha256:' + '0' * 64] * 2}],
        'history': [{}, 'x', 1], 'os': ['windows']}.items():
    for i, value in enumerate(values):
        case('config-%s-%d' % (key, i), 1, '.', Layout(config=edit(**{key: value})))
        if not (key == 'rootfs' and i == 9):  # a plain layer is not read whole
            case('docker-%s-%d' % (key, i), 1, '.', docker(config=edit(**{key: value})))
big = (1 << 63)
for name, change in {
        'escape': {'digest': 'sha256:../../etc/passwd'}, 'slash': {'digest': 'sha256:' + '../' * 20 + 'etc/pas'},
        'upper': {'digest': 'sha256:' + 'A' * 64}, 'sha512': {'digest': 'sha512:' + '0' * 128}, 'md5': {'digest': 'md5:' + '0' * 32},
        'none': {'digest': None}, 'number': {'digest': 7}, 'list': {'digest': []}, 'short': {'digest': 'sha256:00'},
        'missing': {'digest': 'sha256:' + '0' * 64}, 'negative': {'size': -1}, 'huge': {'size': big}, 'larger': {'size': big * 1000},
        'real': {'size': 1e300}, 'half': {'size': 0.5}, 'zero': {'size': 0}, 'text': {'size': '7'}, 'no-size': {'size': None}}.items():
    spoil = lambda one: {**one, **change}
    case('layer-' + name, 1, '.', Layout(manifest=lambda value: {**value, 'layers': [spoil(value['layers'][0])]}))
    case('config-descriptor-' + name, 1, '.', Layout(manifest=lambda value: {**value, 'config': spoil(value['config'])}))
    case('manifest-descriptor-' + name, 1, '.', Layout(descriptor=spoil))
for name, change, says in (
        ('both', {'manifests': []}, 'both an index and a manifest'), ('schema1', {'fsLayers': []}, 'schema 1'),
        ('artifact', {'artifactType': 'application/x'}, 'artifact'), ('type', {'mediaType': DOCKER + 'distribution.manifest.v2+json'}, 'mediaType'),
        ('schema1-type', {'mediaType': DOCKER + 'distribution.manifest.v1+prettyjws'}, 'schema 1'),
        ('layers-object', {'layers': {}}, 'lacks'), ('no-layers', {'layers': []}, '0 layers'), ('layers-text', {'layers': ['x']}, '.'),
        ('config-text', {'config': 'x'}, 'lacks'), ('config-list', {'config': []}, 'lacks')):
    case('manifest-is-' + name, 1, says, Layout(manifest=edit(**change)))
for name, kind, says in (('foreign', DOCKER + 'image.rootfs.foreign.diff.tar.gzip', 'foreign'), ('nondist', TYPE + 'layer.nondistributable.v1.tar+gzip', 'foreign'),
                         ('encrypted', TYPE + 'layer.v1.tar+gzip+encrypted', 'encrypted'), ('other', 'text/plain', 'not an image'),
                         ('escape', BEL, 'not an image')):
    case('layer-is-' + name, 1, says, Layout(manifest=lambda value: {**value, 'layers': [{**value['layers'][0], 'mediaType': kind}]}))
    case('config-is-' + name, 1, '.', Layout(manifest=lambda value: {**value, 'config': {**value['config'], 'mediaType': kind}}))
    case('manifest-is-' + name, 1, '.', Layout(descriptor=edit(mediaType=kind)))
wrong = Layout()
for blob in list(wrong.blobs):
    one = Layout()
    one.blobs[blob] = one.blobs[blob][:-9] + bytes([one.blobs[blob][-9] ^ 1]) + one.blobs[blob][-8:]
    case('flipped-' + blob[-8:], 1, '.', one)
    one = Layout()
    del one.blobs[blob]
    case('without-' + blob[-8:], 1, '.', one)
    one = Layout()
    one.blobs[blob] += b' '
    case('longer-' + blob[-8:], 1, '.', one)
case('tag-twice', 1, 'two images with the name', Layout(index=lambda value: {**value, 'manifests': value['manifests'] + [
    {**value['manifests'][0], 'digest': 'sha256:' + '0' * 64}]}))
other = docker(config=edit(author='x'))
case('tag-twice-docker', 1, 'two images with the name', docker(whole=lambda row: [row, json.loads(other[2][1])[0]], extra=other[1:2]))
case('version-2', 1, 'a version other than', (lambda one: (setattr(one, 'layout', b'{"imageLayoutVersion":"2.0.0"}'), one)[1])(Layout()))
case('no-image', 1, 'holds no image', Layout(index=edit(manifests=[])))
case('no-image-docker', 1, 'holds no image', docker(whole=lambda row: []))
case('no-documents', 1, 'not a container image', [('x', b'x')])
case('member-twice', 1, 'twice', docker(extra=[('manifest.json', b'[]')]))
case('member-sparse', 1, '.', tar(pax(sparse[:2] + [('GNU.sparse.name', b'manifest.json'), ('GNU.sparse.realsize', b'%d' % (1 << 40))],
                                     'x', b'1\n0\n512\n' + bytes(504) + b'[' * 512)))
for name, target in ('out', '../../../etc/os-release'), ('absolute', '/etc/os-release'), ('self', 'manifest.json'), ('missing', 'nothing'):
    case('manifest-link-' + name, 1, '.', tar(('manifest.json', 'symlink', target)))
    case('manifest-hard-' + name, 1, '.', tar(('manifest.json', 'link', target)))
for kind in 'dir', 'char', 'block', 'fifo':
    case('manifest-' + kind, 1, '.', tar(('manifest.json', kind)))
case('docker-names', 1, '.', docker(entry=edit(Layers=['../../../../etc/passwd'])))
case('docker-names-host', 1, '.', docker(entry=edit(Layers=['/etc/passwd'])))
case('docker-names-escape', 1, 'not a file name', docker(entry=edit(Layers=[BEL])))
case('docker-names-number', 1, 'is not a file name', docker(entry=edit(Layers=[7])))
case('docker-config-host', 1, '.', docker(entry=edit(Config='/etc/passwd')))
case('docker-config-out', 1, '.', docker(entry=edit(Config='../../../../etc/passwd')))
case('docker-tags', 1, 'RepoTags', docker(entry=edit(RepoTags='app')))
case('docker-layers-missing', 1, 'layers', docker(entry=edit(Layers=[])))

loop = Layout()
inner = {'schemaVersion': 2, 'manifests': []}
first, second = '1' * 64, '2' * 64
for one, two in (first, second), (second, first):
    loop.blobs['blobs/sha256/' + one] = text({'schemaVersion': 2, 'manifests': [
        {'mediaType': TYPE + 'index.v1+json', 'digest': 'sha256:' + two, 'size': 160}]})
loop.index = text({'schemaVersion': 2, 'manifests': [{'mediaType': TYPE + 'index.v1+json', 'digest': 'sha256:' + first,
                                                      'size': len(loop.blobs['blobs/sha256/' + first])}]})
case('index-loop', 1, 'damaged', loop)
nest = Layout()
at = nest.manifest
for _ in range(20):
    at = nest.put('index.v1+json', text({'schemaVersion': 2, 'manifests': [at]}))
nest.index = text({'schemaVersion': 2, 'manifests': [at]})
case('index-nested', 1, 'nested deeper', nest)
case('index-many', 1, 'more than 1000', Layout(index=lambda value: {**value, 'manifests': value['manifests'] * 1001}))
case('platform-escape', 1, '.', Layout(index=lambda value: {**value, 'manifests': [
    {**value['manifests'][0], 'digest': 'sha256:' + '0' * 64, 'platform': {'os': BEL, 'architecture': BEL}}]}))
case('platform-escape-note', 0, 'but does not contain it', Layout(index=lambda value: {**value, 'manifests': value['manifests'] + [
    {**value['manifests'][0], 'digest': 'sha256:' + '0' * 64, 'annotations': {}, 'platform': {'os': BEL, 'architecture': BEL}}]}))
case('tag-escape', 0, 'added', Layout(descriptor=edit(annotations={'org.opencontainers.image.ref.name': BEL})))
case('history-escape', 0, 'added', Layout(config=edit(history=[{'created_by': 'trustfix install ' + BEL, 'comment': BEL}])))
case('os-escape', 0, 'added', Layout(config=edit(os=BEL, architecture=BEL, variant=BEL)))
case('config-label', 0, 'added', Layout(config=edit(config={'Labels': {BEL: BEL}})))

# ---- directories --------------------------------------------------------------------------------------


def replaced(which, how):
    """One of the layout's files is something else."""
    def then(at):
        path = at + which(at)
        if os.path.isdir(path):
            os.rename(path, at + 'away')
        else:
            os.rename(path, at + 'away')
        how(path, at + 'away')
    return then


def blob(at, start):
    for one in sorted(os.listdir(at + 'blobs/sha256')):
        with open(at + 'blobs/sha256/' + one, 'rb') as file:
            if file.read(len(start)) == start:
                return 'blobs/sha256/' + one
    raise KeyError(start)


places = {'index': lambda at: 'index.json', 'layout': lambda at: 'oci-layout', 'blobs': lambda at: 'blobs',
          'sha256': lambda at: 'blobs/sha256', 'layer': lambda at: blob(at, b'\x1f\x8b'),
          'config': lambda at: blob(at, b'{"arch'), 'manifest': lambda at: blob(at, b'{"schemaVersion":2,"mediaType"')}
for name, which in places.items():
    case_dir('dir-%s-link' % name, 1, 'link', Layout(), replaced(which, lambda path, away: os.symlink(away, path)))
    case_dir('dir-%s-fifo' % name, 1, '.', Layout(), replaced(which, lambda path, away: os.mkfifo(path)))
    case_dir('dir-%s-device' % name, 1, '.', Layout(), replaced(which, lambda path, away: os.mknod(path, 0o20666, os.makedev(1, 5))))
    case_dir('dir-%s-dir' % name, 1, '.', Layout(), replaced(which, lambda path, away: os.mkdir(path)))
    case_dir('dir-%s-gone' % name, 1, '.', Layout(), replaced(which, lambda path, away: None))


def sparse_index(at):
    with open(at + 'index.json', 'r+b') as file:
        file.truncate(100 << 20)


case_dir('dir-index-100mb', 1, 'larger than', Layout(), sparse_index)
