# SPDX-License-Identifier: Apache-2.0
"""
The chains and the stores.  cases() gives them in the order of the table; write() puts them into files:

    N.pem N.key     what the server of case N sends (port FIRST_PORT + N)
    N.store N.jks   the anchors, as a file of certificates and as a Java keystore
    N.serve         the server's command, if it is one of its own, with N.above, what it sends above the leaf
    list            a line for each: number, host name, words
"""

import datetime
import itertools
import os
import re
import sys

from der import *

FIRST_PORT = 20000
LISTED = []
NEVER = datetime.datetime(9999, 12, 31, 23, 59, 59)


class Case:
    def __init__(self, section, words, chain, store, host, shape, serve):
        self.section, self.words, self.chain, self.host = section, words, chain, host
        self.store, self.shape, self.serve = store, shape, serve


def section(title):
    global current
    current = title


def case(words, chain, store, host="a.test", shape=None, serve=None):
    """
    store: the anchors; shape: the bytes of their file, if not one plain block after the other; serve: the words of the
    server's command, if not the usual one.
    """
    LISTED.append(Case(current, words, chain, store, host, shape, serve))


# Clients that do otherwise than the reader they count as, and why: the documentation says it.  "NAME before VERSION"
# claims both: what is older does otherwise, what is not does as predicted.  "NAME from VERSION" is the reverse.
FOLDED = [f"Spellings of a name: {words}{below}" for below in ("", ", intermediate") for words in (
    "a blank that does not break", "an ideographic blank", "not ASCII, another case", "not ASCII, composed and not")]
UNLIKE = [
    ("java", "it folds the case of every letter, not only of ASCII, and compares compatible characters as equal", FOLDED),
    ("java25", "as Java 17", FOLDED),
    ("gnutls-cli", "it asks for the purpose, which wget, git and apt do not", [
        "The intermediate: EKU clientAuth", "The intermediate: EKU any", "The leaf: EKU clientAuth",
        "The leaf: EKU sgc", "Where the anchor stands: self-signed leaf, EKU clientAuth",
        "Several things at once: an intermediate for clients, then one for all",
        "Several things at once: an intermediate for clients sent, one for all trusted"]),
    ("wget", "it has GnuTLS be lenient to servers, so that keyUsage does not matter", [
        "The leaf: keyUsage keyEncipherment alone", "The leaf: keyUsage keyEncipherment alone, RSA",
        "The leaf: keyUsage keyAgreement alone", "The leaf: keyUsage keyCertSign alone",
        "Handshakes: RSA key exchange, keyUsage digitalSignature alone"]),
    *((client, "before 24 it has OpenSSL's security level 1", [
        "Keys and signatures: root rsa1024", "Keys and signatures: intermediate rsa1024",
        "Keys and signatures: leaf rsa1024", "Where the anchor stands: self-signed leaf, RSA 1024"])
      for client in ("node before 24", "node18", "node22")),
    ("deno", "its reader of PEM takes more than the readers of other programs that use rustls", [
        "The file of anchors: a block on one line before", "The file of anchors: BEGIN alone before",
        "The file of anchors: CR alone", "The file of anchors: CR alone before",
        "The file of anchors: another type, empty, before"]),
    ("java", "Java 17 lets a star stand in any label, Java 25 in the first alone", [
        "Names: wildcard in the second label"]),
    ("java before 17.0.21", "a wildcard may cover an excluded name", [
        "Name constraints: intermediate: wildcard over an excluded name"]),
    ("java25 before 25.0.4", "a wildcard may cover an excluded name", [
        "Name constraints: intermediate: wildcard over an excluded name"]),
    *((client, "it has no RSA key exchange", [
        "Handshakes: RSA key exchange, GCM", "Handshakes: RSA key exchange, CBC",
        *["Handshakes: RSA key exchange, keyUsage digitalSignature alone"] * client.startswith("go")])
      for client in ("go from 1.22", "java25")),
    *((client, "no handshake is signed with SHA-1", [
        "Handshakes: signed by RSA and SHA-1", "Handshakes: signed by ECDSA and SHA-1"])
      for client in ("go from 1.25", "java25")),
    *((client, "before 24 it has OpenSSL's security level 1", [
        "Handshakes: DHE of 1024 bits", "Handshakes: DHE of 1536 bits", "Handshakes: DHE of 1024 bits before ECDHE"])
      for client in ("node before 24", "node18", "node22")),
    ("go before 1.23", "a serial number may be negative", [
        "The root: negative serial number", "The intermediate: negative serial number",
        "The leaf: negative serial number",
        "Serial numbers: the root's -1", "Serial numbers: the intermediate's -1", "Serial numbers: the leaf's -1"]),
]


# Clients of which some builds do otherwise, and some do not.
OPEN = [
    ("nodejs", "builds of Node.js 18 take an IPv6 address for a name, or for an address", ["Names: IPv6"]),
]


def numbers(version):
    return [int(digits) for digits in re.findall("[0-9]+", version)]


def rows_of(table, client, section, words):
    """The versions (before, from) of which a row of the table holds, "" for all."""
    for one, _, cases in table:
        name, _, before = one.partition(" before ")
        name, _, since = name.partition(" from ")
        if name == client and f"{section}: {words}" in cases:
            yield before, since


def is_unlike(client, version, section, words):
    return any((not before or numbers(version) < numbers(before)) and (not since or numbers(version) >= numbers(since))
               for before, since in rows_of(UNLIKE, client, section, words))


def is_claimed(client, section, words):
    """Does a row say from which version on the client does as predicted?"""
    return any(any(versions) for versions in rows_of(UNLIKE, client, section, words))


def is_open(client, section, words):
    return any(True for _ in rows_of(OPEN, client, section, words))


def make(cn, above, defaults, how):
    parts = {word: how.pop(word, value) for word, value in defaults.items()}
    more = how.pop("more", [])
    own = how.pop("key", "p256")
    own = own if isinstance(own, Cert) else Cert(None, make_key(own), None, None)
    if parts["ski"] is True:
        parts["ski"] = ski(key_id(own.key))
    if parts["aki"] is True:
        parts["aki"] = aki(key_id(above.key))
    return certificate(cn, above, own, [one for one in parts.values() if one] + more, **how)


def ca(cn, above=None, **how):
    return make(cn, above, {"basic": basic(), "usage": usage("keyCertSign", "cRLSign"), "eku": None,
                            "ski": True, "aki": bool(above)}, how)


def leaf(above, cn="a.test", *names, **how):
    return make(cn, above, {"basic": None, "usage": usage("digitalSignature"), "eku": purpose("serverAuth"),
                            "ski": True, "aki": bool(above), "alt": alt(*(names or ("DNS:a.test",)))}, how)


