# SPDX-License-Identifier: Apache-2.0
"""keystore.py KIND OUT CERT...

Writes a JKS with the PEM certificates in it ("good"), as keytool would and without a JVM, or one of the damaged
keystores of damaged() below, for bad-keystore.sh.
"""
import hashlib
import ssl
import struct
import sys

PASSWORD = "changeit"


def utf(text):
    return struct.pack(">H", len(text)) + text


def entry(alias, der, tag=2):
    return struct.pack(">I", tag) + utf(alias) + struct.pack(">Q", 0) + utf(b"X.509") + struct.pack(">I", len(der)) + der


def jks(entries, count=None, password=PASSWORD):
    body = struct.pack(">III", 0xFEEDFEED, 2, len(entries) if count is None else count) + b"".join(entries)
    return body + hashlib.sha1(password.encode("utf-16-be") + b"Mighty Aphrodite" + body).digest()


def der(tag, *parts):
    inside = b"".join(parts)
    size = len(inside).to_bytes(4, "big").lstrip(b"\0") or b"\0"
    return bytes([tag]) + (size if len(inside) < 128 else bytes([0x80 | len(size)]) + size) + inside


def oid(text):
    return der(6, bytes.fromhex(text))


DATA = oid("2a864886f70d010701")


def data(inside):
    return der(0x30, DATA, der(0xA0, der(4, inside)))


def p12(bags, mac=b""):
    return der(0x30, der(2, b"\3"), data(der(0x30, data(der(0x30, bags)))), mac)


def mac(rounds):
    digest = der(0x30, der(0x30, oid("608648016503040201"), b"\5\0"), der(4, bytes(32)))
    return der(0x30, digest, der(4, b"salt"), der(2, rounds.to_bytes(5, "big")))


def nested(depth):
    bag = b""
    for _ in range(depth):
        bag = der(0x30, oid("2a864886f70d010c0a0106"), der(0xA0, der(0x30, bag)))
    return bag


def damaged(kind, certs):
    good = jks([entry(b"one", certs[0])])
    if kind.startswith("cut-"):
        return good[:int(kind[4:])]
    return {
        "digest": lambda: good[:-1] + bytes([good[-1] ^ 1]),
        "password": lambda: jks([entry(b"one", certs[0])], password="another"),
        "count": lambda: jks([entry(b"one", certs[0])], count=1 << 31),
        "long-alias": lambda: jks([entry(b"a" * 65535, certs[0])]),
        "not-utf": lambda: jks([entry(b"\xff\xfe", certs[0])]),
        "twice": lambda: jks([entry(b"one", certs[0]), entry(b"one", certs[0])]),
        "not-der": lambda: jks([entry(b"one", b"no certificate")]),
        "tag": lambda: jks([entry(b"one", certs[0], tag=9)]),
        "rounds": lambda: p12(b"", mac(1 << 31)),
        "nested": lambda: p12(nested(10000)),
    }[kind]()


kind, out = sys.argv[1:3]
certs = [ssl.PEM_cert_to_DER_cert(open(name).read()) for name in sys.argv[3:]]
with open(out, "wb") as to:
    to.write(jks([entry(b"%d" % n, cert) for n, cert in enumerate(certs)]) if kind == "good" else damaged(kind, certs))
