#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Peers, proxies and web servers that misbehave: one sentence, one status, in time, nothing changed.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
small_root root
keep_listing root

# bad STATUS WORDS ARGUMENT...: probe gives the verdict, install fails with one sentence and changes nothing.
bad()
{
	word=$1
	shift
	within 6000 expect_status 1 tf probe --timeout 2 "$@"
	says "$word"
	within 6000 expect_status 1 tf install --timeout 2 --root root --trust-on-first-use "$@"
	one_sentence
	unchanged root -c
}

it 'a name nobody knows'
bad 'unreachable' nowhere.invalid

it 'a refused port'
bad 'unreachable' app.test:1

it 'a silent port'
hostile 7001 silent
bad 'timeout' app.test:7001
within 1000 expect_status 2 tf probe --timeout 2 --save chain.pem app.test:7001 app.test:7001

it 'a peer that drips a byte a second'
hostile 7002 drip
bad 'timeout' app.test:7002

it 'an address that answers nothing'
bad 'timeout|unreachable' 192.0.2.77:443

it 'an HTTP server on the port'
hostile 7003 plain-http
bad 'not-tls' app.test:7003

it 'a mail server on the port'
hostile 7004 banner
bad 'not-tls' app.test:7004

it 'closed in the middle of the handshake'
hostile 7005 close
bad 'closed the connection during' app.test:7005
hostile 7006 close-first
bad 'closed the connection at' app.test:7006

it 'an alert in place of a hello'
hostile 7007 alert
bad "alert 'handshake failure'" app.test:7007

it 'a chain of 200 certificates'
s_server 7008 many
bad 'more than [0-9]+ certificates' app.test:7008

# unproven ARGUMENT...: the chain was seen and nobody proved to have its key, which counts for nothing, be it that
# the chain is trusted (by $proud), approved, pinned or given as a file.
small_root proud
expect_status 0 tf install --root proud --ca "$pki/mitm-root.crt"
cp -a root file
unproven()
{
	expect_status 3 tf probe --timeout 2 --json --root proud "$@"
	json 'd["targets"][0]["verdict"]' unproven
	json 'd["targets"][0]["trusted"]' false
	json 'len(d["targets"][0]["chain"])' 3
	expect_status 3 tf probe --timeout 2 --root proud "$@"
	says 'the handshake did not complete \(.*: the server never proved that it holds the certificate'
	expect_status 3 tf verify --timeout 2 --root proud "$@"
	says 'openssl +REFUSES: the handshake did not complete'
	keep_listing root
	for approval in --trust-on-first-use "--pin=$(pin_of mitm-root)"; do
		expect_status 1 tf install --timeout 2 --root root "$approval" "$@"
		one_sentence
		says 'the handshake did not complete'
		unchanged root -c
		expect_status 1 tf capture --timeout 2 "$approval" "$@"
		expect test ! -s "$out"
	done
	keep_listing file
	expect_status 1 tf install --timeout 2 --root file --ca "$pki/mitm-root.crt" --verify "$@"
	says 'the handshake did not complete'
	unchanged file -c
	expect_status 1 tf exec --timeout 2 --ca "$pki/mitm-root.crt" --verify "$@" -- true
	expect_status 1 tf probe --timeout 2 --save chain.pem "$@"
	expect test ! -e chain.pem
}

echo 'subjectAltName = DNS:app.test' >rsa.cnf
openssl req -newkey rsa:2048 -nodes -keyout rsa.key -subj /CN=app.test -out rsa.csr 2>/dev/null
openssl x509 -req -in rsa.csr -CA "$pki/mitm-sub.crt" -CAkey "$pki/mitm-sub.key" -days 30 -extfile rsa.cnf \
	-out rsa.crt 2>/dev/null
cat rsa.crt "$pki/mitm-sub.crt" "$pki/mitm-root.crt" >rsa.pem
at=7060
for mode in cut stall alert garble demand demand-alert rsa rsa-demand; do
	at=$((at + 1))
	it "a chain and no key for it: $mode"
	hostile "$at" "keyless-$mode" "$dir/rsa.pem"
	unproven "app.test:$at"
done

it 'the key alone makes the difference, with RSA key exchange as well'
for kind in ECDHE-RSA-AES128-GCM-SHA256 AES128-GCM-SHA256; do
	start_server "rsa-$kind" 7079 openssl s_server -accept 7079 -quiet -www -cert rsa.crt -key rsa.key \
		-cert_chain rsa.pem -tls1_2 -cipher "$kind"
	expect_status 0 tf probe --root proud app.test:7079
	stop_server "$last_pid"
done

s_server 7080 gate-root -tls1_3
s_server 7081 gate-root -tls1_3 -Verify 1
for mode in cut unsigned garble finished; do
	for behind in 7080:0 7081:1; do
		at=$((at + 1))
		it "TLS 1.3 through somebody who spoils it: $mode, $behind"
		hostile "$at" "relay-$mode" "$behind"
		unproven "app.test:$at"
	done
