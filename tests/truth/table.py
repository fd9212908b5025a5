# SPDX-License-Identifier: Apache-2.0
"""
table.py DIR ANSWERS MAN [--write]: the table of MAN is what was measured; status 1 when it is not, or it is
written there, with the versions of what answered.
"""

import os
import sys

from cases import OPEN, UNLIKE, is_open, is_unlike
from compare import CLIENTS, MEASURED, measured_with, newer, rows, version_of, versions

BEGIN, END = '.\\" The rest of this section is made by tests/truth/table.py.\n', '.\\" So far.\n'
LETTERS = {"openssl": "O", "openssl-strict": "S", "curl": "C", "python": "P", "ruby": "R", "node": "N", "gnutls": "T",
           "go": "G", "java": "J", "webpki": "W"}


def measured(where, answers, recorded):
    """What each reader does: its first client that is here and not newer than recorded, or else what was predicted."""
    here = versions(answers)
    said = {(number, reader): answer for number, reader, answer, _ in rows(answers + "/trustfix")}
    listed = {number: (section, words) for number, _, section, words in rows(where + "/list")}
    for client, reader in reversed(CLIENTS.items()):
        if not os.path.exists(f"{answers}/{client}") or newer(client, here, recorded):
            continue
        for number, answer, *_ in rows(f"{answers}/{client}"):
            if not is_unlike(client, version_of(here, client), *listed[number]) and not is_open(client, *listed[number]):
                said[number, reader] = answer
    return said


def table(where, answers, recorded):
    said, lines, last = measured(where, answers, recorded), [], None
    for number, _, section, words in rows(where + "/list"):
        if section != last:
            lines += [".Ed\n"] * (last is not None) + [f".Ss {section}\n", ".Bd -literal\n"]
            last = section
        marks = "".join(letter if said[number, reader] == "yes" else "-" for reader, letter in LETTERS.items())
        lines.append(f"{marks}  {words}\n")
    lines += [".Ed\n", MEASURED, ".Bl -tag -width Ds\n"]
    for client in CLIENTS:
        if client in recorded:
            lines += [f".It {client}\n", ", ".join(f"{one} {version}" for one, version in recorded[client].items()) + "\n"]
    lines += [".El\n", ".Ss Programs that do otherwise\n", ".Bl -tag -width Ds\n"]
    for client, why, cases in UNLIKE + OPEN:
        lines += [f".It {client}\n", why[0].upper() + why[1:] + ":\n", ";\n".join(cases) + ".\n"]
    return "".join(lines + [".El\n"])


def main(where, answers, man, *write):
    with open(man) as file:
        text = file.read()
    head, rest = text.split(BEGIN)
    recorded = measured_with(man)
    if write:  # what is newer, or new
        here = versions(answers)
        recorded.update({one: here[one] for one in here if one not in recorded or newer(one, here, recorded)})
    new = head + BEGIN + table(where, answers, recorded) + END + rest.split(END)[1]
    if write:
        with open(man, "w") as file:
            file.write(new)
    elif new != text:
        print(f"{man} is not what was measured: make truth-table")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
