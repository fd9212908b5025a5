#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# CA files and stores that must be refused: one sentence, status 1, nothing changed.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
small_root root
keep_listing root

refused() # FILE WORDS [OPTION...]
{
	file=$1 words=$2
	shift 2
	expect_status 1 tf install --root root --ca "$file" "$@"
	one_sentence
	says "$words"
	unchanged root -c
}

it 'a leaf'
refused "$pki/gate.crt" 'CA'
it 'a self-signed certificate that is no CA'
refused "$pki/notca-root.crt" 'CA'
it 'an intermediate'
refused "$pki/mitm-sub.crt" 'intermediate|self-signed'
it 'an expired root'
refused "$pki/expired-root.crt" 'expired'
it 'a root not yet valid'
refused "$pki/future-root.crt" 'valid'
it 'a root signed with MD5'
refused "$pki/md5-root.crt" 'MD5'
it 'a key of 512 bits'
refused "$pki/rsa512-root.crt" '512'

it 'empty, binary, truncated, missing, a directory'
: >empty
head -c 2000 /dev/urandom >binary
head -n 6 "$pki/mitm-root.crt" >truncated
for bad in empty binary truncated missing "$dir"; do
	refused "$bad" '.'
done

it 'a key in place of a certificate'
refused "$pki/mitm-root.key" 'certificate'

it 'a forged self-signature'
/usr/bin/python3 -c 'import sys
der = bytearray(open(sys.argv[1], "rb").read())
der[-5] ^= 1
open("forged.der", "wb").write(der)' "$pki/mitm-root.der"
refused forged.der 'signature'

it 'a root whose end is cut off'
head -c 500 "$pki/mitm-root.der" >cut.der
refused cut.der '.'

it 'several certificates of which one is a leaf'
cat "$pki/mitm-root.crt" "$pki/gate.crt" >mixed.pem
refused mixed.pem 'CA'

it 'a name that is a path, or nothing'
for name in ../x '' .x -x a/b "$(printf 'a\nb')" "$(printf '%070d' 0)"; do
	expect_status 2 tf install --root root --ca "$pki/mitm-root.crt" --name "$name"
	one_sentence
	unchanged root -c
done

it 'a root of version 1 is taken or refused with its reason'
status=0
"$trustfix" install --root root --ca "$pki/v1-root.crt" >"$out" 2>"$err" </dev/null || status=$?
[ "$status" -eq 0 ] || {
	one_sentence
	unchanged root -c
}

it 'a CA that some readers will refuse: said before anything is changed, by reader and rule'
strict='Python 3.13 and later will refuse this CA: basicConstraints is not critical, RFC 5280 4.2.1.9'
expect_status 0 tf install --root root --ca "$pki/loose.crt" --dry-run
says "$strict"
expect_status 0 tf install --root root --ca "$pki/loose.crt" --dry-run --json
json 'd["cas"][0]["advice"][0]' "$strict"
s_server 9600 loose
expect_status 0 tf install --root root --dry-run app.test:9600
says "$strict"
says 'openssl-strict +would reject it \(informational\): '
unchanged root -c

it 'and with --require a failure'
for readers in openssl-strict go,openssl-strict; do
	refused "$pki/loose.crt" "$strict" --require $readers
	refused "$pki/loose.crt" "$strict" --require $readers --dry-run
done
expect_status 1 tf install --root root --require openssl-strict --pin "$(pin_of loose)" app.test:9600
one_sentence
says "$strict"
refused "$pki/mitm-sub.crt" 'Node.js will refuse this CA: it is not self-signed' --allow-intermediate --require node
unchanged root -c
expect_status 0 tf install --root root --ca "$pki/loose.crt" --require openssl,curl,go,webpki --dry-run

it 'an unwritable store, as somebody who is not root'
small_root theirs
keep_listing theirs
chmod 0755 "$dir"
if need setpriv; then
	expect_status 1 setpriv --reuid=65534 --regid=65534 --clear-groups "$trustfix" install --root "$dir/theirs" \
		--ca "$pki/mitm-root.crt"
	one_sentence
	unchanged theirs -c
fi

it 'a root that is a file'
: >file
expect_status 1 tf install --root file --ca "$pki/mitm-root.crt"
one_sentence

it 'what neither installs nor names a CA'
expect_status 2 tf install --root root
one_sentence
expect_status 2 tf remove --root root
one_sentence
expect_status 2 tf install --root root --verify app.test

done_testing
