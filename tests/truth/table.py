# SPDX-License-Identifier: Apache-2.0
"""
table.py DIR ANSWERS MAN [--write]: the table of MAN is what was measured; status 1 when it is not, or it is
written there.
"""

import os
import sys

from cases import OPEN, UNLIKE, is_open, is_unlike
from compare import CLIENTS, rows

BEGIN, END = '.\\" The rest of this section is made by tests/truth/table.py.\n', '.\\" So far.\n'
LETTERS = {"openssl": "O", "openssl-strict": "S", "curl": "C", "python": "P", "ruby": "R", "node": "N", "gnutls": "T",
           "go": "G", "java": "J", "webpki": "W"}


def measured(where, answers):
    """What each reader does: its first client that is here, or else what was predicted."""
    said = {(number, reader): answer for number, reader, answer, _ in rows(answers + "/trustfix")}
    listed = {number: (section, words) for number, _, section, words in rows(where + "/list")}
    for client, reader in reversed(CLIENTS.items()):
        if not os.path.exists(f"{answers}/{client}"):
            continue
        for number, answer, *_ in rows(f"{answers}/{client}"):
            if not is_unlike(client, *listed[number]) and not is_open(client, *listed[number]):
                said[number, reader] = answer
    return said


def table(where, answers):
    said, lines, last = measured(where, answers), [], None
    for number, _, section, words in rows(where + "/list"):
        if section != last:
            lines += [".Ed\n"] * (last is not None) + [f".Ss {section}\n", ".Bd -literal\n"]
            last = section
        marks = "".join(letter if said[number, reader] == "yes" else "-" for reader, letter in LETTERS.items())
        lines.append(f"{marks}  {words}\n")
    lines += [".Ed\n", ".Ss Programs that do otherwise\n", ".Bl -tag -width Ds\n"]
    for client, why, cases in UNLIKE + OPEN:
        lines += [f".It {client}\n", why[0].upper() + why[1:] + ":\n", ";\n".join(cases) + ".\n"]
    return "".join(lines + [".El\n"])


def main(where, answers, man, *write):
    with open(man) as file:
        text = file.read()
    head, rest = text.split(BEGIN)
    new = head + BEGIN + table(where, answers) + END + rest.split(END)[1]
    if write:
        with open(man, "w") as file:
            file.write(new)
    elif new != text:
        print(f"{man} is not what was measured: make truth-table")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
