#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The ways to a target: CONNECT, TLS to the proxy, SOCKS5, and the variables that curl reads.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_all squid
s_server 9443 gate-root
root_pin=$(pin_of mitm-root)
plain=http://127.0.0.1:3128 known=127.0.0.1:3129

squid_conf open 'http_port 127.0.0.1:3128' 'acl far dst 192.0.2.99' 'http_access deny far'
start_server squid-open 3128 squid -N -n tfopen -f "$dir/squid-open/conf"
squid_auth >auth.lines
squid_conf auth "http_port $known" "$(cat auth.lines)"
start_server squid-auth 3129 squid -N -n tfauth -f "$dir/squid-auth/conf"
cat "$pki/app.pem" "$pki/app.key" >proxy.pem
squid_conf tls "https_port 127.0.0.1:3130 tls-cert=$dir/proxy.pem" 'http_port 127.0.0.1:3131'
start_server squid-tls 3130 squid -N -n tftls -f "$dir/squid-tls/conf"

reached() { expect_status 0 "$@" capture --pin "$root_pin" app.test:9443 && captured mitm-root; }

it 'CONNECT through a plain proxy'
expect_status 0 tf capture --proxy "$plain" --pin "$root_pin" app.test:9443
captured mitm-root
expect grep -q 'CONNECT app.test:9443' squid-open/access.log
expect_status 3 tf probe --proxy "$plain" app.test:9443
says "^  peer +through $plain, TLSv1.3"

it 'CONNECT through a proxy that speaks TLS'
expect_status 0 tf capture --proxy https://app.test:3130 --pin "$root_pin" app.test:9443
captured mitm-root
expect grep -q 'CONNECT app.test:9443' squid-tls/access.log

it 'a 407 names the schemes the proxy offers'
expect_status 1 tf probe --json --proxy "http://$known" app.test:9443
json 'd["targets"][0]["verdict"]' proxy-auth-required
says 'Basic'

it 'wrong credentials: the same, at once, and they are shown nowhere'
within 4000 expect_status 1 tf probe -v --proxy "http://tester:hunter2@$known" app.test:9443
says 'proxy-auth-required'
says_not 'hunter2'

it 'right credentials, in the URL, percent-encoded, or in a file'
expect_status 0 tf capture --proxy "http://tester:secret@$known" --pin "$root_pin" app.test:9443
captured mitm-root
expect_status 0 tf capture --proxy "http://test%65r:s%65cret@$known" --pin "$root_pin" app.test:9443
captured mitm-root
echo tester:secret >proxy.auth
expect_status 0 tf capture --proxy "http://$known" --proxy-auth-file proxy.auth --pin "$root_pin" app.test:9443
captured mitm-root

it 'a proxy that says no'
expect_status 1 tf probe --proxy "$plain" 192.0.2.99:443
says 'proxy-refused'
says '403'

it 'a proxy that is not there'
expect_status 1 tf probe --proxy http://127.0.0.1:1 app.test:9443
says 'unreachable'
says "do +check the proxy's address"

it 'the variables, lower case first'
reached env https_proxy="$plain" "$trustfix"
reached env HTTPS_PROXY="$plain" "$trustfix"
reached env ALL_PROXY="$plain" "$trustfix"
reached env https_proxy="$plain" HTTPS_PROXY=http://127.0.0.1:1 "$trustfix"
reached env https_proxy=127.0.0.1:3128 "$trustfix"
expect_status 1 env https_proxy=http://127.0.0.1:1 "$trustfix" probe app.test:9443
says 'unreachable'

it 'no_proxy, and --no-proxy'
for list in app.test .test '*' 'a.test, app.test'; do
	reached env https_proxy=http://127.0.0.1:1 no_proxy="$list" "$trustfix"
done
expect_status 1 env https_proxy=http://127.0.0.1:1 no_proxy=pp.test "$trustfix" probe app.test:9443
says 'unreachable'
expect_status 0 env https_proxy=http://127.0.0.1:1 "$trustfix" capture --no-proxy --pin "$root_pin" app.test:9443
captured mitm-root

