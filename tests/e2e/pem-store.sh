#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Single bundles, chosen by --store; what is kept of a file that is replaced.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
s_server 9443 gate-root
pin=$(pin_of mitm-root)
small_root root
mkdir -p root/opt/app
{
	echo '# our own bundle'
	cat "$pki/client-root.crt"
} >root/opt/app/ca.pem
chown 12:34 root/opt/app/ca.pem
chmod 0640 root/opt/app/ca.pem
/usr/bin/python3 -c 'import os; os.setxattr("root/opt/app/ca.pem", "user.note", b"kept")' 2>/dev/null
note_of() { /usr/bin/python3 -c 'import os, sys; print(os.getxattr(sys.argv[1], "user.note").decode())' "$1"; }

it 'only the asked store is written'
listing root/etc >etc
cp root/opt/app/ca.pem before.pem
expect_status 0 tf install --root root --store pem:/opt/app/ca.pem --pin "$pin" app.test:9443
expect holds root/opt/app/ca.pem "$pki/mitm-root.crt"
listing root/etc >etc.now
same_bytes etc etc.now

it 'what was there stays, byte for byte, with mode, owner and extended attributes'
head -c "$(wc -c <before.pem)" root/opt/app/ca.pem >head.pem
same_bytes before.pem head.pem
expect test "$(stat -c '%a %u %g' root/opt/app/ca.pem)" = '640 12 34'
expect test "$(note_of root/opt/app/ca.pem)" = kept

it 'verify judges that store, and curl agrees'
expect_status 0 tf verify --root root --store pem:/opt/app/ca.pem app.test:9443
expect curl -sS -o /dev/null --cacert root/opt/app/ca.pem https://app.test:9443/
expect_status 3 tf verify --root root --store system app.test:9443

it 'several stores at once, each with its line'
expect_status 0 tf install --json --root root --store system --store pem:/opt/app/ca.pem --pin "$pin" app.test:9443
json 'sorted(s["kind"] + ":" + s["state"] for s in d["trees"][0]["stores"])' '["pem:unchanged", "system:added"]'

it 'remove, from that one alone'
expect_status 0 tf remove --root root --store pem:/opt/app/ca.pem --ca "$pki/mitm-root.crt"
same_bytes before.pem root/opt/app/ca.pem
expect holds "$(bundle_of root)" "$pki/mitm-root.crt"
expect test "$(note_of root/opt/app/ca.pem)" = kept

it 'undo brings it back with all that belongs to it'
expect_status 0 tf undo --root root
expect holds root/opt/app/ca.pem "$pki/mitm-root.crt"
expect test "$(stat -c '%a %u %g' root/opt/app/ca.pem)" = '640 12 34'
expect test "$(note_of root/opt/app/ca.pem)" = kept

it 'a link is followed inside the root, and stays a link'
small_root linked
mkdir -p linked/opt linked/srv
cp "$pki/client-root.crt" linked/srv/real.pem
ln -s /srv/real.pem linked/opt/ca.pem
expect_status 0 tf install --root linked --store pem:/opt/ca.pem --ca "$pki/mitm-root.crt"
expect test "$(readlink linked/opt/ca.pem)" = /srv/real.pem
expect holds linked/srv/real.pem "$pki/mitm-root.crt"

it 'a bundle whose last line has no end'
printf '%s' "$(cat "$pki/client-root.crt")" >linked/srv/cut.pem
expect_status 0 tf install --root linked --store pem:/srv/cut.pem --ca "$pki/mitm-root.crt"
expect test "$(certs_in "$dir/linked/srv/cut.pem" | wc -l)" -eq 2

it '--skip, and nothing left to do it to'
expect_status 1 tf install --root root --skip system --ca "$pki/zs-root.crt"
one_sentence
expect_not holds "$(bundle_of root)" "$pki/zs-root.crt"

done_testing
