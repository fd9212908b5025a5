#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What no CA can cure: handshakes that clients refuse, client certificates, an https:// proxy's own certificate.
# Nothing of it undoes an install, and nothing is called proven that the real programs refuse.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_all squid curl gnutls-serv go
root_pin=$(pin_of mitm-root)
lax='-cipher ALL:@SECLEVEL=0'

# A group of RFC 2409, section 6.2, and a leaf with an RSA key.
cat >dh1024.pem <<'END'
-----BEGIN DH PARAMETERS-----
MIGHAoGBAP//////////yQ/aoiFowjTExmKLgNwc0SkCTgiKZ8x0Agu+pjsTmyJR
Sgh5jjQE3e+VGbPNOkMbMCsKbfJfFDdP4TVtbVHCReSFtXZiXn7G9ExC6aY37WsL
/1y29Aa37e44a/taiZ+lrp8kEXxLH+ZJKGZR7OZTgf//////////AgEC
-----END DH PARAMETERS-----
END
rsa() # NAME ISSUER SUBJECT-ALT-NAME
{
	printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$3" >ext
	printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature,keyEncipherment\n' >>ext
	openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -subj "/CN=$1" -out req 2>/dev/null
	openssl x509 -req -in req -CA "$pki/$2.crt" -CAkey "$pki/$2.key" -days 300 -extfile ext -out "$1.crt" 2>/dev/null
	cat "$1.crt" "$pki/$2.crt" "$1.key" >"$1.pem"
}
rsa peer mitm-root DNS:app.test,DNS:localhost
rsa proxy origin-root DNS:proxy.test
rsa elsewhere origin-root DNS:elsewhere.test
printf '127.0.0.1 proxy.test\n' >>hosts
chmod 0644 ./*.pem

# serve PORT ARGUMENT...: the peer, with its root sent along.
serve()
{
	port=$1
	shift
	start_server "peer-$port" "$port" openssl s_server -accept "$port" -quiet -www -cert peer.crt -key peer.key \
		-cert_chain "$pki/mitm-root.crt" "$@"
}
# shellcheck disable=SC2086
serve 9401 -tls1_1 $lax
# shellcheck disable=SC2086
serve 9402 -tls1_2 -sigalgs RSA+SHA1 $lax
serve 9403 -tls1_2 -dhparam dh1024.pem -cipher DHE:@SECLEVEL=0
# shellcheck disable=SC2086
start_server peer-9404 9404 gnutls-serv --http -q -p 9404 --x509certfile peer.pem --x509keyfile peer.key \
	--priority 'NORMAL:-VERS-TLS1.3:%DISABLE_SAFE_RENEGOTIATION:%NO_SESSION_HASH'
# Nine certificates of 8,000 bytes each after the root.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout large.key -subj /CN=large -out large.crt \
	-addext "nsComment=$(printf '%08000d' 0)" 2>/dev/null
cat "$pki/mitm-root.crt" large.crt large.crt large.crt large.crt large.crt large.crt large.crt large.crt large.crt >large.pem
start_server peer-9405 9405 openssl s_server -accept 9405 -quiet -www -cert peer.crt -key peer.key -cert_chain large.pem
serve 9406 -tls1_2 -cipher AES128-SHA
# shellcheck disable=SC2086
serve 9407 -tls1_2 -dhparam dh1024.pem -serverpref -cipher DHE:ECDHE:@SECLEVEL=0
serve 9408 -tls1_2
serve 9409

cat >ask.go <<'END'
package main

import (
	"net/http"
	"os"
)

func main() {
	if _, err := http.Get(os.Args[1]); err != nil {
		println(err.Error())
		os.Exit(1)
	}
}
END
GOCACHE="$dir/tmp/go" GO111MODULE=off go build -o ask-go ask.go || exit 1

# as_curl PORT, as_go PORT, as_gnutls PORT: does the real program get through with that CA?
as_curl() { curl -sS -o /dev/null --cacert "$pki/mitm-root.crt" "https://app.test:$1/"; }
as_go() { SSL_CERT_FILE=$pki/mitm-root.crt ./ask-go "https://app.test:$1/"; }
as_gnutls() { gnutls-cli --x509cafile "$pki/mitm-root.crt" --verify-hostname app.test -p "$1" 127.0.0.1; }

# refused PORT REASON SENTENCE CLIENT...: the finding, its sentence, and that it stops just these of the three.
refused()
{
	port=$1 reason=$2 sentence=$3
	shift 3
	small_root "root-$port"
	expect_status 3 tf probe --json --root "root-$port" "app.test:$port"
	json 'd["targets"][0]["verdict"]' obsolete-tls
	json '[o["reason"] for o in d["targets"][0]["obstacles"] if o["decides"]][0]' "$reason"
	json 'd["targets"][0]["identity"]["verdict"]' untrusted
	expect_status 3 tf probe --root "root-$port" "app.test:$port"
	says "^app.test:$port: obsolete-tls, not trusted here"
	says "^  why +refused by .*: $sentence"
	says "^  do +whoever runs the server must"
	says "^  identity +a private CA issued it"
	expect_status 0 tf install --json --root "root-$port" --pin "$root_pin" "app.test:$port"
	json 'd["changed"]' true
	json 'd["targets"][0]["proven"]' false
	json 'd["targets"][0]["trusted"]' false
	json 'd["targets"][0]["identity"]["trusted"]' true
	for client in curl go gnutls; do
		case " $* " in
		*" $client "*) expect_not "as_$client" "$port" && stops=true ;;
		*) expect "as_$client" "$port" && stops=false ;;
		esac
		json "any(u['client'] == '$client' and u['target'] == 'app.test:$port' for u in d['unproven'])" "$stops"
	done
	json 'all(u["why"] and u["todo"] for u in d["unproven"])' true
	expect holds "$(bundle_of "root-$port")" "$pki/mitm-root.crt"
	expect_status 3 tf verify --root "root-$port" "app.test:$port"
	for client in "$@"; do
		says "^  $client +(REFUSES|would reject it [(]informational[)]): the server "
	done
	expect_status 0 tf install --root "root-$port" --pin "$root_pin" "app.test:$port"
	says "^  why +refused by .*: $sentence"
	says 'the identity of 1 target is proven, but not every client can use it'
	says_not 'all proven'
}

it 'nothing newer than TLS 1.1'
refused 9401 old-version 'the server speaks nothing newer than TLSv1.1' curl go
it 'a handshake signed with SHA-1'
refused 9402 sha1-signature 'the server signs the handshake with SHA-1' curl
says 'Go from 1.25 on'
it 'Diffie-Hellman of 1024 bits'
refused 9403 weak-dh 'the server uses a Diffie-Hellman key of 1024 bits' curl go
says '^  besides +refused by go, webpki: the server offers no combination of cipher suite'
it 'no secure renegotiation'
refused 9404 no-secure-renegotiation 'the server lacks secure renegotiation' curl
it 'a Certificate message that is too large'
refused 9405 large-certificate-message 'the server sends a Certificate message of [0-9]+ bytes' go

it 'each client gets what the server chooses for it: DHE of 1024 bits for curl, ECDHE for Go'
refused 9407 weak-dh 'the server uses a Diffie-Hellman key of 1024 bits' curl

it 'what only clients that do not decide refuse is told, and the server is proven'
small_root told
expect_status 0 tf install --root told --pin "$root_pin" app.test:9406
says 'all proven against app.test:9406'
says '^  besides +refused by openssl-strict, Go from 1.25 on, webpki: the server offers no combination of cipher suite'
expect_status 0 tf verify --root told app.test:9406
expect_status 0 tf probe --json --root told app.test:9406
json 'd["targets"][0]["verdict"]' trusted
json '[o["reason"] for o in d["targets"][0]["obstacles"]]' '["no-common-suite"]'

it 'what is proven and what is not, of several targets; TLS 1.2 and 1.3 have nothing to tell'
small_root several
expect_status 0 tf install --root several --ca "$pki/mitm-root.crt" --verify app.test:9408 --verify app.test:9409 \
	--verify app.test:9401
says 'proven against app.test:9408, app.test:9409; the identity of 1 target is proven, but not every client can use it'
expect_status 0 tf verify --json --root several app.test:9408 app.test:9409
json '[t["obstacles"] for t in d["targets"]]' '[[], []]'
json 'd["unproven"]' '[]'
json 'sorted(d["targets"][0]["handshake"])' \
	'["certificate_bytes", "cipher", "dh_bits", "digest", "group", "secure_renegotiation"]'
expect_status 3 tf verify --json --root several app.test:9401
json '[k for o in (d["targets"][0], d["targets"][0]["identity"], d["targets"][0]["obstacles"][0], d["unproven"][0],
	d["targets"][0]["handshake"]) for k in o if f".Ql {k}" not in open("'"$top"'/packaging/man/trustfix.1").read()]' '[]'
expect_status 3 tf check --root several --ca "$pki/mitm-root.crt" --verify app.test:9401
says 'but app.test:9401 is not trusted'
expect_status 0 tf exec --ca "$pki/mitm-root.crt" --verify app.test:9401 -- true

it 'a client certificate that is missing: the identity is proven, the use is not'
for version in tls1_2 tls1_3; do
	port=$((${port:-9410} + 1))
	serve 941${version#tls1_} "-$version" -Verify 2 -verify_return_error -CAfile "$pki/client-root.crt"
	small_root "mtls-$version"
	set -- --root "mtls-$version" "app.test:941${version#tls1_}"
	expect_status 3 tf probe --json "$@"
	json 'd["targets"][0]["verdict"]' client-cert-required
	json 'd["targets"][0]["identity"]["verdict"]' untrusted
	expect_status 0 tf install --json --pin "$root_pin" "$@"
	json 'd["targets"][0]["proven"]' false
	json 'd["targets"][0]["identity"]["trusted"]' true
	json 'len({u["client"] for u in d["unproven"]}) >= 8' true
	json 'd["unproven"][0]["todo"].endswith("--cert FILE --key FILE")' true
	expect_status 3 tf verify "$@"
	says 'client-cert-required, trusted here'
	says 'openssl +REFUSES: .*demands a client certificate'
	expect_status 0 tf verify --cert "$pki/client.crt" --key "$pki/client.key" "$@"
	expect_status 0 tf install --pin "$root_pin" --cert "$pki/client.crt" --key "$pki/client.key" "$@"
	says 'all proven against'
done

# ---- the proxy ---------------------------------------------------------------------------------------

squid_tls own 3130 "$dir/proxy.pem"
squid_tls named 3131 "$dir/elsewhere.pem"
squid_tls asks 3132 "$dir/proxy.pem" auth
squid_tls offers 3133 "$dir/proxy.pem clientca=$pki/client-root.crt sslflags=CONDITIONAL_AUTH"
squid_tls demands 3134 "$dir/proxy.pem clientca=$pki/client-root.crt"
proxy=https://proxy.test:3130
small_root behind origin-root

through() { with_bundle "$(bundle_of behind)" env "https_proxy=$proxy" "$@" https://app.test:9409/; }

it 'a proxy whose certificate is private: its readers are not proven, and the step that cures it is told'
expect_status 0 tf install --json --root behind --proxy "$proxy" --pin "$root_pin" app.test:9409
json 'd["targets"][0]["proven"]' false
json 'd["targets"][0]["verdict"]' proxy-untrusted
json '"curl" in [u["client"] for u in d["unproven"]]' true
json '"ruby" in [u["client"] for u in d["unproven"]]' false
expect_not through curl -sS -o /dev/null
expect_not through ./ask-go
expect_status 3 tf verify --root behind --proxy "$proxy" app.test:9409
says "curl .*: the proxy '$proxy' is not trusted: "
says 'ruby +trusts'
says "trustfix install --root behind --pin $(pin_of origin-root) $proxy --no-proxy"
expect_status 3 tf probe --root behind --proxy "$proxy" app.test:9409
expect_status 0 tf install --root behind --pin "$(pin_of origin-root)" "$proxy" --no-proxy
expect_status 0 tf verify --root behind --proxy "$proxy" app.test:9409
expect_status 0 tf install --root behind --proxy "$proxy" --pin "$root_pin" app.test:9409
says 'all proven against app.test:9409'
expect through curl -sS -o /dev/null
expect through ./ask-go

it 'a proxy with the certificate of another name, whose CA is trusted'
proxy=https://proxy.test:3131
expect_status 3 tf probe --root behind --proxy "$proxy" app.test:9409
says "the proxy '$proxy' is not trusted: hostname mismatch"
says 'do +check the name [(]--servername, --proxy[)]'
expect_not through curl -sS -o /dev/null
expect_not through ./ask-go

it 'a password goes to a proxy that the tree trusts, or --proxy-cacert, and to no other'
proxy=https://tester:secret@proxy.test:3132
expect_status 0 tf verify --root behind --proxy "$proxy" app.test:9409
expect through curl -sS -o /dev/null
small_root apart origin-root
expect_status 1 env SSL_CERT_FILE="$pki/origin-root.crt" "$trustfix" verify --root apart --proxy "$proxy" app.test:9409
one_sentence
says 'certificate is not trusted here .*, so the password was not sent'
says "trustfix install --root apart --pin $(pin_of origin-root) https://proxy.test:3132 --no-proxy"
says_not secret
expect_status 3 tf verify --root apart --proxy "$proxy" --proxy-cacert "$pki/origin-root.crt" app.test:9409
says "the proxy 'https://proxy.test:3132' is not trusted"
expect_status 1 tf verify --root behind --proxy "$proxy" --proxy-cacert "$pki/cross-root.crt" app.test:9409
says 'the password was not sent'
expect_status 1 tf verify --root behind --proxy "https://tester:secret@127.0.0.1:3132" app.test:9409
says 'hostname mismatch.*the password was not sent'

it 'a proxy that asks for a client certificate never gets the one that is for the server'
set -- --root behind --cert "$pki/client.crt" --key "$pki/client.key" app.test:9409
expect_status 0 tf verify --proxy https://proxy.test:3133 "$@"
expect_status 1 tf verify --proxy https://proxy.test:3134 "$@"
one_sentence
says "proxy 'https://proxy.test:3134': .*(certificate required|closed|reset)"

done_testing
