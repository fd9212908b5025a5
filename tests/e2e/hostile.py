# SPDX-License-Identifier: Apache-2.0
"""hostile.py PORT MODE [ARGUMENT]: a peer, a proxy or a web server that misbehaves in one way."""
import os
import socket
import ssl
import sys
import threading
import time

port, mode = int(sys.argv[1]), sys.argv[2]
argument = sys.argv[3] if len(sys.argv) > 3 else ""


def u16(n):
    return n.to_bytes(2, "big")


def u24(n):
    return n.to_bytes(3, "big")


def handshake(kind, body):
    """TLS 1.2 records that carry one handshake message."""
    message = bytes([kind]) + u24(len(body)) + body
    records = b""
    for at in range(0, len(message), 16000):
        part = message[at:at + 16000]
        records += b"\x16\x03\x03" + u16(len(part)) + part
    return records


SERVER_HELLO = handshake(2, b"\x03\x03" + os.urandom(32) + b"\x00" + b"\xc0\x2f\x00")


def certificates(*ders):
    body = b"".join(u24(len(der)) + der for der in ders)
    return handshake(11, u24(len(body)) + body)


# ---- who sends somebody's chain (ARGUMENT, PEM) and has no key for it: TLS 1.2 --------------------

def hello(peer, cipher):
    """Read the ClientHello; a ServerHello of this cipher with its session, and the chain."""
    head = peer.recv(5, socket.MSG_WAITALL)
    body = peer.recv(int.from_bytes(head[3:], "big"), socket.MSG_WAITALL)
    session = body[38:39 + body[38]]
    extensions = b"\xff\x01\x00\x01\x00"
    server = b"\x03\x03" + os.urandom(32) + session + cipher + b"\x00" + u16(len(extensions)) + extensions
    with open(argument) as file:
        pems = file.read().split("-----END CERTIFICATE-----")[:-1]
    ders = [ssl.PEM_cert_to_DER_cert(pem[pem.index("-----BEGIN"):] + "-----END CERTIFICATE-----\n") for pem in pems]
    return handshake(2, server) + certificates(*ders)


ECDHE, RSA = b"\xc0\x2f", b"\x00\x9c"
HANDSHAKE_FAILURE = b"\x15\x03\x03\x00\x02\x02\x28"
HELLO_DONE = handshake(14, b"")
DEMAND = handshake(13, b"\x01\x01" + u16(2) + b"\x04\x01" + u16(0))


def garbled():
    """A ServerKeyExchange, X25519, with a made-up signature."""
    return handshake(12, b"\x03\x00\x1d\x20" + os.urandom(32) + b"\x04\x01" + u16(256) + os.urandom(256))


def keyless_cut(peer):
    peer.sendall(hello(peer, ECDHE))


def keyless_stall(peer):
    peer.sendall(hello(peer, ECDHE))
    drain(peer)


def keyless_alert(peer):
    peer.sendall(hello(peer, ECDHE) + HANDSHAKE_FAILURE)


def keyless_garble(peer):
    peer.sendall(hello(peer, ECDHE) + garbled() + HELLO_DONE)
    drain(peer)


def keyless_demand(peer):
    peer.sendall(hello(peer, ECDHE) + garbled() + DEMAND + HELLO_DONE)
    drain(peer)


def keyless_demand_alert(peer):
    peer.sendall(hello(peer, ECDHE) + DEMAND + HANDSHAKE_FAILURE)


def keyless_rsa(peer):
    """RSA key exchange: nothing is signed, and it cannot read the secret that comes."""
    peer.sendall(hello(peer, RSA) + HELLO_DONE)
    peer.recv(65536)


def keyless_rsa_demand(peer):
    peer.sendall(hello(peer, RSA) + DEMAND + HELLO_DONE)
    peer.recv(65536)
    peer.sendall(HANDSHAKE_FAILURE)
    drain(peer)


# ---- who stands before a real server of TLS 1.3 and spoils one record ------------------------------
# ARGUMENT is PORT:N, where N is 1 when that server sends a CertificateRequest, else 0.

def record(peer):
    head = peer.recv(5, socket.MSG_WAITALL)
    return head + peer.recv(int.from_bytes(head[3:], "big"), socket.MSG_WAITALL) if len(head) == 5 else b""


