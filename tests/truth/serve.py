# SPDX-License-Identifier: Apache-2.0
"""serve.py DIR: each case on its port (cases.py), until it is ended; DIR/ready when all listen."""

import asyncio
import os
import ssl
import sys

from cases import FIRST_PORT

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


async def answer(reader, writer):
    try:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ANSWER)
        await writer.drain()
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
        pass
    finally:
        writer.close()


async def serve(where):
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    with open(os.path.join(where, "list")) as file:
        numbers = [int(line.split("\t")[0]) for line in file]
    for number in numbers:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("ALL:@SECLEVEL=0")
        path = os.path.join(where, str(number))
        context.load_cert_chain(path + ".pem", path + ".key")
        await asyncio.start_server(answer, None, FIRST_PORT + number, ssl=context, backlog=64)
    open(os.path.join(where, "ready"), "w").close()
    await asyncio.Event().wait()


asyncio.run(serve(sys.argv[1]))