def under(words, root, middle=None, host="a.test", **how):
    """A leaf below a root, with `middle` between them."""
    case(words, [leaf(middle or root, **how)] + ([middle] if middle else []), [root], host)


def anchors():
    section("Where the anchor stands")
    root = ca("Root")
    upper = ca("Intermediate", root)
    lower = ca("Intermediate (t) ", upper, end=14)
    end = leaf(lower, end=13)
    other = ca("Other")
    case("root, not sent", [end, lower, upper], [root])
    case("root, sent", [end, lower, upper, root], [root])
    case("intermediate", [end, lower, upper], [upper])
    case("intermediate, root sent", [end, lower, upper, root], [upper])
    case("intermediate, not sent", [end, lower], [upper])
    case("short-lived issuer", [end, lower, upper], [lower])
    case("short-lived issuer, root sent", [end, lower, upper, root], [lower])
    case("short-lived issuer, not sent", [end], [lower])
    case("the leaf", [end, lower, upper], [end])
    case("the leaf, sent alone", [end], [end])
    case("root and short-lived issuer", [end, lower, upper], [lower, root])
    case("root and intermediate", [end, lower, upper, root], [root, upper])
    case("nothing that fits", [end, lower, upper], [other])
    case("nothing that fits, root sent", [end, lower, upper, root], [other])
    own = leaf(None)
    case("self-signed leaf", [own], [own])
    own = leaf(None, basic=basic(), usage=usage("digitalSignature", "keyCertSign"))
    case("self-signed leaf that is a CA", [own], [own])
    own = leaf(None, basic=basic(False), usage=usage("digitalSignature"))
    case("self-signed leaf, CA:FALSE", [own], [own])
    own = leaf(None, start=-90, end=-1)
    case("self-signed leaf, expired", [own], [own])
    own = leaf(None, eku=purpose("clientAuth"))
    case("self-signed leaf, EKU clientAuth", [own], [own])
    own = leaf(None, key="rsa1024")
    case("self-signed leaf, RSA 1024", [own], [own])
    own = leaf(None, more=[unknown()])
    case("self-signed leaf, unknown critical extension", [own], [own])
    stale = ca("Intermediate", root, start=-90, end=-1)
    case("expired intermediate", [leaf(stale), stale], [stale])
    case("expired intermediate and the root", [leaf(stale), stale], [stale, root])
    narrow = ca("Intermediate", root, eku=purpose("clientAuth"))
    case("intermediate for clients only", [leaf(narrow), narrow], [narrow])
    odd = ca("Intermediate", root, more=[unknown()])
    case("intermediate with an unknown critical extension", [leaf(odd), odd], [odd])
    section("What is sent")
    case("out of order", [end, root, upper, lower], [root])
    case("out of order, root not sent", [end, upper, lower], [root])
    case("each certificate twice", [end, end, lower, lower, upper, upper], [root])
    case("a stranger between", [end, other, lower, upper], [root])
    case("a stranger behind", [end, lower, upper, other], [root])
    case("the leaf alone", [end], [root])
    case("no short-lived issuer", [end, upper], [root])
    case("no intermediate", [end, lower], [root])
    case("the missing one in the store", [end, lower], [root, upper])
    case("another root of that name", [end, lower, upper, ca("Root")], [root])
    case("a stranger, then out of order", [end, other, upper, lower], [root])
    case("the root first, a stranger, the root again", [end, root, other, lower, upper, root], [root])
    case("the leaf's issuer with another key in front", [end, ca("Intermediate (t) ", upper), lower, upper], [root])


def doubled():
    """Many servers send a certificate twice; the short-lived issuer is an interceptor's."""
    section("Sent twice: leaf (l), short-lived issuer (t), intermediate (i), root (r)")
    root = ca("Root")
    upper = ca("Intermediate", root)
    lower = ca("Intermediate (t) ", upper, end=14)
    direct, end = leaf(upper), leaf(lower, end=13)
    known = {"l": direct, "i": upper, "r": root}
    stores = {"root": [root], "intermediate": [upper], "leaf": [direct]}
    for order in ("lli", "lii", "lil", "llir", "lirr", "lrri", "liir", "llr", "ll", "llii", "lilir"):
        for anchor, store in stores.items():
            case(f"{'-'.join(order)}, trusted: {anchor}", [known[one] for one in order], store)
    known = {"l": end, "t": lower, "i": upper, "r": root}
    stores = {"root": [root], "intermediate": [upper], "short-lived issuer": [lower], "leaf": [end]}
    for order in ("llti", "ltti", "ltii", "lltir", "ltitr", "lttiir", "liti"):
        for anchor, store in stores.items():
            case(f"{'-'.join(order)}, trusted: {anchor}", [known[one] for one in order], store)


def serial_numbers():
    section("Serial numbers")
    for words, number in (("0", 0), ("of 20 bytes", 2 ** 159 - 1), ("of 21 bytes", 2 ** 159), ("-1", -1)):
        root = ca("Root", serial=number)
        case(f"the root's {words}", [leaf(root)], [root])
        root = ca("Root")
        upper = ca("Intermediate", root, serial=number)
        case(f"the intermediate's {words}", [leaf(upper), upper], [root])
        case(f"the leaf's {words}", [leaf(root, serial=number)], [root])


def deep():
    section("Long chains")
    for count in (4, 5, 6, 7, 10, 15, 16):
        path = [ca("Root")]
        for i in range(count):
            path.insert(0, ca(f"Level {i}", path[0]))
        end = leaf(path[0])
        case(f"{count} intermediates", [end] + path[:-1], path[-1:])
        case(f"{count} intermediates, out of order", [end] + path[-2::-1], path[-1:])
        case(f"{count} intermediates, the third trusted", [end] + path[:-1], [path[2]])


