# SPDX-License-Identifier: Apache-2.0
"""terminal.py ANSWER COMMAND...: run it on a terminal, give one answer once it has asked, leave with its status."""
import os
import pty
import select
import signal
import sys
import time

answer = sys.argv[1].encode() + b"\n"
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])

asked, end, seen = False, time.monotonic() + 30, b""
while time.monotonic() < end:
    if not select.select([terminal], [], [], 0.2)[0]:
        # Quiet after a line that did not end: a question.
        if seen and not seen.endswith(b"\n") and not asked:
            os.write(terminal, answer)
            asked = True
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
