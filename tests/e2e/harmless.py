# SPDX-License-Identifier: Apache-2.0
"""harmless.py FILE...: fails, and says where, if one holds what could move, hide or reorder text on a terminal."""
import sys
import unicodedata

# Default ignorable code points that are letters or marks, and symbols that show nothing.
UNSEEN = [0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800, 0x3164, 0xFFA0,
          *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), *range(0x1D173, 0x1D17B)]


def is_harmful(char):
    category = unicodedata.category(char)
    return (category[0] in "CZ" and char not in " \n\u3000") or ord(char) in UNSEEN or \
        unicodedata.bidirectional(char) in ("R", "AL", "AN")


failed = False
for name in sys.argv[1:]:
    with open(name, "rb") as file:
        for number, line in enumerate(file.read().split(b"\n"), 1):
            marks = 9
            for char in line.decode("utf-8", "surrogateescape"):
                marks = marks + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
                if is_harmful(char) or marks > 3:
                    print(f"line {number}: U+{ord(char):04X} in {ascii(line.decode('utf-8', 'replace'))}")
                    failed = True
                    break
sys.exit(failed)