def crossed():
    section("Cross-signed")
    old, new = ca("Old"), ca("New")
    past = ca("Old", key=old, start=-90, end=-1)
    bridge = ca("New", old, key=new)
    middle = ca("Issuing", new)
    end = leaf(middle)
    case("by the old root, which is trusted", [end, middle, bridge], [old])
    case("by the old root, the new one is trusted", [end, middle, bridge], [new])
    case("both roots trusted", [end, middle, bridge], [old, new])
    case("the old root sent too, the new one trusted", [end, middle, bridge, old], [new])
    case("by an expired root, both in the store", [end, middle, bridge], [past, new])
    case("by an expired root, sent too, both in the store", [end, middle, bridge, past], [past, new])
    case("by an expired root, sent too, the new one trusted", [end, middle, bridge, past], [new])
    dead = ca("New", old, key=new, start=-90, end=-1)
    case("the bridge expired, both roots trusted", [end, middle, dead], [old, new])
    case("the bridge expired, the old root trusted", [end, middle, dead], [old])
    case("the new root sent beside the bridge, the old one trusted", [end, middle, bridge, new], [old])
    case("the new root sent before the bridge, the old one trusted", [end, middle, new, bridge], [old])
    by_old, by_new = ca("Twice", old), None
    by_new = ca("Twice", new, key=by_old)
    end = leaf(by_old)
    for words, sent in (("old first", [by_old, by_new]), ("new first", [by_new, by_old])):
        case("issuer by two roots, " + words + ", old trusted", [end] + sent, [old])
        case("issuer by two roots, " + words + ", new trusted", [end] + sent, [new])
    stale = ca("Twice", old, key=by_old, start=-90, end=-1)
    case("issuer expired, then renewed", [end, stale, by_old], [old])
    case("issuer renewed, then expired", [end, by_old, stale], [old])
    case("issuer renewed in the store, expired sent", [end, stale], [by_old, old])
    case("issuer expired in the store, renewed sent", [end, by_old], [stale, old])
    one, two = ca("One"), ca("Two")
    x, y = ca("X", one), ca("Y", two)
    mesh = [ca("X", y, key=x), ca("Y", x, key=y), y]
    case("a mesh of three", [leaf(x)] + mesh, [two])
    case("a mesh of three, nothing trusted", [leaf(x)] + mesh, [ca("Three")])


def mixed():
    section("Several things at once")
    old, new = ca("Root", start=-90, end=-1), ca("Root")
    middle = ca("Issuing", new, aki=None)
    case("expired root of that name with another key, nothing says which", [leaf(middle, aki=None), middle], [old, new])
    weak = ca("Root", key="rsa1024")
    strong = ca("Root", key="rsa2048")
    case("a weak root beside a strong one of that name", [leaf(strong)], [weak, strong])
    limited = ca("Root", more=[constraints(["DNS:b.test"])])
    free = ca("Root", key=limited)
    case("a constrained root beside a free one with its key", [leaf(limited)], [limited, free])
    case("the same, the free one first", [leaf(limited)], [free, limited])
    client = ca("Root", eku=purpose("clientAuth"))
    server = ca("Root", key=client)
    case("a root for clients beside one for all with its key", [leaf(client)], [client, server])
    root = ca("Root")
    one = ca("Issuing", root, eku=purpose("clientAuth"))
    two = ca("Issuing", root, key=one)
    case("an intermediate for clients, then one for all", [leaf(one), one, two], [root])
    case("an intermediate for all, then one for clients", [leaf(one), two, one], [root])
    case("an intermediate for clients sent, one for all trusted", [leaf(one), one], [two, root])
    short = ca("Issuing", root, basic=basic(pathlen=0))
    low = ca("Low", short)
    wide = ca("Issuing", root, key=short)
    case("an intermediate with pathlen:0, then one without", [leaf(low), low, short, wide], [root])
    sha1 = ca("Issuing", root, digest="sha1")
    sha2 = ca("Issuing", root, key=sha1)
    case("an intermediate signed with sha1, the same with sha256 behind it", [leaf(sha1), sha1, sha2], [root])
    case("an intermediate signed with sha1, trusted", [leaf(sha1), sha1], [sha1])
    case("an intermediate signed with sha1, sha256 trusted", [leaf(sha1), sha1], [sha2])
    v1 = ca("Root", version=1)
    middle = ca("Issuing", v1, aki=None)
    case("version 1 root, intermediate", [leaf(middle), middle], [v1])
    case("wrong host and expired", [leaf(root, start=-90, end=-1)], [root], "b.test")
    for words, how in (("expired", {"start": -90, "end": -1}), ("not yet valid", {"start": 1})):
        dated = ca("Root", **how)
        upper = ca("Upper", dated)
        lower = ca("Lower", upper)
        case("out of order, the root " + words, [leaf(lower), upper, lower], [dated])
        case("a stranger sent, the issuer in the store " + words, [leaf(dated), ca("Other")], [dated])
    other = ca("Other", root)
    mixed = ca("Issuing", other)
    case("sent: leaf, root, issuing, other", [leaf(mixed), root, mixed, other], [root])
    case("the same, the other trusted", [leaf(mixed), root, mixed, other], [other])
    case("the same, the issuing trusted", [leaf(mixed), root, mixed, other], [mixed])
    case("the top sent twice, once expired", [leaf(mixed), mixed, other, ca("Other", root, key=other, end=-1, start=-9)],
         [root])
    case("the same, the expired one first", [leaf(mixed), mixed, ca("Other", root, key=other, end=-1, start=-9), other],
         [root])


def rollover():
    section("Two roots of one name")
    for words, ids, root_ids in (("key identifiers", True, True), ("none in the leaf", False, True),
                                 ("none at all", False, False)):
        old, new = (ca("Root", ski=root_ids) for _ in range(2))
        end = leaf(new, aki=ids)
        case(words + ", new first", [end], [new, old])
        case(words + ", old first", [end], [old, new])
        case(words + ", only the old", [end], [old])
        middle = ca("Issuing", new, aki=ids)
        case(words + ", intermediate, old first", [leaf(middle), middle], [old, new])
        case(words + ", intermediate, new first", [leaf(middle), middle], [new, old])
    old, new = ca("Root"), ca("Root")
    middle = ca("Issuing", new)
    case("old root sent, both trusted", [leaf(middle), middle, old], [old, new])
    case("new root sent, both trusted", [leaf(middle), middle, new], [old, new])
    past = ca("Root", start=-90, end=-1)
    new = ca("Root")
    case("other key, old one expired, without key identifiers", [leaf(new, aki=False)], [past, new])
    section("A renewed root")
    past = ca("Root", start=-90, end=-1)
    new = ca("Root", key=past)
    early = ca("Root", key=past, start=30)
    middle = ca("Issuing", new)
    end = leaf(middle)
    case("beside the expired one, new first", [end, middle], [new, past])
    case("beside the expired one, old first", [end, middle], [past, new])
    case("the expired one sent", [end, middle, past], [new])
    case("the expired one sent, both trusted", [end, middle, past], [past, new])
    case("the renewed one sent, only the expired one trusted", [end, middle, new], [past])
    case("beside one not yet valid", [end, middle], [early, new])
    case("leaf directly below, old first", [leaf(new)], [past, new])
    named = leaf(new, aki=aki(key_id(past.key), past.subject, past.serial))
    case("the leaf names the expired one by serial number", [named], [past, new])
    case("the same, the renewed one alone", [named], [new])
    wrong = leaf(new, aki=aki(b"x" * 20))
    case("key identifiers that do not match", [wrong], [new])
    printable = ca("Root", key=past, subject=name("Root", tag=0x13))
    case("the same name in another string type", [leaf(new)], [printable])
    case("the same name in another case", [leaf(new)], [ca("ROOT", key=past)])


