#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Real interceptors, each in the modes in which it sends something else.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_all squid mitmdump sslsplit nginx nft
root_pin=$(pin_of mitm-root)
origin 9443
origin 9444 multi

it 'squid, explicit: the root it sends twice'
squid_bump open 3128 "$pki/mitm-root.both"
expect_status 0 tf capture --proxy http://127.0.0.1:3128 --pin "$root_pin" app.test:9443
captured mitm-root

it 'squid: the same CA for hosts of two owners is interception'
expect_status 3 tf probe --json --proxy http://127.0.0.1:3128 app.example.com:9443 other.example.net:9444
json 'd["targets"][0]["verdict"]' intercepted
json 'd["targets"][1]["verdict"]' intercepted

it 'squid with Basic authentication'
squid_auth >auth.lines
squid_bump auth 3129 "$pki/mitm-root.both" "$(cat auth.lines)"
expect_status 1 tf probe --proxy http://127.0.0.1:3129 app.test:9443
says 'proxy-auth-required'
says 'Basic'
expect_status 0 tf capture --proxy http://tester:secret@127.0.0.1:3129 --pin "$root_pin" app.test:9443
captured mitm-root

it 'squid that signs with a subordinate CA and sends no root'
squid_bump sub 3130 "$pki/mitm-sub.both"
expect_status 1 tf capture --proxy http://127.0.0.1:3130 --trust-on-first-use app.test:9443
says 'Lantern Inspection Root'

it 'squid that signs with a subordinate CA and sends all'
squid_bump chain 3131 "$pki/mitm-sub.three"
expect_status 0 tf capture --proxy http://127.0.0.1:3131 --pin "$root_pin" app.test:9443
captured mitm-root

it "squid's \"Not trusted by\" issuer is refused"
s_server 9445 gate
squid_bump stare 3132 "$pki/mitm-root.both" 'acl s1 at_step SslBump1' 'acl s2 at_step SslBump2' \
	'ssl_bump peek s1' 'ssl_bump stare s2' 'sslproxy_cert_error allow all'
expect_status 1 tf capture --proxy http://127.0.0.1:3132 --trust-on-first-use app.test:9445
says 'not trusted by'
expect test ! -s "$out"
expect_status 3 tf probe --json --proxy http://127.0.0.1:3132 app.test:9445
json 'd["targets"][0]["verdict"]' untrusted-by-proxy
json 'len(d["targets"][0]["evidence"]) > 0' true
says 'install nothing'

# The issuers by which other proxies say so, in squid's place.
n=3140
small_root untouched
for name in 'O=Fortinet/CN=Fortinet Untrusted CA' 'CN=Fortinet_CA_Untrusted' 'CN=Forward-UnTrust-CA-ECDSA' \
	'O=Corp/CN=SSLProxyUntrust' 'CN=Avast Web\/Mail Shield Untrusted Root'; do
	n=$((n + 1))
	it "a proxy that signs with '$name' does not trust the server: nothing approves that"
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "u$n.key" -out "u$n.crt" -days 30 -subj "/$name" 2>/dev/null
	cat "u$n.key" "u$n.crt" >"u$n.both"
	squid_bump "u$n" "$n" "$dir/u$n.both"
	set -- --proxy "http://127.0.0.1:$n" app.test:9443
	expect_status 3 tf probe --json "$@"
	json 'd["targets"][0]["verdict"]' untrusted-by-proxy
	keep_listing untouched
	for approval in --trust-on-first-use "--pin=sha256:$(sha256_of "u$n.crt")"; do
		expect_status 1 tf install --root untouched "$approval" --allow-intermediate "$@"
		one_sentence
		says 'untrusted-by-proxy'
		unchanged untouched -c
		expect_status 1 tf capture "$approval" "$@"
		expect test ! -s "$out"
	done
	cp -a untouched "by-file$n"
	expect_status 0 tf install --root "by-file$n" --ca "u$n.crt"
	says 'note.*does not trust a server'
	expect_status 1 tf install --root "by-file$n" --trust-on-first-use "$@"
	expect_status 0 tf probe --root "by-file$n" "$@"
	says "trustfix remove --root by-file$n --fingerprint $(sha256_of "u$n.crt")"
done

it 'squid, transparent: redirected in another network'
mkdir -p /run/netns
ip netns add gate
ip netns add shop
for name in gate shop; do
	ip -n "$name" link set lo up