done

it 'who proves no key counts for no quorum, and is no second host with that CA'
s_server 7082 gate-root
hostile 7083 keyless-garble "$dir/rsa.pem"
keep_listing root
expect_status 1 tf install --root root --quorum 2 --trust-on-first-use app.test:7082 127.0.0.1:7083
says '127.0.0.1:7083: the handshake did not complete'
unchanged root -c
expect_status 3 tf probe --json app.test:7082 127.0.0.1:7083
json 'd["targets"][0]["verdict"]' untrusted

it 'a certificate of a MiB'
head -c 1048576 /dev/zero >zeros
{ printf '\060\203\020\000\000' && cat zeros; } >big.der
hostile 7009 large "$dir/big.der"
bad 'sent [0-9]+ bytes of certificates' app.test:7009

it 'DER that is none'
hostile 7010 garbage
bad 'certificate 1 that it sent .* is malformed' app.test:7010
hostile 7011 huge-length
bad 'excessive message size' app.test:7011

it 'a real certificate with ten thousand names'
{
	printf '[x]\nsubjectAltName = @n\nbasicConstraints = CA:FALSE\n[n]\n'
	seq 10000 | sed 's|.*|DNS.& = host-&.a-rather-long-name.app.test|'
} >names.cnf
openssl x509 -req -in "$pki/gate.csr" -CA "$pki/mitm-sub.crt" -CAkey "$pki/mitm-sub.key" -days 30 \
	-extfile names.cnf -extensions x -out wide.crt 2>/dev/null
start_server wide 7012 openssl s_server -accept 7012 -quiet -www -cert wide.crt -key "$pki/gate.key"
within 6000 expect_status 3 tf probe --timeout 3 app.test:7012
unchanged root -c

it 'CONNECT replies: headers without end, one line without end, a drip, nonsense'
port=7020
while read -r mode words; do
	port=$((port + 1))
	hostile "$port" "connect-$mode"
	bad "$words" --proxy "http://127.0.0.1:$port" app.test:443
done <<END
endless header is too long
long a line of more than
drip timeout
nonsense the answer is not HTTP
END

it 'SOCKS proxies that refuse'
hostile 7031 socks-refuse
bad 'not allowed by its rules' --proxy socks5://127.0.0.1:7031 app.test:443
hostile 7032 socks-none
bad 'proxy-auth-required' --proxy socks5://127.0.0.1:7032 app.test:443

s_server 7040 gate-aia
for mode in redirect file hang html endless; do
	it "an AIA server: $mode"
	hostile 8081 "aia-$mode"
	within 6000 expect_status 3 tf probe --timeout 2 app.test:7040
	within 6000 expect_status 1 tf install --timeout 2 --root root --trust-on-first-use app.test:7040
	one_sentence
	says 'Lantern Inspection Root'
	unchanged root -c
	stop_server "$last_pid"
done

it 'an AIA server that hangs costs many targets one timeout'
hostile 8081 aia-hang
within 5000 expect_status 3 tf probe --timeout 2 app.test:7040 www.app.test:7040 127.0.0.1:7040 localhost:7040
stop_server "$last_pid"

it 'twenty targets of which one hangs cost one timeout'
s_server 7050 gate-root
set --
for _ in 1 2 3 4 5 6 7 8 9 10; do
	set -- "$@" app.test:7050 www.app.test:7050
done
within 5000 expect_status 1 tf probe --json --timeout 2 "$@" app.test:7001
json 'len(d["targets"])' 21
json 'd["targets"][20]["verdict"]' timeout
json 'sum(t["verdict"] == "timeout" for t in d["targets"])' 1

it 'a progress line on a terminal when it takes over a second, and nowhere else'
expect_status 1 script -qec "$trustfix probe --root root --timeout 2 127.0.0.1:7001" /dev/null
says 'asking 1 target'
expect_status 1 tf probe --root root --timeout 2 127.0.0.1:7001
says_not 'asking 1 target'

it 'targets and options that are none'
for words in 'probe' 'probe app.test:0' 'probe app.test:65536' 'probe [::1' 'probe gopher://app.test' \
	'probe --timeout 0 app.test' 'probe --timeout x app.test' 'probe --pin' 'nonsense' \
	'install --root' 'capture --pin sha256:12 app.test' 'install --store nonsense app.test' \
	'probe --no-such app.test' 'probe --at never app.test' 'probe --connect app.test app.test' \
	'probe --servername https://app.test app.test' 'probe --servername app.test:1 app.test'; do
	# shellcheck disable=SC2086
	expect_status 2 tf $words
	one_sentence
done

it 'leaves no temporary file anywhere'
expect test -z "$(find "$TMPDIR" /run -newer hosts -type f)"

done_testing
