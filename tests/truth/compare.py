# SPDX-License-Identifier: Apache-2.0
"""
compare.py DIR ANSWERS: the matrix, one row for a case, one column for a client, and then every answer that
is not what trustfix predicted.  Status 1 when there is one.
"""

import os
import sys

from cases import is_open, is_unlike

# Which reader a client is, in the order of the columns.
CLIENTS = {"openssl": "openssl", "python3.13": "openssl-strict", "curl": "curl", "python3": "python", "ruby": "ruby",
           "node": "node", "nodejs": "node", "wget": "gnutls", "git": "gnutls", "gnutls-cli": "gnutls", "go": "go", "java": "java",
           "java25": "java", "deno": "webpki"}


def rows(path):
    with open(path) as file:
        return [line.rstrip("\n").split("\t") for line in file]


def main(where, answers):
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
            if is_unlike(client, section, words):
                unlike += 1
                if real[0] == guess[0]:
                    wrong.append((number, section, words, client, real, ["not", "the same"]))
            elif real[0] != guess[0] and not is_open(client, section, words):
                wrong.append((number, section, words, client, real, guess))
        print(f"{number:>4}{marks}  {section}: {words}")
    for number, section, words, client, real, guess in wrong:
        print(f"! {number} {section}: {words}\n    {client}: {' '.join(real)[:150]}\n    {CLIENTS[client]} "
              f"predicted: {' '.join(guess)[:150]}")
    print(f"# {len(listed)} cases, {cells} cells, {unlike} known to differ, {len(wrong)} disagreements")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