def spellings():
    section("Spellings of a name")

    def spelled(words, above, below):
        """The issuer's subject is written so, its child's issuer so; below the root, and below an intermediate."""
        root = ca("Root", subject=above)
        case(words, [leaf(root, issuer=below)], [root])
        if words in ("VisibleString", "GeneralString", "beyond 16 bits, BMPString"):
            return  # OpenSSL cannot decode it, so the server could not send it
        root = ca("Root")
        middle = ca("Issuing", root, subject=above)
        case(words + ", intermediate", [leaf(middle, issuer=below), middle], [root])

    kinds = {"PrintableString": PRINTABLE, "TeletexString": TELETEX, "IA5String": IA5, "VisibleString": VISIBLE,
             "UniversalString": UNIVERSAL, "BMPString": BMP, "GeneralString": GENERAL}
    for words, tag in kinds.items():
        spelled(words, name("Issuer", tag=tag), name("Issuer"))
    spelled("PrintableString below BMPString", name("Issuer", tag=BMP), name("Issuer", tag=PRINTABLE))
    spelled("NumericString", name("12", "34", tag=NUMERIC), name("12", "34"))
    for words, tag in (("TeletexString", TELETEX), ("UniversalString", UNIVERSAL), ("BMPString", BMP)):
        spelled("not ASCII, " + words, name("Z\u00fcrich", tag=tag), name("Z\u00fcrich"))
    for words, tag in (("UniversalString", UNIVERSAL), ("BMPString", BMP)):
        spelled("not Latin, " + words, name("\u0141\u00f3d\u017a \u4e2d\u0430", tag=tag), name("\u0141\u00f3d\u017a \u4e2d\u0430"))
        spelled("beyond 16 bits, " + words, name("\U0001f600 x", tag=tag), name("\U0001f600 x"))
    for words, tag in (("UTF8String", UTF8), ("PrintableString", PRINTABLE), ("TeletexString", TELETEX), ("BMPString", BMP)):
        spelled("another case, " + words, name("ISSUER", tag=tag), name("Issuer", tag=tag))
        for where, cn in (("in front", " Issuer A"), ("behind", "Issuer A "), ("twice", "Issuer  A")):
            spelled(f"a blank {where}, {words}", name(cn, tag=tag), name("Issuer A", tag=tag))
    spelled("a tab for a blank", name("Issuer\tA"), name("Issuer A"))
    spelled("a tab beside a blank", name("Issuer \tA"), name("Issuer A"))
    spelled("a line break behind", name("Issuer\n"), name("Issuer"))
    spelled("no blank", name("IssuerA"), name("Issuer A"))
    spelled("a blank that does not break", name("Issuer\u00a0A"), name("Issuer A"))
    spelled("an ideographic blank", name("Issuer\u3000A"), name("Issuer A"))
    spelled("only blanks", name("  "), name(" "))
    spelled("no text and a blank", name(" "), name(""))
    spelled("not ASCII, another case", name("Z\u00dcRICH"), name("Z\u00fcrich"))
    spelled("not ASCII, composed and not", name("Zu\u0308rich"), name("Z\u00fcrich"))
    spelled("another case of a letter with a dot", name("\u0130x"), name("ix"))
    spelled("signs that need an escape", name("#a,b+c\"d\\e<f>;=", tag=PRINTABLE), name("#a,b+c\"d\\e<f>;="))
    common, org = attribute("2.5.4.3", "Issuer"), attribute("2.5.4.10", "Truth Test")
    spelled("two attributes in one, in another order", seq(tlv(0x31, org, common)), seq(tlv(0x31, common, org)))
    spelled("one after the other, in another order", seq(tlv(0x31, org), tlv(0x31, common)),
            seq(tlv(0x31, common), tlv(0x31, org)))
    spelled("two in one, and one after the other", seq(tlv(0x31, common, org)), seq(tlv(0x31, common), tlv(0x31, org)))

    def with_one(kind, text, tag=UTF8):
        return seq(tlv(0x31, common), tlv(0x31, attribute(kind, text, tag)))

    for words, kind, tag in (("country", "2.5.4.6", PRINTABLE), ("state", "2.5.4.8", UTF8), ("street", "2.5.4.9", UTF8),
                             ("unit", "2.5.4.11", UTF8), ("serial number", "2.5.4.5", PRINTABLE),
                             ("title", "2.5.4.12", UTF8), ("postal code", "2.5.4.17", UTF8),
                             ("mail", "1.2.840.113549.1.9.1", IA5), ("domain", "0.9.2342.19200300.100.1.25", IA5),
                             ("user", "0.9.2342.19200300.100.1.1", UTF8), ("unknown", "1.3.6.1.4.1.55555.2", UTF8)):
        spelled("another case of " + words, with_one(kind, "AB", tag), with_one(kind, "ab", tag))
        spelled("another type of " + words, with_one(kind, "ab", PRINTABLE if tag == UTF8 else UTF8),
                with_one(kind, "ab", tag))


