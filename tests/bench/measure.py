# SPDX-License-Identifier: Apache-2.0
"""measure.py RUNS BEFORE COMMAND [BEFORE COMMAND]...

Runs the commands in turn, RUNS times, each after its BEFORE (sh, not measured; may be empty).  Prints per
command the median in milliseconds and a ceiling of its memory in KiB (a child starts with its parent's peak, so
never less than this program's own), or the words it failed with.
"""
import os
import shlex
import statistics
import subprocess
import sys
import time

runs = int(sys.argv[1])
pairs = list(zip(sys.argv[2::2], sys.argv[3::2]))
took = [[] for _ in pairs]
peak = [0 for _ in pairs]
null = os.open(os.devnull, os.O_RDWR)

for _ in range(runs + 1):  # the first round warms the caches and is dropped
    for i, (before, command) in enumerate(pairs):
        if before:
            subprocess.run(before, shell=True, check=True, stdin=null, stdout=null, stderr=null)
        argv = shlex.split(command)
        begun = time.monotonic()
        pid = os.posix_spawnp(argv[0], argv, os.environ,
                              file_actions=[(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1, 2)])
        _, status, usage = os.wait4(pid, 0)
        took[i].append(1000 * (time.monotonic() - begun))
        peak[i] = max(peak[i], usage.ru_maxrss)
        if os.waitstatus_to_exitcode(status) not in (0, 3):
            sys.exit("status %d: %s" % (os.waitstatus_to_exitcode(status), command))

print(" ".join("%.2f %d" % (statistics.median(times[1:]), memory) for times, memory in zip(took, peak)))
