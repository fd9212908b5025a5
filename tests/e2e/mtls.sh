#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Client certificates: given, missing, wrong, locked.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
root_pin=$(pin_of mitm-root)
small_root root

port=9442
for version in tls1_2 tls1_3; do
	port=$((port + 1))
	s_server "$port" gate-root "-$version" -Verify 2 -verify_return_error -CAfile "$pki/client-root.crt"

	it "$version: a missing client certificate is said, and the chain is seen all the same"
	expect_status 3 tf probe --json "app.test:$port"
	json 'd["targets"][0]["verdict"]' client-cert-required
	expect_status 0 tf capture --pin "$root_pin" "app.test:$port"
	captured mitm-root

	it "$version: a wrong one is not taken for a right one"
	expect_status 3 tf probe --cert "$pki/client-wrong.crt" --key "$pki/client-wrong.key" "app.test:$port"
	says 'client-cert-required'

	it "$version: with the right one the verdict is about the server"
	expect_status 3 tf probe --cert "$pki/client.crt" --key "$pki/client.key" "app.test:$port"
	says_not 'client-cert-required'
	says 'untrusted'

	for locked in enc old; do
		it "$version: a locked key, $(sed -n '1s/-----//gp' "$pki/client-$locked.key")"
		expect_status 3 tf probe --cert "$pki/client.crt" --key "$pki/client-$locked.key" \
			--key-pass-file "$pki/client.pass" "app.test:$port"
		says 'untrusted'
		says_not 'client-cert-required'
	done
done

it 'a locked key without its password, or with a wrong one, is one sentence and no prompt'
echo wrong >wrong.pass
within 5000 expect_status 1 tf probe --cert "$pki/client.crt" --key "$pki/client-enc.key" app.test:9443
one_sentence
within 5000 expect_status 1 tf probe --cert "$pki/client.crt" --key "$pki/client-enc.key" \
	--key-pass-file wrong.pass app.test:9443
one_sentence

it 'a key that is not the certificate'\''s'
expect_status 1 tf probe --cert "$pki/client.crt" --key "$pki/client-wrong.key" app.test:9443
one_sentence

it 'RSA key exchange proves the key at the end only: refused before it, nothing is proven'
openssl req -newkey rsa:2048 -nodes -keyout rsa.key -subj /CN=app.test -addext subjectAltName=DNS:app.test \
	-x509 -CA "$pki/mitm-root.crt" -CAkey "$pki/mitm-root.key" -days 30 -out rsa.crt 2>/dev/null
start_server rsa 9445 openssl s_server -accept 9445 -quiet -www -tls1_2 -cipher AES128-GCM-SHA256 -cert rsa.crt \
	-key rsa.key -Verify 2 -verify_return_error -CAfile "$pki/client-root.crt"
expect_status 3 tf probe --json app.test:9445
json 'd["targets"][0]["verdict"]' unproven
says 'after it asked for a client certificate'
expect_status 1 tf capture --trust-on-first-use app.test:9445
expect_status 3 tf probe --cert "$pki/client.crt" --key "$pki/client.key" app.test:9445
says ': untrusted'

it 'install proves with the client certificate'
expect_status 0 tf install --root root --pin "$root_pin" --cert "$pki/client.crt" --key "$pki/client.key" \
	app.test:9444
expect holds "$(bundle_of root)" "$pki/mitm-root.crt"
expect_status 0 tf verify --root root --cert "$pki/client.crt" --key "$pki/client.key" app.test:9444

it 'verify shows that the client certificate is not what is missing'
small_root other
expect_status 3 tf verify --root other --cert "$pki/client.crt" --key "$pki/client.key" app.test:9444
says_not 'client-cert-required'

done_testing
