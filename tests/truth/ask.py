# SPDX-License-Identifier: Apache-2.0
"""ask.py DIR: what this Python's default context says of each case."""

import socket
import ssl
import sys

where = sys.argv[1]
for line in open(where + "/list"):
    number, host = line.split("\t")[:2]
    said = "yes"
    try:
        context = ssl.create_default_context(cafile=f"{where}/{number}.store")
        with socket.create_connection(("127.0.0.1", 20000 + int(number)), 10) as plain:
            context.wrap_socket(plain, server_hostname=host).close()
    except (ssl.SSLError, ssl.CertificateError, OSError) as error:
        said = f"no\t{error}"
    print(f"{number}\t{said}")
