# SPDX-License-Identifier: Apache-2.0
"""exec-index.py PORT CHAIN KEY DIR: the files of DIR over HTTPS."""
import functools
import http.server
import ssl
import sys

port, chain, key, root = sys.argv[1:]
handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=root)
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(chain, key)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
