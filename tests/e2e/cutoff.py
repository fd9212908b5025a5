# SPDX-License-Identifier: Apache-2.0
"""cutoff.py: the running system of cutoff.sh (live/, made of start/), cut off or failing at each call that changes it.

Every command is killed at its Nth call; then each file is the old or the new one.  The next command, or an undo, which
may be killed as well, leaves all old or all new, a journal that fits, and nothing beside.  A call that fails is either
overcome, or everything is as it was.  The last line is "points tried N, failures M"; the status is 1 when one failed.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

CHANGED = ("etc", "var", "usr/local", "usr/share/ca-certificates")  # all that a run may change
JOURNAL = "live/var/lib/trustfix"
BUNDLE = "etc/ssl/certs/ca-certificates.crt"
DERIVED = ("/etc/derived", "/etc/ssl/certs/java/cacerts")  # the hook writes them in its own time
KILLED = {"renameat": 1, "renameat2": 1, "linkat": 1, "unlinkat": 1, "symlinkat": 1, "mkdirat": 1, "fsync": 4, "write": 4}
FAILING = {"renameat": 1, "renameat2": 1, "linkat": 1, "unlinkat": 3, "symlinkat": 1, "fsync": 4, "fchmod": 3}
COMMANDS = {
    "install": ["install", "--ca", "/root/ca.crt", "--name", "corp"],
    "remove": ["remove", "--ca", "/root/ca.crt"],
    "undo": ["undo"],
    "reapply": ["reapply"],
}
# State before, command, state after, what undo makes of that.
CASES = [
    ("start", "install", "full", "start"),
    ("full", "remove", "gone", "full"),
    ("full", "undo", "start", None),
    ("gone", "undo", "full", None),
    ("upgraded", "reapply", "reapplied", "start"),
]
tried = failed = 0


def copy(source, target):
    for part in CHANGED:
        shutil.rmtree(f"{target}/{part}", ignore_errors=True)
        os.makedirs(os.path.dirname(f"{target}/{part}"), exist_ok=True)
        if os.path.exists(f"{source}/{part}"):
            subprocess.run(["cp", "-a", f"{source}/{part}", f"{target}/{part}"], check=True)


def run(words, inject=None):
    argv = ["chroot", "live", "/trustfix", *words]
    if inject:
        argv = ["strace", "-qq", "-o", "trace", "-e", f"trace={inject[0]}", "-e", f"inject={inject[0]}:{inject[1]}", *argv]
    done = subprocess.run(argv, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}, text=True, timeout=120,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode if done.returncode >= 0 else 128 - done.returncode, done.stdout


def look(root="live"):
    found = {}
    for part in CHANGED:
        for at, dirs, files in os.walk(f"{root}/{part}"):
            if at == f"{root}/var/lib/trustfix":
                dirs[:] = []
                continue
            for path in [at] + [f"{at}/{name}" for name in files + dirs if name in files or os.path.islink(f"{at}/{name}")]:
                st = os.lstat(path)
                if os.path.islink(path):
                    what = os.readlink(path)
                else:
                    what = "directory" if os.path.isdir(path) else hashlib.sha256(open(path, "rb").read()).hexdigest()
                found[path[len(root):]] = (what, st.st_mode, st.st_uid, st.st_gid)
    return found


def differing(now, *wanted):
    paths = set(now).union(*wanted)
    return sorted(path for path in paths if all(now.get(path) != one.get(path) for one in wanted))


def newest():
    """The newest transaction's number, and its record or None."""
    ids = [int(name) for name in os.listdir(JOURNAL) if name.isdigit()] if os.path.isdir(JOURNAL) else []
    try:
        return max(ids, default=0), json.load(open(f"{JOURNAL}/{max(ids)}/record.json"))
    except (ValueError, FileNotFoundError):
        return max(ids, default=0), None


def journal_faults():
    for name in os.listdir(JOURNAL) if os.path.isdir(JOURNAL) else []:
        if name.isdigit():
            inside = set(os.listdir(f"{JOURNAL}/{name}"))
            if "record.json" not in inside:
                yield f"transaction {name} has no record"
                continue
            record = json.load(open(f"{JOURNAL}/{name}/record.json"))
            keepers = {os.path.basename(step["keep"]) for step in record["steps"] if "keep" in step}
            if record["state"] in ("staged", "undoing"):
                yield f"transaction {name} is open"
            if inside - {"record.json"} != (keepers if record["state"] == "done" else set()):
                yield f"transaction {name}, {record['state']}, has {sorted(inside)}"
        elif name not in ("lock", "installed.json", "installed.pem"):
            yield f"{name} is left"


