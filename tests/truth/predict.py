# SPDX-License-Identifier: Apache-2.0
"""predict.py TRUSTFIX DIR [--chain]: what trustfix says of each case, for each reader; asked, or of the file."""

import json
import os
import subprocess
import sys

trustfix, where = sys.argv[1], os.path.abspath(sys.argv[2])
for line in open(where + "/list"):
    number, host = line.split("\t")[:2]
    path = f"{where}/{number}"
    literal = f"[{host}]" if ":" in host else host
    run = [trustfix, "verify", "--json", "--no-proxy", "--no-aia", "--store", f"pem:{path}.store", "--store",
           f"java:{path}.jks", f"{literal}:{20000 + int(number)}"]
    if "--chain" in sys.argv:
        run[2:2] = ["--chain", path + ".pem"]
    out = subprocess.run(run, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    try:
        stores = json.loads(out.stdout)["trees"][0]["stores"]
    except (ValueError, KeyError, IndexError):
        print(number, "-", "no", (out.stderr or out.stdout).decode().strip().replace("\n", " "), sep="\t")
        continue
    for store in stores:
        for reader in store["clients"]:
            print(number, reader["client"], "yes" if reader["trusts"] else "no", reader["why"] or "", sep="\t")
