#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One encoding into another, judged by openssl.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"

openssl crl2pkcs7 -nocrl -certfile "$pki/gate-root.pem" -out three.p7.pem
openssl crl2pkcs7 -nocrl -certfile "$pki/gate-root.pem" -outform DER -out three.p7b
openssl x509 -in "$pki/mitm-root.crt" -text -out text.pem
openssl x509 -in "$pki/mitm-root.crt" -trustout -addtrust serverAuth -setalias x -out trusted.pem
sed 's/$/\r/' "$pki/mitm-root.crt" >crlf.pem
{ printf '\357\273\277' && cat "$pki/mitm-root.crt"; } >bom.pem
{ printf '%s' "$(cat "$pki/gate.crt")" && cat "$pki/mitm-sub.crt"; } >joined.pem
{ echo 'Dear administrator,' && cat "$pki/mitm-root.crt" && echo 'yours'; } >letter.pem
{ cat "$pki/mitm-root.key" "$pki/mitm-root.crt"; } >key.pem

it 'PEM to DER and back keeps the very bytes'
expect_status 0 tf convert --to der -o a.der "$pki/mitm-root.crt"
same_bytes a.der "$pki/mitm-root.der"
expect_status 0 tf convert --to pem a.der
captured mitm-root

it 'stdin to stdout'
status=0
"$trustfix" convert --to der <"$pki/mitm-root.crt" >b.der 2>"$err" || status=$?
expect test "$status" -eq 0
same_bytes b.der "$pki/mitm-root.der"

for form in three.p7.pem three.p7b; do
	it "PKCS#7: $form"
	expect_status 0 tf convert "$form"
	captured gate mitm-sub mitm-root
done

it 'PKCS#7 out, readable by openssl'
expect_status 0 tf convert --to p7b -o c.p7b "$pki/gate-root.pem"
openssl pkcs7 -inform DER -in c.p7b -print_certs >c.pem 2>"$err" ||
	openssl pkcs7 -in c.p7b -print_certs >c.pem 2>>"$err"
cp c.pem "$out"
captured gate mitm-sub mitm-root

for form in text trusted crlf bom letter key; do
	it "PEM with $form"
	expect_status 0 tf convert "$form.pem"
	captured mitm-root
	says_not 'TRUSTED|PRIVATE'
	expect_not grep -q "$(printf '\r')" "$out"
done

it 'two blocks without a newline between them'
expect_status 0 tf convert joined.pem
captured gate mitm-sub

it 'several files, found out by content and not by name'
cp "$pki/mitm-root.der" misnamed.pem
cp "$pki/mitm-sub.crt" misnamed.der
expect_status 0 tf convert misnamed.pem misnamed.der
captured mitm-root mitm-sub

it 'several certificates do not fit one DER'
expect_status 2 tf convert --to der -o d.der "$pki/gate-root.pem"
one_sentence
expect test ! -e d.der

it 'a damaged block is named with its line, and nothing is written'
{ cat "$pki/gate.crt" && sed '5s/^./!/' "$pki/mitm-root.crt"; } >damaged.pem
expect_status 1 tf convert -o e.pem damaged.pem
one_sentence
says 'line [0-9]+'
expect test ! -e e.pem

it 'truncated, empty, binary, missing'
head -n 5 "$pki/mitm-root.crt" >truncated
: >empty
head -c 3000 /dev/urandom >binary
head -c 200 "$pki/mitm-root.der" >cut.der
for form in truncated empty binary cut.der missing .; do
	expect_status 1 tf convert -o f.pem "$form"
	one_sentence
	expect test ! -e f.pem
done

it 'an output that exists is replaced whole, or kept'
cp "$pki/gate.crt" g.pem
expect_status 1 tf convert -o g.pem empty
same_bytes g.pem "$pki/gate.crt"
expect_status 0 tf convert -o g.pem "$pki/mitm-root.crt"
same_bytes g.pem "$pki/mitm-root.crt"

it 'a reader that goes away and a full device are failures'
mount -t tmpfs -o size=16k none "$dir/tmp"
head -c 16384 /dev/zero >tmp/fill 2>/dev/null
expect_status 1 tf convert -o tmp/h.pem "$pki/gate-root.pem"
one_sentence
status=0
"$trustfix" convert "$pki/gate-root.pem" >/dev/full 2>"$err" || status=$?
expect test "$status" -eq 1

it 'an unknown encoding'
expect_status 2 tf convert --to gif "$pki/mitm-root.crt"
one_sentence

done_testing
