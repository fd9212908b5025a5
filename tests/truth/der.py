# SPDX-License-Identifier: Apache-2.0
"""Certificates byte by byte, so that any defect can be made: DER (X.690) and X.509 (RFC 5280)."""

import datetime
import hashlib
import itertools

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, ed448, padding, rsa

HASHES = {"md5": hashes.MD5, "sha1": hashes.SHA1, "sha256": hashes.SHA256, "sha384": hashes.SHA384,
          "sha512": hashes.SHA512}
CURVES = {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1, "k256": ec.SECP256K1,
          "brainpool": ec.BrainpoolP256R1}
NOW = datetime.datetime.utcnow().replace(microsecond=0)
DAY = datetime.timedelta(days=1)


def tlv(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def seq(*parts):
    return tlv(0x30, *parts)


def oid(text):
    first, second, *rest = (int(word) for word in text.split("."))
    out = b""
    for arc in [first * 40 + second] + rest:
        digits = [arc & 0x7F]
        while arc > 0x7F:
            arc >>= 7
            digits.append(arc & 0x7F | 0x80)
        out += bytes(reversed(digits))
    return tlv(6, out)


def integer(value):
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def bits(value, unused=0):
    return tlv(3, bytes([unused]), value)


TRUE, NULL = tlv(1, b"\xff"), tlv(5)


def moment(at):
    if at.year < 2050:
        return tlv(0x17, at.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, at.strftime("%Y%m%d%H%M%SZ").encode())


UTF8, NUMERIC, PRINTABLE, TELETEX, IA5, VISIBLE, GENERAL, UNIVERSAL, BMP = (
    0x0C, 0x12, 0x13, 0x14, 0x16, 0x1A, 0x1B, 0x1C, 0x1E)
ENCODINGS = {TELETEX: "latin-1", UNIVERSAL: "utf-32-be", BMP: "utf-16-be"}


def attribute(kind, text, tag=UTF8):
    return seq(oid(kind), tlv(tag, text.encode(ENCODINGS.get(tag, "utf-8"))))


def name(cn, org="Truth Test", tag=UTF8):
    """Without a cn: the empty name."""
    rdns = [("2.5.4.10", org), ("2.5.4.3", cn)] if cn is not None else []
    return seq(*(tlv(0x31, attribute(kind, text, tag)) for kind, text in rdns))


# ---- keys and signatures ----------------------------------------------------------------------------

def algorithm(text, params=b""):
    return seq(oid(text), params)


PSS_SHA256 = seq(
    tlv(0xA0, algorithm("2.16.840.1.101.3.4.2.1", NULL)),
    tlv(0xA1, algorithm("1.2.840.113549.1.1.8", algorithm("2.16.840.1.101.3.4.2.1", NULL))),
    tlv(0xA2, integer(32)))
RSA_OIDS = {"md5": "4", "sha1": "5", "sha256": "11", "sha384": "12", "sha512": "13"}
EC_OIDS = {"sha1": "1.2.840.10045.4.1", "sha256": "1.2.840.10045.4.3.2", "sha384": "1.2.840.10045.4.3.3",
           "sha512": "1.2.840.10045.4.3.4"}


rsa_keys = {}  # three of each size, in turn: they take long


def make_key(kind):
    if kind in CURVES:
        return ec.generate_private_key(CURVES[kind]())
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind == "ed448":
        return ed448.Ed448PrivateKey.generate()
    if kind not in rsa_keys:
        rsa_keys[kind] = itertools.cycle([rsa.generate_private_key(65537, int(kind[3:])) for _ in range(3)])
    return next(rsa_keys[kind])


def signature(key, digest, pss, tbs):
    """The AlgorithmIdentifier, and what makes the signature of the rest."""
    if isinstance(key, rsa.RSAPrivateKey):
        if pss:
            pad = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
            return algorithm("1.2.840.113549.1.1.10", PSS_SHA256), lambda: key.sign(tbs(), pad, hashes.SHA256())
        return (algorithm("1.2.840.113549.1.1." + RSA_OIDS[digest], NULL),
                lambda: key.sign(tbs(), padding.PKCS1v15(), HASHES[digest]()))
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return algorithm(EC_OIDS[digest]), lambda: key.sign(tbs(), ec.ECDSA(HASHES[digest]()))
    kind = "1.3.101.112" if isinstance(key, ed25519.Ed25519PrivateKey) else "1.3.101.113"
    return algorithm(kind), lambda: key.sign(tbs())


def public_key(key):
    return key.public_key().public_bytes(serialization.Encoding.DER,
                                         serialization.PublicFormat.SubjectPublicKeyInfo)


def key_id(key):
    return hashlib.sha1(public_key(key)).digest()


# ---- extensions: each is (oid, critical, DER value) -------------------------------------------------

USAGES = ["digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
          "keyCertSign", "cRLSign"]
PURPOSES = {"serverAuth": "1.3.6.1.5.5.7.3.1", "clientAuth": "1.3.6.1.5.5.7.3.2", "any": "2.5.29.37.0",
            "codeSigning": "1.3.6.1.5.5.7.3.3", "sgc": "2.16.840.1.113730.4.1"}


def basic(ca=True, pathlen=None, critical=True):
    return "2.5.29.19", critical, seq(TRUE if ca else b"", b"" if pathlen is None else integer(pathlen))


def usage(*words, critical=True):
    value = 0
    for word in words:
        value |= 0x80 >> USAGES.index(word)
    unused = (value & -value).bit_length() - 1 if value else 0
    return "2.5.29.15", critical, bits(bytes([value]), unused)


def purpose(*words, critical=False):
    return "2.5.29.37", critical, seq(*(oid(PURPOSES[word]) for word in words))


def ski(value, critical=False):
    return "2.5.29.14", critical, tlv(4, value)


def aki(value=None, issuer=None, serial=None):
    parts = [tlv(0x80, value)] if value else []
    if issuer:
        number = integer(serial)
        parts += [tlv(0xA1, tlv(0xA4, issuer)), bytes([0x82]) + number[1:]]
    return "2.5.29.35", False, seq(*parts)


def general(text):
    """DNS:a.test IP:hex EMAIL:x URI:x DIR:cn"""
    kind, value = text.split(":", 1)
    if kind == "IP":
        return tlv(0x87, bytes.fromhex(value))
    if kind == "DIR":
        return tlv(0xA4, name(value))
    return tlv({"DNS": 0x82, "EMAIL": 0x81, "URI": 0x86}[kind], value.encode())


def alt(*names, critical=False):
    return "2.5.29.17", critical, seq(*map(general, names))


def constraints(permitted=(), excluded=(), critical=True):
    trees = [tlv(tag, *(seq(general(one)) for one in names))
             for tag, names in ((0xA0, permitted), (0xA1, excluded)) if names]
    return "2.5.29.30", critical, seq(*trees)


def unknown(critical=True):
    return "1.3.6.1.4.1.55555.1", critical, tlv(4, b"?")


# ---- certificates -----------------------------------------------------------------------------------

serials = itertools.count(0x5000)


class Cert:
    def __init__(self, der, key, subject, serial):
        self.der, self.key, self.subject, self.serial = der, key, subject, serial


def certificate(cn, above=None, key="p256", extensions=(), **how):
    """
    One certificate.  above: its issuer, None: self-signed.  key: a kind, or a Cert whose key it takes.
    how: start, end (days from now, or a datetime), digest, pss, version, subject, issuer, issuer_key
    """
    own = key.key if isinstance(key, Cert) else make_key(key)
    subject = how.get("subject", name(cn))
    serial = how.get("serial", next(serials))
    signer = how.get("issuer_key", above.key if above else own)
    start, end = (at if isinstance(at, datetime.datetime) else NOW + at * DAY
                  for at in (how.get("start", -1), how.get("end", 60)))
    chosen, sign = signature(signer, how.get("digest", "sha256"), how.get("pss"), lambda: tbs)
    version = how.get("version", 3)
    tbs = seq(b"" if version == 1 else tlv(0xA0, integer(version - 1)), integer(serial), chosen,
              how.get("issuer", above.subject if above else subject), seq(moment(start), moment(end)), subject,
              public_key(own),
              tlv(0xA3, seq(*(seq(oid(kind), TRUE if critical else b"", tlv(4, value))
                              for kind, critical, value in extensions))) if extensions and version == 3 else b"")
    return Cert(seq(tbs, chosen, bits(sign())), own, subject, serial)


def pem(der, label="CERTIFICATE"):
    import base64
    text = base64.b64encode(der).decode()
    lines = [text[i:i + 64] for i in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def private_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption()).decode()


def keystore(certs, password="changeit"):
    """A JKS of trusted certificates (sun.security.provider.JavaKeyStore)."""
    def utf(text):
        return len(text).to_bytes(2, "big") + text.encode()

    body = bytes.fromhex("feedfeed00000002") + len(certs).to_bytes(4, "big")
    for i, cert in enumerate(certs):
        body += (2).to_bytes(4, "big") + utf(f"a{i}") + bytes(8) + utf("X.509")
        body += len(cert.der).to_bytes(4, "big") + cert.der
    salt = password.encode("utf-16-be") + b"Mighty Aphrodite"
    return body + hashlib.sha1(salt + body).digest()
