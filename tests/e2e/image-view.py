#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""image-view.py TRUSTFIX DIR ROUNDS SEED CERT...: images at random, as trustfix sees them and as umoci unpacks them.

Every layer has files that hold one of the certificates, directories, links, whiteouts, members twice and
under odd names.  Not among them is that in which umoci differs from overlayfs: a member below what a lower
layer has as a link, and a file that becomes a directory again within one layer.  The files of both views must be the same, wherever links lead.
"""
import gzip
import hashlib
import io
import itertools
import json
import os
import random
import ssl
import subprocess
import sys
import tarfile

trustfix, where, rounds, seed = sys.argv[1:5]
texts = []
for name in sys.argv[5:]:
    with open(name, 'rb') as file:
        texts.append(file.read())
TYPE = 'application/vnd.oci.image.'
DIRS, LINKS, FILES = 'abc', 'lm', ('x.pem', 'y.pem')
dice = random.Random(int(seed))
asked = ['/' + '/'.join(part + (file,)) for depth in range(4)
         for part in itertools.product(DIRS + LINKS, repeat=depth) for file in FILES
         if depth < 3 or part[0] in LINKS]


def hash_of(data):
    return hashlib.sha256(data).hexdigest()


class Image:
    """What is where, so that no member is one that unpackers refuse."""

    def __init__(self):
        self.kinds = {}
        self.layers = []
        self.said = []

    def below(self, path):
        return [one for one in self.kinds if one.startswith(path + '/')]

    def parents(self, path):
        parts = path.split('/')[:-1]
        return ['/'.join(parts[:i + 1]) for i in range(len(parts))]

    def member(self, name, kind, link='', data=b''):
        odd = dice.choice(['%s', '%s', '%s', './%s', '/%s', './/%s'])
        info = tarfile.TarInfo(odd % name)
        info.type, info.linkname, info.size = kind, link, len(data)
        info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
        self.tar.addfile(info, io.BytesIO(data))
        self.said.append('%d: %s %s %s' % (len(self.layers), kind, info.name, link))

    def forget(self, path, spared=()):
        for one in self.below(path) + [path]:
            if one not in spared:
                self.kinds.pop(one, None)

    def put(self, path, kind, **more):
        """A member, if its parents allow it; those that are files below are made directories first."""
        for one in self.parents(path):
            if self.kinds.get(one, 'd') != 'd':
                if self.kinds[one] == 'l' or one in self.own:
                    return
                self.put(one, 'd')
            self.kinds[one] = 'd'
            self.own.add(one)
        if kind == 'd' and path in self.own and self.kinds.get(path, 'd') != 'd':
            return
        if kind != 'd' or self.kinds.get(path, 'd') != 'd':
            self.forget(path)
        if kind != 'h':
            self.kinds[path] = kind
        else:
            self.kinds[path] = 'f'
        self.own.add(path)
        types = {'d': tarfile.DIRTYPE, 'f': tarfile.REGTYPE, 'l': tarfile.SYMTYPE, 'h': tarfile.LNKTYPE}
        self.member(path, types[kind], **more)

    def whiteout(self, path):
        if any(self.kinds.get(one) != 'd' for one in self.parents(path)):
            return
        self.own.update(self.parents(path))
        spared = {one for one in self.own if one in self.kinds}
        self.forget(path, spared)
        head, _, tail = path.rpartition('/')
        self.member((head + '/' if head else '') + '.wh.' + tail, tarfile.REGTYPE)

    def opaque(self, path):
        if self.kinds.get(path) != 'd' or any(self.kinds.get(one) != 'd' for one in self.parents(path)):
            return
        self.own.update(self.parents(path) + [path])
        for one in self.below(path):
            if one not in self.own:
                self.kinds.pop(one)
        self.member(path + '/.wh..wh..opq', tarfile.REGTYPE)

    def step(self):
        folder = '/'.join(dice.choices(DIRS, k=dice.randrange(4)))
        file = (folder + '/' if folder else '') + dice.choice(FILES)
        what = dice.randrange(20)
        if what < 8:
            self.put(file, 'f', data=dice.choice(texts))
        elif what < 10:
            target = dice.choice(['', '/', '../', '../../']) + '/'.join(dice.choices(DIRS + LINKS, k=dice.randrange(1, 3)))
            self.put((folder + '/' if folder else '') + dice.choice(LINKS), 'l', link=target)
        elif what == 10:
            self.put(file, 'l', link=dice.choice(['/', '../', '']) + dice.choice(['a/', 'l/', '']) + dice.choice(FILES))
        elif what < 13:
            files = [one for one, kind in self.kinds.items() if kind == 'f' and one not in [file] + self.parents(file) and
                     all(self.kinds.get(up) == 'd' for up in self.parents(one))]
            if files:
                self.put(file, 'h', link=dice.choice(files))
        elif what < 15:
            self.put(folder or 'a', 'd')
        elif what == 15 and folder:
            self.put(folder, 'f', data=dice.choice(texts))
        elif what < 18:
            self.whiteout(dice.choice(list(self.kinds) or [file]))
        elif folder:
            self.opaque(folder)

    def layer(self):
        data = io.BytesIO()
        self.own = set()
        with tarfile.open(fileobj=data, mode='w', format=dice.choice([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])) as self.tar:
            for _ in range(dice.randrange(1, 12)):
                self.step()
        self.layers.append(data.getvalue())

    def write(self, at):
        os.makedirs(at + '/blobs/sha256')

        def put(kind, data):
            with open(at + '/blobs/sha256/' + hash_of(data), 'wb') as to:
                to.write(data)
            return {'mediaType': TYPE + kind, 'digest': 'sha256:' + hash_of(data), 'size': len(data)}
        rows = [put('layer.v1.tar+gzip', gzip.compress(one, 1)) if dice.randrange(2) else put('layer.v1.tar', one)
                for one in self.layers]
        config = {'architecture': 'amd64', 'os': 'linux', 'config': {},
                  'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + hash_of(one) for one in self.layers]}}
        manifest = {'schemaVersion': 2, 'config': put('config.v1+json', json.dumps(config).encode()), 'layers': rows}
        row = {**put('manifest.v1+json', json.dumps(manifest).encode()), 'annotations': {'org.opencontainers.image.ref.name': 'v1'}}
        with open(at + '/index.json', 'w') as to:
            json.dump({'schemaVersion': 2, 'manifests': [row]}, to)
        with open(at + '/oci-layout', 'w') as to:
            to.write('{"imageLayoutVersion":"1.0.0"}')


def seen_in(root):
    """What each name that is asked for leads to in a tree, and what is there; None: nothing."""
    read, write = os.pipe()
    if os.fork() == 0:
        os.chroot(root)
        os.chdir('/')
        found = {}
        for one in asked:
            try:
                with open(one) as file:
                    found[one] = os.path.realpath(one), hash_of(ssl.PEM_cert_to_DER_cert(file.read()))
            except FileNotFoundError:
                found[one] = None
            except OSError:
                pass  # links in a circle, a file for a directory: a fault
        os.write(write, json.dumps(found).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as file:
        found = json.load(file)
    os.wait()
    return found


def differ(image, theirs):
    stores = [word for one in theirs for word in ('--store', 'pem:' + one)]
    run = subprocess.run([trustfix, 'list', '--json', '--image', image] + stores, capture_output=True)
    if run.returncode:
        return run.stderr.decode()
    ours = {store['path']: store['certs'][0]['sha256'] for tree in json.loads(run.stdout)['trees']
            for store in tree['stores'] if store['certs']}
    for one, digest in ours.items():
        if not theirs.get(one) or theirs[one][1] != digest:
            return '%s is %s here, there %s' % (one, digest, theirs.get(one))
    # A file under two names is one store.
    lacks = {it[0] for it in theirs.values() if it} - {theirs[one][0] for one in ours}
    return 'not seen: %s' % lacks if lacks else None


bad = files = 0
for number in range(int(rounds)):
    image, at = Image(), os.path.join(where, str(number))
    for _ in range(dice.randrange(1, 7)):
        image.layer()
    image.write(at)
    subprocess.run(['umoci', 'unpack', '--rootless', '--image', at + ':v1', at + '-umoci'], check=True,
                   capture_output=True)
    theirs = seen_in(at + '-umoci/rootfs')
    files += sum(it is not None for it in theirs.values())
    said = differ(at, theirs)
    if said:
        bad += 1
        print('image %d of seed %s: %s\n%s' % (number, seed, said, '\n'.join(image.said)))
    if bad == 3:
        break
print('%d files in %s images' % (files, rounds))
sys.exit(bad > 0 or files < int(rounds))
