# SPDX-License-Identifier: Apache-2.0
"""terminal.py ANSWERS COMMAND...: run it on a terminal, give one answer each time it has asked (with commas between
them, then the end of input), leave with its status.  One that begins with '<' is typed before anything is asked."""
import os
import pty
import select
import signal
import sys
import time

answers = sys.argv[1].split(",")
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])

if answers[0].startswith("<"):
    os.write(terminal, answers.pop(0)[1:].encode() + b"\n")
asked, end, seen = 0, time.monotonic() + 30, b""
while time.monotonic() < end:
    if not select.select([terminal], [], [], 0.2)[0]:
        # Quiet after a line that did not end: a question.
        if len(seen) > asked and not seen.endswith(b"\n"):
            os.write(terminal, answers.pop(0).encode() + b"\n" if answers else b"\x04")
            asked = len(seen)
        continue
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    seen += data
else:
    os.kill(pid, signal.SIGKILL)
sys.stdout.buffer.write(seen)
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
