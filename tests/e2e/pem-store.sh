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

# What clients make of a file: each word is one that loads it and trusts app.test.
loaded_by()
{
	! openssl s_client -connect 127.0.0.1:9443 -servername app.test -verify_return_error -no-CApath \
		-no-CAstore -CAfile "$1" </dev/null >said 2>&1 || printf 'openssl '
	! curl -sS -o /dev/null --cacert "$1" --capath /nowhere https://app.test:9443/ 2>/dev/null || printf 'curl '
	! gnutls-cli --x509cafile "$1" --verify-hostname app.test -p 9443 127.0.0.1 </dev/null >cli 2>&1 ||
		printf 'gnutls '
	! /usr/bin/python3 -c 'import ssl, sys, urllib.request as u
u.urlopen("https://app.test:9443/", context=ssl.create_default_context(cafile=sys.argv[1]))' "$1" 2>/dev/null ||
		printf 'python'
}
everybody='openssl curl gnutls python'
mkdir -p root/srv
odd=root/srv/odd.pem
other=$pki/client-root.crt
good=$pki/mitm-root.crt
first_lines() { head -n "$1" "$other"; }
joined() { printf '%s' "$(cat "$other")" | cat - "$good"; }

it 'what clients cannot load is repaired, with the CA in it or not'
# shellcheck disable=SC2016 # eval expands them
need gnutls-cli && for shape in \
	'joined' \
	'printf %s "$(cat $other)"; cat $other' \
	'sed \$d $other; cat $good' \
	'sed "s/-----END/\n\n&/" $other; cat $good' \
	'sed "s/^/  /" $good' \
	'cat $good; printf "%s x\n" "$(cat $other)"'; do
	eval "$shape" >$odd
	loaded_by $odd >before
	expect_status 0 tf list --root root --store pem:/srv/odd.pem
	expect_status 0 tf install --root root --store pem:/srv/odd.pem --ca "$good"
	says 'srv/odd.pem  added'
	expect test "$(loaded_by $odd)" = "$everybody"
	expect test "$(cat before)" != "$everybody"
	expect_status 0 tf install --root root --store pem:/srv/odd.pem --ca "$good"
	says 'srv/odd.pem  unchanged'
done

it 'what cannot be repaired fails before anything is written, with file, line and reason'
# shellcheck disable=SC2016 # eval expands them
for shape in \
	'first_lines 5; cat $good' \
	'echo "-----BEGIN CERTIFICATE-----"; cat $good' \
	'cat $good; echo "-----BEGIN CERTIFICATE-----"' \
	'cat $good; printf "%s\nMI!\n%s\n" "-----BEGIN PRIVATE KEY-----" "-----END PRIVATE KEY-----"' \
	'iconv -t UTF-16 $other' \
	'echo "<html>"' \
	'openssl x509 -in $other -outform DER'; do
	eval "$shape" >$odd
	listing root >tree
	expect_status 1 tf install --root root --store system --store pem:/srv/odd.pem --ca "$good"
	one_sentence
	says "'/srv/odd.pem'"
	listing root | grep -v var/lib/trustfix >now
	expect test -z "$(grep -v var/lib/trustfix tree | comm -3 - now)"
	expect test "$(loaded_by $odd)" != "$everybody"
done
first_lines 5 | cat "$good" - >$odd
expect_status 1 tf install --root root --store pem:/srv/odd.pem --ca "$good"
says "OpenSSL loads nothing of '/srv/odd.pem': line $(($(wc -l <"$good") + 1)): no END line for this BEGIN"

it 'who decides is told by --require, and the kind of store'
printf '%s\nMIIB\n%s\n' '-----BEGIN CERTIFICATE REQUEST-----' '-----END CERTIFICATE REQUEST-----' |
	cat "$good" - >$odd
expect_status 0 tf install --root root --store pem:/srv/odd.pem --ca "$good"
expect test "$(loaded_by $odd)" = 'openssl curl python'
expect_status 1 tf install --root root --store pem:/srv/odd.pem --ca "$good" --require gnutls
says "GnuTLS loads nothing of '/srv/odd.pem': line $(($(wc -l <"$good") + 1)): a certificate request"

it 'the bundle of a tree without hash links as well'
small_root alpine
printf 'ID=alpine\n' >alpine/etc/os-release
rm -rf alpine/etc/ssl/certs/*.0 alpine/usr/sbin/update-ca-certificates alpine/etc/ca-certificates.conf \
	alpine/usr/local/share/ca-certificates alpine/usr/share/ca-certificates
joined >"$(bundle_of alpine)"
expect test "$(loaded_by "$(bundle_of alpine)")" = 'gnutls '
expect_status 0 tf install --root alpine --ca "$good"
expect test "$(loaded_by "$(bundle_of alpine)")" = "$everybody"
rm -rf alpine/usr/local
first_lines 5 | cat - "$good" >"$(bundle_of alpine)"
expect_status 1 tf install --root alpine --ca "$good"
says "OpenSSL loads nothing of '/etc/ssl/certs/ca-certificates.crt': line 1: no END line for this BEGIN"

it 'verify and list tell the same reason'
joined >$odd
line=$(wc -l <"$other")
expect_status 3 tf verify --root root --store pem:/srv/odd.pem app.test:9443
says "openssl  *REFUSES: OpenSSL loads nothing of '/srv/odd.pem': line $line: END and BEGIN on one line"
says "curl  *would reject it .informational.: curl loads nothing of '/srv/odd.pem': line $line: END and BEGIN on one line"
says 'gnutls  *trusts'
expect_status 0 tf list --root root --store pem:/srv/odd.pem
says 'PEM, 2 certificates, 2 not loaded, 2 shown'
says "damage: OpenSSL loads nothing of '/srv/odd.pem': line $line: END and BEGIN on one line"

it 'remove takes it out of such a file as well'
expect_status 0 tf remove --root root --store pem:/srv/odd.pem --ca "$good"
expect test "$(cat $odd)" = "$(cat "$other")"

it '--skip, and nothing left to do it to'
expect_status 1 tf install --root root --skip system --ca "$pki/zs-root.crt"
one_sentence
expect_not holds "$(bundle_of root)" "$pki/zs-root.crt"

done_testing
