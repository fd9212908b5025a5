# SPDX-License-Identifier: Apache-2.0
"""hostile.py PORT MODE [ARGUMENT]: a peer, a proxy or a web server that misbehaves in one way."""
import os
import socket
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


listener = socket.create_server(("127.0.0.1", port))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