def extensions():
    section("The root")
    under("good", ca("Root"))
    under("basicConstraints not critical", ca("Root", basic=basic(critical=False)))
    under("basicConstraints missing", ca("Root", basic=None))
    under("basicConstraints and keyUsage missing", ca("Root", basic=None, usage=None))
    under("CA:FALSE", ca("Root", basic=basic(False)))
    under("keyUsage missing", ca("Root", usage=None))
    under("keyUsage not critical", ca("Root", usage=usage("keyCertSign", critical=False)))
    under("keyUsage lacks keyCertSign", ca("Root", usage=usage("digitalSignature")))
    under("no key identifiers", ca("Root", ski=None), aki=None)
    under("no subject key identifier", ca("Root", ski=None))
    under("subject key identifier critical", ca("Root", ski=ski(b"k" * 20, True)), aki=None)
    under("version 1", ca("Root", version=1), aki=None)
    v1 = ca("Root", version=1)
    case("version 1, sent", [leaf(v1, aki=None), v1], [v1])
    root = ca("Root", basic=basic(pathlen=0))
    under("pathlen:0, leaf below", root)
    under("pathlen:0, intermediate below", root, ca("Issuing", root))
    root = ca("Root", basic=basic(pathlen=1))
    under("pathlen:1, intermediate below", root, ca("Issuing", root))
    under("unknown critical extension", ca("Root", more=[unknown()]))
    under("unknown extension", ca("Root", more=[unknown(False)]))
    under("extension twice", ca("Root", more=[basic()]))
    for words in (["serverAuth"], ["clientAuth"], ["any"], ["codeSigning"], ["sgc"]):
        under("EKU " + words[0], ca("Root", eku=purpose(*words)))
    under("EKU clientAuth, critical", ca("Root", eku=purpose("clientAuth", critical=True)))
    root = ca("Root", eku=purpose("clientAuth"))
    under("EKU clientAuth, intermediate below", root, ca("Issuing", root))
    middle = ca("Issuing", root)
    case("EKU clientAuth, sent", [leaf(middle), middle, root], [root])
    under("expired", ca("Root", start=-90, end=-1))
    root = ca("Root", start=-90, end=-1)
    case("expired, sent", [leaf(root), root], [root])
    under("not yet valid", ca("Root", start=1))
    under("ends in 9999", ca("Root", end=NEVER))
    under("empty serial number", ca("Root", serial=0))
    under("negative serial number", ca("Root", serial=-77))
    root = ca("Root")
    section("The intermediate")

    def middle(words, **how):
        under(words, root, ca("Issuing", root, **how))

    middle("basicConstraints not critical", basic=basic(critical=False))
    middle("basicConstraints missing", basic=None)
    middle("CA:FALSE", basic=basic(False))
    middle("keyUsage missing", usage=None)
    middle("keyUsage lacks keyCertSign", usage=usage("digitalSignature"))
    middle("no subject key identifier", ski=None)
    middle("no authority key identifier", aki=None)
    middle("version 1", version=1)
    middle("unknown critical extension", more=[unknown()])
    middle("EKU serverAuth", eku=purpose("serverAuth"))
    middle("EKU clientAuth", eku=purpose("clientAuth"))
    middle("EKU any", eku=purpose("any"))
    middle("EKU sgc", eku=purpose("sgc"))
    middle("expired", start=-90, end=-1)
    middle("not yet valid", start=1)
    middle("negative serial number", serial=-77)
    upper = ca("Upper", root, basic=basic(pathlen=0))
    low = ca("Lower", upper)
    case("pathlen:0 and another intermediate below", [leaf(low), low, upper], [root])
    same = ca("Upper", upper)
    case("pathlen:0 and a self-issued one below", [leaf(same), same, upper], [root])
    bad = ca("Issuing", root, issuer_key=ca("Other").key)
    case("signed by another key", [leaf(bad), bad], [root])
    section("The leaf")
    under("EKU missing", root, eku=None)
    under("EKU clientAuth", root, eku=purpose("clientAuth"))
    under("EKU any", root, eku=purpose("any"))
    under("EKU sgc", root, eku=purpose("sgc"))
    under("EKU serverAuth, critical", root, eku=purpose("serverAuth", critical=True))
    under("keyUsage missing", root, usage=None)
    under("keyUsage keyEncipherment alone", root, usage=usage("keyEncipherment"))
    under("keyUsage keyEncipherment alone, RSA", root, key="rsa2048", usage=usage("keyEncipherment"))
    under("keyUsage keyAgreement alone", root, usage=usage("keyAgreement"))
    under("keyUsage keyCertSign alone", root, usage=usage("keyCertSign"))
    under("CA:TRUE", root, basic=basic(), usage=usage("digitalSignature", "keyCertSign"))
    under("CA:TRUE without keyCertSign", root, basic=basic())
    under("CA:FALSE", root, basic=basic(False))
    under("pathlen without CA", root, basic=basic(False, 0))
    under("no authority key identifier", root, aki=None)
    under("no subject key identifier", root, ski=None)
    under("negative serial number", root, serial=-77)
    middle = ca("Issuing", root)
    under("authority key identifier of another, intermediate above", root, middle, aki=aki(b"x" * 20))
    under("authority key identifier critical", root, aki=("2.5.29.35", True, aki(key_id(root.key))[2]))
    under("unknown critical extension", root, more=[unknown()])
    reference = general("URI:http://a.test/")
    under("CRL distribution points critical", root, more=[
        ("2.5.29.31", True, seq(seq(tlv(0xA0, tlv(0xA0, reference)))))])
    under("authority information access critical", root, more=[
        ("1.3.6.1.5.5.7.1.1", True, seq(seq(oid("1.3.6.1.5.5.7.48.2"), reference)))])
    under("certificate policies critical", root, more=[("2.5.29.32", True, seq(seq(oid("1.3.6.1.4.1.55555.9"))))])
    under("subject alternative names critical", root, alt=alt("DNS:a.test", critical=True))
    under("empty subject", root, subject=name(None), alt=alt("DNS:a.test", critical=True))
    under("empty subject, names not critical", root, subject=name(None))
    under("version 1", root, version=1)
    under("expired", root, start=-90, end=-1)
    under("not yet valid", root, start=1)
    under("ten years", root, end=3650)
    under("longer than its root", ca("Root", end=1), end=300)
    under("signed by another key", root, issuer_key=ca("Other").key)


def name_constraints():
    section("Name constraints")

    def both(words, more, host="a.test", **how):
        root = ca("Root", more=[more])
        case("root: " + words, [leaf(root, **how)], [root], host)
        root = ca("Root")
        middle = ca("Issuing", root, more=[more])
        case("intermediate: " + words, [leaf(middle, **how), middle], [root], host)

    both("the name", constraints(["DNS:a.test"]))
    both("its domain", constraints(["DNS:test"]))
    both("its domain with a dot", constraints(["DNS:.test"]))
    both("another name", constraints(["DNS:b.test"]))
    both("another name, not critical", constraints(["DNS:b.test"], critical=False))
    both("the name excluded", constraints(excluded=["DNS:a.test"]))
    both("another excluded", constraints(excluded=["DNS:b.test"]))
    both("IP range, DNS name", constraints(["IP:0a000000ff000000"]))
    ip = alt("IP:7f000001")
    both("IP range that fits", constraints(["IP:7f000000ff000000"]), "127.0.0.1", alt=ip)
    both("IP range that does not", constraints(["IP:0a000000ff000000"]), "127.0.0.1", alt=ip)
    both("IP excluded", constraints(excluded=["IP:7f000000ff000000"]), "127.0.0.1", alt=ip)
    both("DNS, IP name", constraints(["DNS:b.test"]), "127.0.0.1", alt=ip)
    both("another name, common name only", constraints(["DNS:b.test"]), alt=None)
    both("one of two names outside", constraints(["DNS:a.test"]), alt=alt("DNS:a.test", "DNS:b.test"))
    both("wildcard inside", constraints(["DNS:test"]), alt=alt("DNS:*.sub.test", "DNS:a.test"))
    both("wildcard over an excluded name", constraints(excluded=["DNS:x.sub.test"]), alt=alt("DNS:*.sub.test", "DNS:a.test"))
    both("directory name", constraints(["DIR:Elsewhere"]))
    both("mail", constraints(["EMAIL:test"]))
    both("mail, a leaf with mail outside", constraints(["EMAIL:test"]), alt=alt("DNS:a.test", "EMAIL:x@else.where"))
    both("URI, a leaf with URI", constraints(["URI:test"]), alt=alt("DNS:a.test", "URI:https://a.else/"))
    root = ca("Root", more=[constraints(["DNS:b.test"])])
    middle = ca("Issuing", root)
    case("root: another name, intermediate below", [leaf(middle), middle], [root])
    case("root: another name, intermediate below, root sent", [leaf(middle), middle, root], [root])
    root = ca("Root")
    upper = ca("Upper", root, more=[constraints(["DNS:b.test"])])
    low = ca("Lower", upper)
    case("intermediate above another: another name", [leaf(low), low, upper], [root])
    case("the constrained intermediate is the anchor", [leaf(low), low, upper], [upper])