done
ip link add c0 type veth peer name p0 netns gate
ip link add o0 netns shop type veth peer name p1 netns gate
ip addr add 198.18.0.1/24 dev c0
ip -n gate addr add 198.18.0.254/24 dev p0
ip -n gate addr add 198.51.100.254/24 dev p1
ip -n shop addr add 198.51.100.10/24 dev o0
ip link set c0 up
ip -n gate link set p0 up
ip -n gate link set p1 up
ip -n shop link set o0 up
ip route add 198.51.100.0/24 via 198.18.0.254
ip -n shop route add default via 198.51.100.254
nsenter --net=/run/netns/gate nft -f - <<'END'
table ip nat {
	chain prerouting {
		type nat hook prerouting priority dstnat;
		iifname "p0" tcp dport 443 redirect to :3130
	}
}
END
echo '198.51.100.10 app.test' >gate-hosts
ns=shop
origin 443
ns=gate squid_hosts=$dir/gate-hosts
squid_conf gate "https_port 3130 intercept ssl-bump generate-host-certificates=on tls-cert=$pki/mitm-root.both" \
	'http_port 127.0.0.1:3129'
start_server squid-gate 3130 squid -N -n tfgate -f "$dir/squid-gate/conf"
ns='' squid_hosts=
expect_status 0 tf capture --connect 198.51.100.10:443 --pin "$root_pin" app.test
captured mitm-root

it 'mitmproxy: the leaf alone, so its root is named and not taken'
mitm own 8180 "$pki/mitm-root.both"
expect_status 1 tf capture --proxy http://127.0.0.1:8180 --pin "$root_pin" app.test:9443
says 'Lantern Inspection Root'

it 'mitmproxy with a CA it made itself is told by name'
mitm new 8181 -
expect_status 3 tf probe --proxy http://127.0.0.1:8181 app.test:9443
says 'intercepted'
says 'mitmproxy'

it 'mitmproxy with a whole chain'
mitm chain 8182 "$pki/mitm-sub.three"
expect_status 0 tf capture --proxy http://127.0.0.1:8182 --pin "$root_pin" app.test:9443
captured mitm-root

it 'mitmproxy whose intermediate says where the root lies'
mkdir aia
cp "$pki/mitm-root.der" aia/
files 8081 aia
mitm aia 8183 "$pki/mitm-root.both" --certs "*=$pki/gate-aia.both"
expect_status 0 tf capture --proxy http://127.0.0.1:8183 --pin "$root_pin" app.test:9443
captured mitm-root

it 'mitmproxy as a SOCKS5 proxy, without and with a password'
mitm socks 8184 "$pki/mitm-sub.three" --mode socks5
expect_status 0 tf capture --proxy socks5://127.0.0.1:8184 --pin "$root_pin" app.test:9443
captured mitm-root
expect_status 0 tf capture --proxy socks5h://127.0.0.1:8184 --pin "$root_pin" app.test:9443
captured mitm-root
mitm sockspw 8185 "$pki/mitm-sub.three" --mode socks5 --proxyauth tester:secret
expect_status 0 tf capture --proxy socks5h://tester:secret@127.0.0.1:8185 --pin "$root_pin" app.test:9443
captured mitm-root
expect_status 1 tf probe --proxy socks5h://127.0.0.1:8185 app.test:9443
says 'proxy-auth-required'

it 'sslsplit: leaf and root'
start_server split 8281 sslsplit -D -l /dev/null -k "$pki/mitm-root.key" -c "$pki/mitm-root.crt" \
	ssl 127.0.0.1 8281 127.0.0.1 9443
expect_status 0 tf capture --pin "$root_pin" app.test:8281
captured mitm-root

it 'sslsplit that signs with a subordinate CA'
start_server split-sub 8282 sslsplit -D -l /dev/null -k "$pki/mitm-sub.key" -c "$pki/mitm-sub.crt" \
	-C "$pki/mitm-root.crt" ssl 127.0.0.1 8282 127.0.0.1 9443
expect_status 0 tf capture --pin "$root_pin" app.test:8282
captured mitm-root

it 'through each of them: install, proof, and curl'
small_root root
expect_not curl -sS --proxy http://127.0.0.1:3128 --cacert "$(bundle_of root)" https://app.test:9443/
expect_status 0 tf install --root root --proxy http://127.0.0.1:3128 --pin "$root_pin" app.example.com:9443 other.example.net:9444
says ': intercepted, now trusted$'
says '^  before +not trusted; '
says_not '^[a-z.]+:[0-9]+: untrusted'
expect curl -sS --proxy http://127.0.0.1:3128 --cacert "$(bundle_of root)" https://app.test:9443/
# The same store serves the others, which is what verify says.
expect_status 0 tf verify --root root --proxy http://127.0.0.1:8182 app.test:9443
expect_status 0 tf verify --root root app.test:8281

done_testing
