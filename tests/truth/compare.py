# SPDX-License-Identifier: Apache-2.0
"""
compare.py DIR ANSWERS MAN: the matrix, one row for a case, one column for a client, and then every answer that
is not what trustfix predicted.  Status 1 when there is one.  A client that is newer than what was measured (MAN tells
which) may have changed its mind: its answers are counted and do not fail, but where cases.py claims its version.
"""

import os
import sys

from cases import is_claimed, is_open, is_unlike, numbers

# Which reader a client is, in the order of the columns.
CLIENTS = {"openssl": "openssl", "python3.13": "openssl-strict", "curl": "curl", "python3": "python", "ruby": "ruby",
           "node": "node", "nodejs": "node", "wget": "gnutls", "git": "gnutls", "gnutls-cli": "gnutls", "go": "go", "java": "java",
           "java25": "java", "deno": "webpki",
           "node18": "node", "node22": "node", "node24": "node", "node26": "node"}


def rows(path):
    with open(path) as file:
        return [line.rstrip("\n").split("\t") for line in file]


MEASURED, END = ".Ss Measured with\n", ".El\n"


def versions(answers):
    """{client: {program: version}} of what answered."""
    found = {}
    for client, program, version in rows(answers + "/versions"):
        found.setdefault(client, {})[program] = version
    return found


def measured_with(man):
    """The same of what was measured: ".It client", "program version, program version"."""
    with open(man) as file:
        lines = file.read().partition(MEASURED)[2].partition(END)[0].splitlines()[1:]
    return {client[len(".It "):]: dict(one.split(" ", 1) for one in programs.split(", "))
            for client, programs in zip(lines[::2], lines[1::2])}


def version_of(found, client):
    """The one that counts in cases.py: of its first program."""
    return next(iter(found.get(client, {}).values()), "")


def newer(client, here, measured):
    """Which of its programs are newer than those measured, in words."""
    old = measured.get(client, {})
    return [f"{program} {version} (measured {old[program]})" for program, version in here.get(client, {}).items()
            if program in old and numbers(version) > numbers(old[program])]


def main(where, answers, man):
    versions_here, measured, changed = versions(answers), measured_with(man), {}
    listed = rows(where + "/list")
    predicted = {(number, reader): (said, why) for number, reader, said, why in rows(answers + "/trustfix")}
    here = [client for client in CLIENTS if os.path.exists(f"{answers}/{client}")]
    said = {client: {row[0]: row[1:] for row in rows(f"{answers}/{client}")} for client in here}
    print("#", " ".join(here), "; not here:", " ".join(client for client in CLIENTS if client not in here))
    wrong, cells, unlike = [], 0, 0
    for number, host, section, words in listed:
        marks = ""
        for client in here:
            reader = CLIENTS[client]
            real = said[client].get(number, ["none", "no answer"])
            guess = predicted.get((number, reader)) or predicted.get((number, "-"), ("none", "not asked"))
            cells += 1
            marks += " " + (real[0][0] if real[0] == guess[0] else real[0][0].upper())
            differs, expected = real[0] != guess[0], is_unlike(client, version_of(versions_here, client), section, words)
            unlike += expected
            if differs == expected or is_open(client, section, words):
                continue
            if newer(client, versions_here, measured) and not is_claimed(client, section, words):
                changed[client] = changed.get(client, 0) + 1
            wrong.append((number, section, words, client, real, ["not", "the same"] if expected else guess))
        print(f"{number:>4}{marks}  {section}: {words}")
    for number, section, words, client, real, guess in wrong:
        print(f"! {number} {section}: {words}\n    {client}: {' '.join(real)[:150]}\n    {CLIENTS[client]} "
              f"predicted: {' '.join(guess)[:150]}")
    for client in here:
        for words in newer(client, versions_here, measured):
            print(f"# newer than measured: {client}: {words}: {changed.get(client, 0)} answers differ")
    excused = sum(changed.values())
    print(f"# {len(listed)} cases, {cells} cells, {unlike} known to differ, {len(wrong) - excused} disagreements")
    return 1 if len(wrong) > excused else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