def algorithms():
    section("Keys and signatures")
    for kind in ("rsa1024", "rsa2048", "rsa3072", "p384", "p521", "ed25519", "ed448", "k256", "brainpool"):
        keep = {"key": kind}
        root = ca("Root", **keep)
        under("root " + kind, root)
        root = ca("Root")
        under("intermediate " + kind, root, ca("Issuing", root, **keep))
        if kind not in ("k256", "brainpool"):  # nobody speaks TLS with such a key
            under("leaf " + kind, root, **keep)
    for digest in ("md5", "sha1"):
        keep = {"digest": digest}
        strong = ca("Root", key="rsa2048")
        under("root signed with " + digest, ca("Root", key="rsa2048", **keep))
        own = ca("Root", key="rsa2048", **keep)
        case("root signed with " + digest + ", sent", [leaf(own), own], [own])
        under("intermediate signed with " + digest, strong, ca("Issuing", strong, **keep))
        under("leaf signed with " + digest, strong, **keep)
    p256 = ca("Root")
    under("leaf signed with ECDSA sha1", p256, digest="sha1")
    under("leaf signed with ECDSA sha512", p256, digest="sha512")
    strong = ca("Root", key="rsa2048")
    under("leaf signed with RSA-PSS", strong, pss=True)
    under("leaf signed with RSA sha512", strong, digest="sha512")
    under("root signed with RSA-PSS", ca("Root", key="rsa2048", pss=True))


def names():
    section("Names")
    root = ca("Root")

    def named(words, host, *given, **how):
        case(words, [leaf(root, "x", *given, **how)], [root], host)

    named("DNS", "a.test", "DNS:a.test")
    named("another case", "a.test", "DNS:A.TEST")
    named("another name", "b.test", "DNS:a.test")
    named("wildcard", "a.sub.test", "DNS:*.sub.test")
    named("wildcard for two labels", "a.b.sub.test", "DNS:*.sub.test")
    named("wildcard for no label", "sub.test", "DNS:*.sub.test")
    named("wildcard under a top-level domain", "a.test", "DNS:*.test")
    named("part of a label", "foo.sub.test", "DNS:f*.sub.test")
    named("part of a label, behind", "foo.sub.test", "DNS:*o.sub.test")
    named("wildcard in the second label", "a.sub.test", "DNS:a.*.test")
    named("wildcard over xn--", "xn--bcher-kva.sub.test", "DNS:*.sub.test")
    named("underscore", "foo_bar.test", "DNS:foo_bar.test")
    named("wildcard over an underscore", "foo_bar.sub.test", "DNS:*.sub.test")
    named("dot at the end of the name", "a.test", "DNS:a.test.")
    named("domain with a dot in front", "a.sub.test", "DNS:.sub.test")
    named("wildcard alone", "a.test", "DNS:*")
    named("IPv4", "127.0.0.1", "IP:7f000001")
    named("IPv6", "::1", "IP:" + "00" * 15 + "01")
    named("another IP", "127.0.0.1", "IP:7f000002")
    named("IP as DNS", "127.0.0.1", "DNS:127.0.0.1")
    named("IP and DNS", "127.0.0.1", "DNS:a.test", "IP:7f000001")
    named("DNS bad, then good", "a.test", "DNS:b.test", "DNS:a.test")
    named("DNS not ASCII, then good", "a.test", "DNS:\u00fc.test", "DNS:a.test")
    for words, host, cn, given in (
            ("common name only", "a.test", "a.test", None),
            ("common name beside another DNS", "a.test", "a.test", alt("DNS:b.test")),
            ("common name beside an IP", "a.test", "a.test", alt("IP:7f000001")),
            ("common name beside mail", "a.test", "a.test", alt("EMAIL:x@a.test")),
            ("common name beside a URI", "a.test", "a.test", alt("URI:https://a.test/")),
            ("common name a wildcard", "a.sub.test", "*.sub.test", None),
            ("common name an IP", "127.0.0.1", "127.0.0.1", None),
            ("common name an IP beside DNS", "127.0.0.1", "127.0.0.1", alt("DNS:a.test"))):
        case(words, [leaf(root, cn, alt=given)], [root], host)
    case("common name only, EKU clientAuth", [leaf(root, alt=None, eku=purpose("clientAuth"))], [root])


