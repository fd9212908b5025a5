# SPDX-License-Identifier: Apache-2.0
"""changing.py PORT COUNT CHAIN KEY CHAIN2 KEY2: COUNT connections get the first chain, the rest the second,
which may be /dev/null: then they are closed."""
import socket
import ssl
import sys

port, count = int(sys.argv[1]), int(sys.argv[2])
pairs = [sys.argv[3:5], sys.argv[5:7]]
contexts = []
for chain, key in pairs:
    contexts.append(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
    if chain != "/dev/null":
        contexts[-1].load_cert_chain(chain, key)

listener = socket.create_server(("127.0.0.1", port))
served = 0
while True:
    peer = listener.accept()[0]
    peer.settimeout(5)
    try:
        with contexts[served >= count].wrap_socket(peer, server_side=True) as tls:
            served += 1
            tls.recv(1)
    except OSError:
        # The port being looked at, or a client that had enough.
        peer.close()
