#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The dialects that begin in the clear.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
root_pin=$(pin_of mitm-root)

greet() # PORT PROTOCOL
{
	start_server "$2" "$1" /usr/bin/python3 "$here/starttls.py" "$1" "$2" "$pki/gate-root.pem" "$pki/gate.key"
}

port=2500
for protocol in smtp imap pop3 ftp ldap postgres mysql xmpp; do
	it "$protocol: captured after its greeting"
	port=$((port + 1))
	greet "$port" "$protocol"
	expect_status 0 tf capture --pin "$root_pin" "$protocol://app.test:$port"
	captured mitm-root

	it "$protocol: a server that offers no TLS"
	port=$((port + 1))
	greet "$port" "$protocol-none"
	within 8000 expect_status 1 tf probe --timeout 5 "$protocol://app.test:$port"
	says 'not-tls'
done

for protocol in smtp postgres; do
	it "$protocol: bytes slipped in before TLS are refused"
	port=$((port + 1))
	greet "$port" "$protocol-extra"
	within 8000 expect_status 1 tf probe --timeout 5 "$protocol://app.test:$port"
	says 'not-tls'
done

it 'the real thing: openssl s_client and trustfix see the same chain'
openssl s_client -starttls smtp -connect app.test:2501 -showcerts </dev/null >theirs 2>/dev/null
expect_status 3 tf probe --save ours.pem smtp://app.test:2501
certs_in "$dir/theirs" >theirs.sums
certs_in "$dir/ours.pem" >ours.sums
same_bytes theirs.sums ours.sums

it 'a plain target on such a port is no TLS, and not a wait without end'
within 8000 expect_status 1 tf probe --timeout 3 app.test:2501
says 'not-tls'

done_testing