def shapes():
    section("The file of anchors")
    root, other = ca("Root"), ca("Other")
    sent = [leaf(root)]
    good, more = pem(root.der), pem(other.der)
    bad = "-----BEGIN CERTIFICATE-----\nMIIB!!not base64!!\n-----END CERTIFICATE-----\n"
    junk = pem(b"0\x03\x02\x01\x05")
    body = "".join(good.splitlines()[1:-1])
    dash = "-----"

    def shape(words, *parts, store=(root,)):
        case(words, sent, list(store), shape=b"".join(one.encode() if isinstance(one, str) else one for one in parts))

    shape("plain", good)
    shape("CRLF", good.replace("\n", "\r\n"))
    shape("byte order mark", b"\xef\xbb\xbf", good)
    shape("byte order mark before another", b"\xef\xbb\xbf", more, good)
    shape("byte order mark in the middle", more, b"\xef\xbb\xbf", good)
    shape("UTF-16", good.encode("utf-16"))
    shape("no newline at the end", good.rstrip("\n"))
    shape("two joined without a newline", more.rstrip("\n"), good)
    shape("two joined without a newline, the wanted first", good.rstrip("\n"), more)
    shape("damaged base64 before", bad, good)
    shape("damaged base64 behind", good, bad)
    shape("no certificate inside, before", junk, good)
    shape("no certificate inside, behind", good, junk)
    shape("text before", "Certificate:\n    Data:\n        Version: 3 (0x2)\n", good)
    shape("comments", "# the root\n", good, "# end\n")
    shape("text between", more, "\nSubject: Root\n", good)
    shape("blanks before the lines", *(f"  {line}\n" for line in good.splitlines()))
    shape("blanks behind the lines", *(f"{line}  \n" for line in good.splitlines()))
    shape("blank line in the block", good.replace("\n", "\n\n", 1))
    shape("blank lines all over", good.replace("\n", "\n\n"))
    shape("76 columns", dash + "BEGIN CERTIFICATE" + dash + "\n",
          *(body[i:i + 76] + "\n" for i in range(0, len(body), 76)), dash + "END CERTIFICATE" + dash + "\n")
    shape("one long line", f"{dash}BEGIN CERTIFICATE{dash}\n{body}\n{dash}END CERTIFICATE{dash}\n")
    shape("END missing, at the end", more, good.rsplit("\n", 2)[0] + "\n")
    shape("END missing, before", more.rsplit("\n", 2)[0] + "\n", good)
    shape("X509 CERTIFICATE", pem(root.der, "X509 CERTIFICATE"))
    shape("X509 CERTIFICATE before another", pem(root.der, "X509 CERTIFICATE"), more)
    shape("X509 CERTIFICATE behind another", more, pem(root.der, "X509 CERTIFICATE"))
    shape("BEGIN cut off behind", good, f"{dash}BEGIN CERTIFICATE--")
    shape("END cut off and joined before", more.rsplit("TE--", 1)[0], good)
    shape("a block on one line before", f"{dash}BEGIN X{dash}\rMIIB\r{dash}END X{dash}\r\n", good)
    shape("TRUSTED CERTIFICATE", pem(root.der, "TRUSTED CERTIFICATE"))
    trust = seq(seq(oid(PURPOSES["serverAuth"])))
    shape("TRUSTED CERTIFICATE for servers", pem(root.der + trust, "TRUSTED CERTIFICATE"))
    reject = seq(tlv(0xA0, oid(PURPOSES["serverAuth"])))
    shape("TRUSTED CERTIFICATE that rejects servers", pem(root.der + reject, "TRUSTED CERTIFICATE"))
    shape("a key before", private_pem(make_key("p256")), good)
    shape("a key between", more, private_pem(make_key("p256")), good)
    shape("DER", root.der)
    shape("DER before PEM", other.der, "\n", good)
    shape("PKCS#7", pem(seq(oid("1.2.840.113549.1.7.2"), tlv(0xA0, seq(
        integer(1), tlv(0x31), seq(oid("1.2.840.113549.1.7.1")), tlv(0xA0, root.der), tlv(0x31)))), "PKCS7"))
    shape("headers in the block", good.replace("\n", "\nProc-Type: x\n\n", 1))
    shape("trailing bytes in the block", pem(root.der + b"\0\0\0"))
    shape("trailing bytes in another before", pem(other.der + b"\0\0\0"), good)
    lone, end = f"{dash}BEGIN CERTIFICATE{dash}\n", f"{dash}END CERTIFICATE{dash}\n"
    half = "".join(more.splitlines(True)[:4])
    key = private_pem(make_key("p256"))

    def block(label, inside):
        return f"{dash}BEGIN {label}{dash}\n{inside}{dash}END {label}{dash}\n"

    shape("two joined, then a plain one", more.rstrip("\n"), pem(ca("Third").der), good)
    shape("a plain one, then two joined", good, more.rstrip("\n"), pem(ca("Third").der))
    shape("two joined, CRLF", more.rstrip("\n"), good.replace("\n", "\r\n"))
    shape("text behind END", good.rstrip("\n"), " x\n", more)
    shape("text behind the END of another", more.rstrip("\n"), " x\n", good)
    shape("text before BEGIN", "x", good)
    shape("base64 on the BEGIN line", good.replace("\n", "", 1))
    shape("base64 on the BEGIN line of another", more.replace("\n", "", 1), good)
    shape("base64 on the END line", good.replace("\n" + end, end))
    shape("base64 on the END line of another", more.replace("\n" + end, end), good)
    shape("four dashes behind the END of another", more.rstrip("-\n"), "----\n", good)
    shape("END of another type before", more.replace("END CERT", "END X509 CERT"), good)
    shape("BEGIN alone before", lone, good)
    shape("BEGIN alone behind", good, lone)
    shape("END alone before", end, good)
    shape("cut off before", half, good)
    shape("cut off behind", good, half)
    shape("cut off before, with an END", half, end, good)
    shape("quoted before", *(f"> {line}\n" for line in more.splitlines()), good)
    shape("a comment with BEGIN CERTIFICATE", f"# here {dash}BEGIN CERTIFICATE{dash}\n", good)
    shape("byte order mark behind a comment", "# here\n", b"\xef\xbb\xbf", good)
    shape("CR alone", good.replace("\n", "\r"))
    shape("CR alone before", more.replace("\n", "\r"), "\n", good)
    shape("blank line before the END of another", more.replace(end, "\n" + end), good)
    shape("blank line on top, 63 columns", lone, "\n", body[:63] + "\n", body[63:126] + "\n", body[126:] + "\n", end)
    shape("HTML", "<!DOCTYPE html>\n<html></html>\n")
    shape("HTML around", "<html><pre>\n", good, "</pre></html>\n")
    shape("UTF-16 before", more.encode("utf-16"), "\n", good)
    shape("a NUL before", b"\0\n", good)
    shape("a NUL behind", good, b"\0")
    shape("a key that is no base64 before", block("PRIVATE KEY", "MIIB!!\n"), good)
    shape("a key that is no base64 behind", good, block("PRIVATE KEY", "MIIB!!\n"))
    shape("a key cut off before", block("PRIVATE KEY", key.splitlines(True)[1]), good)
    shape("an encrypted key before", block("ENCRYPTED PRIVATE KEY", "MIIB\n"), good)
    shape("a key joined before", key.rstrip("\n"), good)
    shape("a CRL cut off before", block("X509 CRL", "MIIB\n"), good)
    shape("another type before", block("X", "MIIB\n"), good)
    shape("another type, empty, before", block("X", ""), good)
    shape("another type without END before", f"{dash}BEGIN X{dash}\nMIIB\n", good)
    shape("a request before", block("CERTIFICATE REQUEST", "MIIB\n"), good)
    shape("TRUSTED CERTIFICATE with no certificate inside, before", block("TRUSTED CERTIFICATE", "MAMCAQU=\n"), good)
    shape("the same twice", good, good)
    shape("many others before", *(pem(ca(f"Other {i}").der) for i in range(20)), good)
    shape("empty", "")
    shape("text only", "no certificate\n")
    upper = ca("Intermediate", root)
    case("TRUSTED CERTIFICATE for servers, an intermediate", [leaf(upper), upper], [upper],
         shape=pem(upper.der + trust, "TRUSTED CERTIFICATE").encode())


