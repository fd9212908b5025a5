# SPDX-License-Identifier: Apache-2.0
"""
world.py COMMAND...: runs it in a mount namespace of its own whose / is a private mount point, even if / was none, as
after a plain chroot: there unshare(1) fails, and nothing could make / read-only.
"""

import ctypes
import os
import signal
import sys

CLONE_NEWNS = 0x20000
MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 0x1000, 0x4000, 0x40000, 2
libc = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    if getattr(libc, name)(*arguments) < 0:
        sys.exit(f"world.py: {name}: {os.strerror(ctypes.get_errno())}")


cwd = os.getcwd()
os.chdir("/")
call("unshare", CLONE_NEWNS)
# Entering a mount namespace, even one's own, moves to its root, out of a chroot; only that root can be made private.
here = os.open(".", os.O_PATH)
call("setns", os.open("/proc/self/ns/mnt", os.O_RDONLY), CLONE_NEWNS)
call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
os.fchdir(here)
call("mount", b".", b"/", None, MS_BIND | MS_REC, None)
# "/" is still what is below that mount, "/.." is the mount (pivot_root(2) has the dots).
os.chdir("/..")
call("pivot_root", b".", b".")
call("umount2", b".", MNT_DETACH)
os.chdir(cwd)
for one in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and so would all that it becomes
    signal.signal(one, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])