it 'curl takes the same way'
for list in app.test .test '*' 'a.test, app.test'; do
	expect env https_proxy=http://127.0.0.1:1 no_proxy="$list" curl -sSk -o /dev/null https://app.test:9443/
done
expect_not env https_proxy=http://127.0.0.1:1 no_proxy=pp.test curl -sSk -o /dev/null https://app.test:9443/

it 'a greeting that comes at once through the tunnel is not lost'
start_server smtp 2525 /usr/bin/python3 "$here/starttls.py" 2525 smtp "$pki/gate-root.pem" "$pki/gate.key"
expect_status 0 tf capture --proxy "$plain" --pin "$root_pin" smtp://app.test:2525
captured mitm-root

it 'a SOCKS proxy that refuses'
hostile 1081 socks-refuse
expect_status 1 tf probe --proxy socks5h://127.0.0.1:1081 app.test:9443
says 'proxy-refused'

it 'a proxy URL that is none'
expect_status 2 tf probe --proxy gopher://127.0.0.1:1 app.test:9443
one_sentence
expect_status 2 tf probe --proxy http://127.0.0.1:99999 app.test:9443

# The chain names http://127.0.0.1:8081 as the place of its root.
mkdir aia
cp "$pki/mitm-root.der" aia/
files 8081 aia
s_server 9460 gate-aia
fetched() { grep -c GET "$dir/files-8081.log"; }

it 'a far server behind the proxy sends nobody to this machine, except by the same proxy'
for proxy in "https_proxy=$plain" "https_proxy=$plain http_proxy=http://localhost:3128" \
	"https_proxy=$plain http_proxy=$plain no_proxy=127.0.0.1" "https_proxy=$plain all_proxy=http://localhost:3128"; do
	# shellcheck disable=SC2086 # several variables
	expect_status 3 env $proxy "$trustfix" probe -v --connect 192.0.2.1:9460 app.test
	says "is a local address"
	says "'O = Lantern Test, CN = Lantern Inspection Root'.*, which was not sent"
done
expect test "$(fetched)" = 0
expect_status 3 env "https_proxy=$plain" "http_proxy=$plain" "$trustfix" probe --connect 192.0.2.1:9460 app.test
says_not 'not sent'
expect test "$(fetched)" = 1
expect_status 3 tf probe -v --connect 192.0.2.1:9460 app.test
says "is a local address"
expect_status 3 env "http_proxy=$plain" "$trustfix" probe -v --connect 192.0.2.1:9460 app.test
says "is a local address"
expect test "$(fetched)" = 1

it 'a redirect or a name does not lead there either'
hostile 8090 aia-near
echo '127.0.0.1 near.test' >>hosts
for name in redirect near; do
	AIA=http://192.0.2.1:8090/none.der
	[ "$name" = redirect ] || AIA=http://near.test:8081/mitm-root.der
	openssl req -new -key "$pki/gate.key" -subj /CN=app.test -out "$name.csr" 2>/dev/null
	printf 'authorityInfoAccess=caIssuers;URI:%s\nsubjectAltName=DNS:app.test\n' "$AIA" >"$name.ext"
	openssl x509 -req -in "$name.csr" -CA "$pki/mitm-root.crt" -CAkey "$pki/mitm-root.key" -days 300 -set_serial 7 \
		-extfile "$name.ext" -out "$name.crt" 2>/dev/null
	start_server "leaf-$name" 9461 openssl s_server -accept 9461 -quiet -www -cert "$name.crt" -key "$pki/gate.key"
	for proxy in '' "https_proxy=$plain"; do
		# shellcheck disable=SC2086
		expect_status 3 env $proxy "$trustfix" probe -v --connect 192.0.2.1:9461 app.test
		says 'local address'
		says 'which was not sent'
	done
	stop_server "$last_pid"
done
expect test "$(fetched)" = 1

done_testing
