#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# explain: what real programs print leads to the cause and to the next command; the words are those of
# tests/data/messages, which tests/unit/test_explain.c goes through.
# shellcheck source=tests/e2e/lib.sh disable=SC2016 # sh -c has its own $1
. "$(dirname "$0")/lib.sh"
need_all curl wget git openssl node java
s_server 9443 gate-root
s_server 9444 zs
s_server 9445 expired

# explains COMMAND...: it fails, and what it prints is explained.
explains()
{
	"$@" >said 2>&1 </dev/null && fail "succeeded: $*"
	expect_status 0 sh -c '"$1" explain <said' sh "$trustfix"
}

it 'a message out of a pipe: cause, program, and a command that works'
explains curl -sS https://app.test:9443/
says '^curl: root-unknown'
explains wget -O /dev/null https://app.test:9443/
says '^wget: issuer-unknown, app.test:9443$'
says 'do +trustfix probe app.test:9443$'
expect_status 3 tf probe app.test:9443
explains git ls-remote https://app.test:9443/x.git
says '^git: '
explains node -e "fetch('https://app.test:9443/')"
says '^Node.js: root-unknown'
says 'trustfix env'
cp "$here/java/Client.java" J.java
sed -i 's/Client/J/; s/catch (IOException refused)/catch (IllegalStateException refused)/' J.java
explains java -XX:TieredStopAtLevel=1 J.java https://app.test:9443/
says '^Java: issuer-unknown'
explains env "SSL_CERT_FILE=$pki/origin-root.crt" curl -sS https://app.test:9445/
says '^curl: expired'

it 'a log of s_client: what was sent, what was not, and whose it is'
openssl s_client -connect app.test:9444 -showcerts </dev/null >said 2>&1
expect_status 0 sh -c '"$1" explain <said' sh "$trustfix"
says '^openssl s_client: issuer-not-sent, app.test$'
says 'trustfix install --ca FILE --verify app.test$'
says "3 certificates; .*CN = Zscaler Root CA.* which was not sent"
says 'who +Zscaler'

it 'a message as words, and as JSON'
expect_status 0 tf explain 'x509: certificate is valid for a.test,' not b.test
says '^Go: wrong-host, b.test$'
expect_status 0 tf explain --json 'invalid peer certificate: UnknownIssuer'
json 'd["explanation"]["cause"]' issuer-unknown
json 'd["explanation"]["target"]' null
json 'd["explanation"]["commands"][0]' 'trustfix probe HOST'

it 'nothing is known of it: one sentence, status 1'
expect_status 1 tf explain 'segmentation fault'
one_sentence
expect_status 1 tf explain
one_sentence
expect_status 1 sh -c 'yes "curl: (60) " | head -c 2000000 | "$1" explain' sh "$trustfix"
one_sentence

it 'what a hostile log says reaches no terminal'
s_server 9446 evil
openssl s_client -connect app.test:9446 -nameopt utf8 </dev/null >said 2>&1
expect_status 0 sh -c '"$1" explain <said' sh "$trustfix"
says 'sent '
expect_not grep -q "$(printf '\033')" "$out"
done_testing
