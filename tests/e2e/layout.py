#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""layout.py ROOT DIR...: the links below them with their targets, and what is in each file, in any order."""
import base64, hashlib, os, re, sys

BLOCK = re.compile(rb"-----BEGIN [A-Z ]*CERTIFICATE-----([^-]*)-----END")

def parts(data):
    if BLOCK.search(data):
        return [base64.b64decode(one) for one in BLOCK.findall(data)]
    lists = []
    while data:  # of signatures for UEFI
        lists.append(data[:int.from_bytes(data[16:20], "little") or None])
        data = data[len(lists[-1]):]
    return lists

os.chdir(sys.argv[1])
for top in sys.argv[2:]:
    for where, dirs, files in sorted(os.walk(top)):
        for path in sorted(os.path.join(where, name) for name in dirs + files):
            if os.path.islink(path):
                print(path, "->", os.readlink(path))
            elif path.endswith((".pem", ".bin", ".crt")) or re.search(r"/[0-9a-f]{8}\.\d+$", path):
                with open(path, "rb") as file:
                    print(path, *sorted(hashlib.sha256(one).hexdigest() for one in parts(file.read())))
