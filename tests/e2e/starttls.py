# SPDX-License-Identifier: Apache-2.0
"""starttls.py PORT PROTOCOL CHAIN KEY: greets as PROTOCOL does, then speaks TLS.

PROTOCOL may end in -none (offers no TLS) or -extra (sends a byte too many before TLS begins).
"""
import socket
import ssl
import sys
import threading

port, protocol, chain, key = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
protocol, _, fault = protocol.partition("-")
offer = fault != "none"


def line(peer):
    text = b""
    while not text.endswith(b"\n"):
        byte = peer.recv(1)
        if not byte:
            raise OSError("closed")
        text += byte
    return text.strip()


def smtp(peer):
    peer.sendall(b"220-mail.test\r\n220 ready\r\n")
    assert line(peer).upper().startswith(b"EHLO")
    peer.sendall(b"250-mail.test\r\n" + (b"250-STARTTLS\r\n" if offer else b"") + b"250 SIZE 1\r\n")
    assert line(peer).upper() == b"STARTTLS"
    peer.sendall(b"220 go ahead\r\n" if offer else b"502 no\r\n")


def imap(peer):
    peer.sendall(b"* OK [CAPABILITY IMAP4rev1%s] ready\r\n" % (b" STARTTLS" if offer else b""))
    while True:
        tag, command = line(peer).split(b" ", 1)
        if command.upper() == b"STARTTLS":
            peer.sendall(tag + (b" OK begin\r\n" if offer else b" BAD no\r\n"))
            return
        peer.sendall(b"* CAPABILITY IMAP4rev1%s\r\n" % (b" STARTTLS" if offer else b""))
        peer.sendall(tag + b" OK done\r\n")


def pop3(peer):
    peer.sendall(b"+OK ready\r\n")
    while True:
        command = line(peer).upper()
        if command == b"STLS":
            peer.sendall(b"+OK begin\r\n" if offer else b"-ERR no\r\n")
            return
        peer.sendall(b"+OK\r\n" + (b"STLS\r\n" if offer else b"") + b".\r\n")


def ftp(peer):
    peer.sendall(b"220-hello\r\n220 ready\r\n")
    assert line(peer).upper() in (b"AUTH TLS", b"AUTH SSL")
    peer.sendall(b"234 go\r\n" if offer else b"534 no\r\n")


def ldap(peer):
    assert b"1.3.6.1.4.1.1466.20037" in peer.recv(100)
    peer.sendall(b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01" + (b"\x00" if offer else b"\x02") + b"\x04\x00\x04\x00")


def postgres(peer):
    assert peer.recv(8) == b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
    peer.sendall(b"S" if offer else b"N")


def mysql(peer):
    flags = b"\xff\xff" if offer else b"\xff\xf7"
    body = b"\x0a8.0.36\x00\x01\x00\x00\x00abcdefgh\x00" + flags + b"\x21\x02\x00\xff\xdf\x15" + b"\x00" * 10
    body += b"ijklmnopqrst\x00mysql_native_password\x00"
    peer.sendall(len(body).to_bytes(3, "little") + b"\x00" + body)
    request = peer.recv(36)
    assert len(request) == 36 and request[3] == 1 and request[5] & 8


def xmpp(peer):
    text = b""
    while b"version=" not in text or not text.rstrip().endswith(b">"):
        text += peer.recv(4096)
    feature = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" if offer else b""
    peer.sendall(b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='1' version='1.0' "
                 b"xmlns:stream='http://etherx.jabber.org/streams' from='app.test'>"
                 b"<stream:features>" + feature + b"</stream:features>")
    assert b"starttls" in peer.recv(4096)
    peer.sendall(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")


def serve(peer):
    try:
        globals()[protocol](peer)
        if fault == "extra":
            peer.sendall(b"X")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        with context.wrap_socket(peer, server_side=True) as tls:
            tls.recv(1)
    except (OSError, AssertionError, ValueError):
        pass
    finally:
        peer.close()


listener = socket.create_server(("127.0.0.1", port))
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