def state_faults(state, states):
    """All is as in that state, and trustfix's own record with it."""
    yield from differing(look(), states[state])
    yield from journal_faults()
    on_record = [os.path.exists(f"{JOURNAL}/installed.{end}") for end in ("json", "pem")]
    if on_record != [state not in ("start", "gone")] * 2:
        yield f"installed.json, .pem: {on_record}"
    for at, _, files in os.walk("live/var/lib"):
        yield from (f"{at}/{name}" for name in files if name.startswith(".trustfix"))


def report(point, faults):
    global tried, failed
    tried += 1
    faults = list(faults)
    if faults:
        failed += 1
        print(f"{point}: {'; '.join(faults)[:600]}", flush=True)


def is_done(before_id, command):
    """Did the run that was killed come to its end?"""
    number, record = newest()
    return number > before_id and record is not None and record["action"] == command and record["state"] == "done"


def again(point, words, wanted, states):
    status, said = run(words)
    if "run undo again" in said:
        status, said = run(words)
    report(point, ([] if status == 0 else [f"status {status}: {said}"]) + list(state_faults(wanted, states)))


def mend(point, case, before_id, by_undo, states):
    before, command, after, undone = case
    if command == "undo":
        if is_done(before_id, command):
            report(point, state_faults(after, states))
        else:
            again(f"{point}, undo again", ["undo"], after, states)
    elif by_undo and newest()[1] and newest()[0] > before_id:
        again(f"{point}, undo", ["undo"], undone, states)
    else:
        again(f"{point}, again", COMMANDS[command], after, states)


def kill(case, states):
    before, command, after, undone = case
    copy(before, "live")
    before_id = newest()[0]
    for call, step in KILLED.items():
        for n in range(1, 200, step):
            point = f"{command} of {before}, killed at {call} {n}"
            copy(before, "live")
            status, said = run(COMMANDS[command], (call, f"signal=KILL:when={n}"))
            if status != 137:
                report(point, [] if status == 0 else [f"status {status}: {said}"])
                break
            report(point, [path for path in differing(look(), states[before], states[after])
                           if ".trustfix" not in path and path not in DERIVED])
            # Whoever puts it back may be killed as well.
            if n % 4 == 0 and newest()[1] and not is_done(before_id, command):
                second = ["renameat", "unlinkat", "fsync"][n // 4 % 3]
                status, said = run(["undo"], (second, f"signal=KILL:when={n // 4}"))
                point += f", undo at {second} {n // 4}"
                if status != 137:
                    report(point, state_faults(undone or after, states))
                    continue
                if command == "reapply":  # that undo goes on to the install
                    again(point, ["undo"], undone, states)
                    continue
            mend(point, case, before_id, n % 2, states)


def break_calls(case, states, error):
    before, command, after, undone = case
    for call, step in FAILING.items():
        for n in range(1, 200, step):
            point = f"{command} of {before}, {error} at {call} {n}"
            copy(before, "live")
            before_id = newest()[0]
            status, said = run(COMMANDS[command], (call, f"error={error}:when={n}"))
            if "INJECTED" not in open("trace").read():
                break
            if status == 0 or "is as it was before, but" in said:
                faults = [path for path in differing(look(), states[after]) if status == 0 or path not in DERIVED]
            elif status == 4 and "may not survive a crash" in said:
                wanted = states[after if command == "undo" else before]
                faults = [path for path in differing(look(), wanted) if path not in DERIVED]
            elif status == 4 and "cannot remove" not in said:
                kept = re.search(r"cannot put '[^']*' back \(it is kept as '([^']*)'\)", said)
                faults = [] if kept and os.path.exists("live" + kept[1]) else [f"no backup: {said}"]
            elif status == 4:
                faults = []
            else:
                faults = differing(look(), states[before])
            report(point, [f"status {status}: {path}" for path in faults if ".trustfix" not in path])
            if not is_done(before_id, command):
                again(f"{point}, again", COMMANDS[command], after, states)


def make_states():
    states = {"start": look("start")}
    for before, command, after in [("start", "install", "full"), ("full", "remove", "gone"), ("full", None, "upgraded"),
                                   ("upgraded", "reapply", "reapplied")]:
        copy(before, "live")
        if command:
            status, said = run(COMMANDS[command])
            assert status == 0, said
        else:
            shutil.copy(f"start/{BUNDLE}", f"live/{BUNDLE}")
        copy("live", after)
        states[after] = look()
    return states


known = make_states()
for one in CASES:
    kill(one, known)
for one in CASES[:3]:
    break_calls(one, known, "EIO" if one[1] == "remove" else "ENOSPC")
print(f"points tried {tried}, failures {failed}")
sys.exit(1 if failed else 0)
