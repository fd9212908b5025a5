#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# env: with what it prints, clients that read no system store work as well.
# shellcheck source=tests/e2e/lib.sh disable=SC2016 # the shells expand theirs
. "$(dirname "$0")/lib.sh"
need_all sslsplit nginx node fish /usr/bin/pip3
split=https://app.test:8281
pem=/var/lib/trustfix/installed.pem
origin 9443
start_server split 8281 sslsplit -D -l /dev/null -k "$pki/mitm-root.key" -c "$pki/mitm-root.crt" \
	ssl 127.0.0.1 8281 127.0.0.1 9443
small_root root

it 'nothing is installed: one sentence, status 1'
expect_status 1 tf env --root root
one_sentence
says 'no CA is installed'
keep_listing root

it 'install keeps the CAs alone in one file, for everybody to read; undo takes it away'
expect_status 0 tf install --root root --pin "$(pin_of mitm-root)" app.test:8281
expect test "$(certs_in root$pem)" = "$(sha256_of "$pki/mitm-root.crt")"
expect test "$(stat -c '%a' root$pem root/var/lib/trustfix | tr '\n' ' ')" = '644 755 '
expect_status 0 tf undo --root root
expect test ! -e root$pem
expect_status 0 tf install --root root --pin "$(pin_of mitm-root)" app.test:8281
expect_status 0 tf install --root root --ca "$pki/zs-root.crt"
expect test "$(certs_in root$pem | wc -l)" -eq 2

it 'it replaces with the bundle and adds the CAs alone'
expect_status 0 tf env --root root
says "^export SSL_CERT_FILE='/etc/ssl/certs/ca-certificates.crt'$"
says "^export NODE_EXTRA_CA_CERTS='$pem'$"
says_not 'JAVA'
cp "$out" env.sh
expect_status 0 tf env --root root --json
json '[v["value"] for v in d["variables"] if v["kind"] == "adds"]' "[\"$pem\", \"$pem\"]"
json '[v["value"] for v in d["variables"] if v["name"] == "PIP_CERT"][0]' /etc/ssl/certs/ca-certificates.crt
expect_status 2 tf env --root root --shell csh

# The tree's files where its paths say.
mount --bind root/var/lib /var/lib
mount --bind root/etc/ssl/certs /etc/ssl/certs
fetch="fetch('$split/').catch(() => process.exit(1))"
vendored="from pip._vendor import requests; requests.get('$split/', verify=True).raise_for_status()"

# A distribution's own Node.js may read the system store; this way it has the roots of its maker.
it 'Node.js, which reads no system store'
expect_not node --use-bundled-ca -e "$fetch"
expect sh -c '. ./env.sh; exec "$@"' sh node --use-bundled-ca -e "$fetch"

it 'requests with a bundle of its own'
expect_not env "REQUESTS_CA_BUNDLE=$pki/cross-root.crt" /usr/bin/python3 -c "$vendored"
expect sh -c '. ./env.sh; exec "$@"' sh /usr/bin/python3 -c "$vendored"

it 'the lines are those of the shell'
for shell in fish sh; do
	expect_status 0 tf env --root root --shell $shell
	cp "$out" "env.$shell"
	expect_status 0 $shell -c '. ./env.'$shell'; printenv NODE_EXTRA_CA_CERTS AWS_CA_BUNDLE'
	says "^$pem\$"
	says '^/etc/ssl/certs/ca-certificates.crt$'
done
expect_status 0 tf env --root root --shell docker
says "^ENV NODE_EXTRA_CA_CERTS=\"$pem\"$"
expect_status 0 tf env --root root --shell github
says "^NODE_EXTRA_CA_CERTS=$pem$"

it 'a file that does not hold what is installed is told, and reapply makes it again'
rm root$pem
expect_status 1 tf env --root root
says 'reapply'
expect_status 0 tf reapply --root root
expect_status 0 tf env --root root
cp "$pki/client-root.crt" root/etc/ssl/certs/ca-certificates.crt
expect_status 1 tf env --root root
says 'ca-certificates.crt.*does not hold'

it 'remove takes the last one away, and the file'
expect_status 0 tf reapply --root root
expect_status 0 tf remove --root root --installed
expect test ! -e root$pem
expect_status 1 tf env --root root
done_testing