def relay(peer, last, garbles):
    """Pass on the encrypted records up to the `last`: 2 is Certificate, 3 CertificateVerify, 4 Finished."""
    behind, more = map(int, argument.split(":"))
    with socket.create_connection(("127.0.0.1", behind)) as server:
        server.sendall(record(peer))
        seen, last = 0, last + more
        while seen < last:
            data = record(server)
            if not data:
                return
            seen += data[0] == 23
            if seen == last and garbles:
                data = data[:-1] + bytes([data[-1] ^ 1])
            peer.sendall(data)
        if garbles:
            drain(peer)


def relay_cut(peer):
    relay(peer, 2, False)


def relay_unsigned(peer):
    relay(peer, 3, False)


def relay_garble(peer):
    relay(peer, 3, True)


def relay_finished(peer):
    relay(peer, 4, True)


def http(peer, status, body=b"", *headers):
    peer.recv(4096)
    head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\n" % (status.encode(), len(body))
    head += b"".join(line.encode() + b"\r\n" for line in headers)
    peer.sendall(head + b"Connection: close\r\n\r\n" + body)


def drain(peer):
    while peer.recv(65536):
        pass


def silent(peer):
    drain(peer)


def drip(peer):
    data = SERVER_HELLO + certificates(b"0" * 2000)
    for byte in data:
        peer.sendall(bytes([byte]))
        time.sleep(1)


def plain_http(peer):
    http(peer, "400 Bad Request", b"<html>this is not a TLS port</html>")


def banner(peer):
    peer.sendall(b"220 mail.test ESMTP\r\n")
    drain(peer)


def close(peer):
    peer.recv(4096)
    peer.sendall(SERVER_HELLO)


def close_first(peer):
    peer.recv(4096)


def alert(peer):
    peer.recv(4096)
    peer.sendall(b"\x15\x03\x03\x00\x02\x02\x28")


def garbage(peer):
    peer.recv(4096)
    peer.sendall(SERVER_HELLO + certificates(b"\x30\x82\xff\xff" + os.urandom(300)))
    drain(peer)


def huge_length(peer):
    peer.recv(4096)
    peer.sendall(SERVER_HELLO + b"\x16\x03\x03\x40\x00\x0b\xff\xff\xff\xff\xff\xfc" + b"\x00" * 16377)
    drain(peer)


def large(peer):
    peer.recv(4096)
    with open(argument, "rb") as file:
        peer.sendall(SERVER_HELLO + certificates(file.read()))
    drain(peer)


def connect_endless(peer):
    peer.recv(4096)
    peer.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        peer.sendall(b"X-More: and more of it\r\n" * 100)


def connect_long(peer):
    peer.recv(4096)
    peer.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        peer.sendall(b"a" * 4096)


def connect_drip(peer):
    peer.recv(4096)
    peer.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        peer.sendall(b"X")
        time.sleep(0.5)


def connect_nonsense(peer):
    peer.recv(4096)
    peer.sendall(b"\x00\x01\x02 hello\r\n\r\n")
    drain(peer)


def socks_refuse(peer):
    peer.recv(300)
    peer.sendall(b"\x05\x00")
    peer.recv(300)
    peer.sendall(b"\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00")


def socks_none(peer):
    peer.recv(300)
    peer.sendall(b"\x05\xff")


def aia_redirect(peer):
    http(peer, "302 Found", b"", "Location: http://127.0.0.1:%d/again%d" % (port, time.monotonic_ns()))


def aia_near(peer):
    http(peer, "302 Found", b"", "Location: http://127.0.0.1:8081/mitm-root.der")


def aia_file(peer):
    http(peer, "302 Found", b"", "Location: file:///etc/passwd")


def aia_hang(peer):
    drain(peer)


def aia_html(peer):
    http(peer, "200 OK", b"<html><body>Please sign in</body></html>", "Content-Type: text/html")


def aia_endless(peer):
    peer.recv(4096)
    peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        peer.sendall(b"\x30" * 65536)


def serve(peer):
    try:
        globals()[mode.replace("-", "_")](peer)
    except OSError:
        pass
    finally:
        peer.close()


listener = socket.create_server(("", port))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