# RFC 2409, section 6.2, and RFC 3526, section 2
GROUPS = {1024: (894, 129093), 1536: (1406, 741804)}


def dh_parameters(bits):
    """The prime is made of digits of pi."""
    shift, more = GROUPS[bits]

    def arctan(of, one):
        total = part = one // of
        for n in itertools.count(1):
            part //= of * of
            if not part:
                return total
            total += (-1) ** n * (part // (2 * n + 1))

    pi = 4 * (4 * arctan(5, 1 << shift + 64) - arctan(239, 1 << shift + 64)) >> 64
    return pem(seq(integer(2**bits - 2**(bits - 64) - 1 + 2**64 * (pi + more)), integer(2)), "DH PARAMETERS")


def handshakes():
    section("Handshakes")
    root = ca("Root")
    lax, both = ":@SECLEVEL=0", usage("digitalSignature", "keyEncipherment")

    def served(words, *options, key="rsa2048", above=(), usage=both):
        serve = ["openssl", "s_server", "-quiet", "-www", "-accept", "{port}", "-cert", "{path}.pem", "-key", "{path}.key"]
        if above:
            serve += ["-cert_chain", "{path}.above"]
        case(words, [leaf(root, key=key, usage=usage), *above], [root], serve=serve + list(options))

    def gnutls(words, priority):
        case(words, [leaf(root, key="rsa2048", usage=both)], [root], serve=[
            "gnutls-serv", "--http", "-q", "-p", "{port}", "--x509certfile", "{path}.pem", "--x509keyfile", "{path}.key",
            "--priority", "NORMAL" + priority])

    def suite(words, cipher, *options, **how):
        served(words, "-tls1_2", "-cipher", cipher, *options, **how)

    for version in "1", "1_1", "1_2", "1_3":
        served("TLS 1." + (version[2:] or "0"), "-tls" + version, "-cipher", "ALL" + lax)
    for words, signature, key in (("RSA and SHA-1", "RSA+SHA1", "rsa2048"), ("ECDSA and SHA-1", "ECDSA+SHA1", "p256"),
                                  ("RSA and SHA-224", "RSA+SHA224", "rsa2048"), ("ECDSA and SHA-384", "ECDSA+SHA384", "p256"),
                                  ("RSA-PSS", "RSA-PSS+SHA256", "rsa2048")):
        served("signed by " + words, "-tls1_2", "-sigalgs", signature, "-cipher", "ALL" + lax, key=key)
    gnutls("without RFC 5746", ":-VERS-TLS1.3:%DISABLE_SAFE_RENEGOTIATION")
    gnutls("without RFC 5746 and RFC 7627", ":-VERS-TLS1.3:%DISABLE_SAFE_RENEGOTIATION:%NO_SESSION_HASH")
    gnutls("without RFC 7627", ":-VERS-TLS1.3:%NO_SESSION_HASH")
    for bits in GROUPS:
        suite(f"DHE of {bits} bits", "DHE" + lax, "-dhparam", f"{{where}}/dh{bits}.pem")
    suite("DHE of 1024 bits before ECDHE", "DHE:ECDHE" + lax, "-dhparam", "{where}/dh1024.pem", "-serverpref")
    suite("DHE of 1024 bits after ECDHE", "ECDHE:DHE" + lax, "-dhparam", "{where}/dh1024.pem", "-serverpref")
    suite("DHE of 2048 bits", "DHE-RSA-AES128-GCM-SHA256")
    suite("RSA key exchange, GCM", "AES128-GCM-SHA256")
    suite("RSA key exchange, CBC", "AES128-SHA")
    suite("RSA key exchange, keyUsage digitalSignature alone", "AES128-SHA", usage=usage("digitalSignature"))
    for cipher in "RSA-AES128-SHA", "RSA-AES128-SHA256", "RSA-AES256-SHA384", "RSA-CHACHA20-POLY1305", "ARIA128-GCM-SHA256":
        suite("ECDHE-" + cipher, "ECDHE-" + cipher)
    suite("ECDHE-ECDSA-AES128-CCM", "ECDHE-ECDSA-AES128-CCM", key="p256")
    for group in "P-384", "P-521", "X448", "ffdhe2048":
        served(f"the group {group} alone", "-groups", group)
    for size in 31000, 34000, 64000, 66000, 101000, 104000, 140000:
        above = [ca(f"Other {n}", more=[("2.16.840.1.113730.1.13", False, tlv(0x16, b"x" * (size // 8 - 450)))])
                 for n in range(8)]
        served(f"a Certificate message of some {size} bytes", above=above)


def cases():
    if not LISTED:
        for group in (anchors, doubled, serial_numbers, deep, crossed, mixed,
                      rollover, spellings, extensions, name_constraints, algorithms, names, shapes, handshakes):
            group()
    return LISTED


def write(into):
    for number, one in enumerate(cases()):
        path = os.path.join(into, str(number))
        with open(path + ".pem", "w") as file:
            file.write("".join(pem(cert.der) for cert in one.chain))
        with open(path + ".key", "w") as file:
            file.write(private_pem(one.chain[0].key))
        with open(path + ".store", "wb") as file:
            file.write("".join(pem(cert.der) for cert in one.store).encode() if one.shape is None else one.shape)
        with open(path + ".jks", "wb") as file:
            file.write(keystore(one.store))
        if one.serve:
            with open(path + ".above", "w") as file:
                file.write("".join(pem(cert.der) for cert in one.chain[1:]))
            with open(path + ".serve", "w") as file:
                file.writelines(word.format(path=path, where=into, port=FIRST_PORT + number) + "\n" for word in one.serve)
    for bits in GROUPS:
        with open(os.path.join(into, f"dh{bits}.pem"), "w") as file:
            file.write(dh_parameters(bits))
    with open(os.path.join(into, "list"), "w") as file:
        for number, one in enumerate(LISTED):
            file.write(f"{number}\t{one.host}\t{one.section}\t{one.words}\n")


if __name__ == "__main__":
    write(sys.argv[1])
