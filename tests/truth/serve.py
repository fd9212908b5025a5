# SPDX-License-Identifier: Apache-2.0
"""serve.py DIR: each case on its port (cases.py), until it is ended; DIR/ready when all listen."""

import asyncio
import ctypes
import os
import signal
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


async def serve_by(path):
    """The command of the case, which goes with us."""
    with open(path) as file:
        words = file.read().splitlines()
    quiet = asyncio.subprocess.DEVNULL
    await asyncio.create_subprocess_exec(*words, stdin=quiet, stdout=quiet, stderr=quiet,
                                         preexec_fn=lambda: ctypes.CDLL(None).prctl(1, signal.SIGKILL))
    port = int(words[words.index("-accept" if "-accept" in words else "-p") + 1])
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            return writer.close()
        except OSError:
            await asyncio.sleep(0.05)
    sys.exit(f"{' '.join(words)}: does not listen")


async def serve(where):
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
    with open(os.path.join(where, "list")) as file:
        numbers = [int(line.split("\t")[0]) for line in file]
    for number in numbers:
        if os.path.exists(os.path.join(where, f"{number}.serve")):
            await serve_by(os.path.join(where, f"{number}.serve"))
            continue
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("ALL:@SECLEVEL=0")
        path = os.path.join(where, str(number))
        context.load_cert_chain(path + ".pem", path + ".key")
        await asyncio.start_server(answer, None, FIRST_PORT + number, ssl=context, backlog=64)
    open(os.path.join(where, "ready"), "w").close()
    await asyncio.Event().wait()


asyncio.run(serve(sys.argv[1]))
