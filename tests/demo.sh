#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The whole road on your screen.
#
#	tests/demo.sh		makes a PKI, a small root, an origin and a squid that intercepts it, all of them
#				thrown away afterwards; nothing of this machine is changed
#	tests/demo.sh HOST	probes HOST instead, from where you are
#
# Needs squid (squid-openssl), openssl, curl, python3; root for namespaces.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
if [ $# -gt 0 ]; then
	exec "$top/${BUILD:-build}/trustfix" probe "$@"
fi

# shellcheck source=tests/e2e/lib.sh
. "$top/tests/e2e/lib.sh"

show()
{
	printf '\n$ %s\n' "$*"
	PATH=$BUILD:$PATH "$@" 2>&1 | sed 's/^/    /'
}

step() { printf '\n--- %s\n' "$*"; }

for program in squid openssl curl; do
	command -v "$program" >/dev/null || {
		echo "demo: needs $program" >&2
		exit 1
	}
done
# A Java runtime's keystore without entries: magic, version 2, count 0, and SHA-1 over the password, two
# words and all that.
empty_keystore()
{
	mkdir -p "$1/lib/security" "$1/bin"
	printf '\376\355\376\355\0\0\0\002\0\0\0\0' >jks
	{
		printf '\0c\0h\0a\0n\0g\0e\0i\0tMighty Aphrodite'
		cat jks
	} | openssl sha1 -binary >>jks.digest
	cat jks jks.digest >"$1/lib/security/cacerts"
	printf 'JAVA_VERSION="17.0.1"\n' >"$1/release"
	: >"$1/bin/java"
	chmod 0755 "$1/bin/java"
}

# small_image FILE DIR: a container image of one layer, as docker save would write it.
small_image()
{
	mkdir image
	tar -C "$2" -cf image/layer.tar .
	printf '{"architecture":"amd64","os":"linux","created":"2026-01-02T03:04:05Z","config":{},
		"rootfs":{"type":"layers","diff_ids":["sha256:%s"]},"history":[{"created_by":"COPY . /"}]}' \
		"$(sha256sum image/layer.tar | cut -c1-64)" >image/config.json
	printf '[{"Config":"config.json","RepoTags":["app:1"],"Layers":["layer.tar"]}]' >image/manifest.json
	tar -C image -cf "$1" layer.tar config.json manifest.json
}

small_root root
empty_keystore root/usr/lib/jvm/java-17
small_image app.tar root
s_server 9443 app
s_server 9444 multi
squid_bump gate 3128 "$pki/mitm-root.both"
export https_proxy=http://127.0.0.1:3128
bundle=root/etc/ssl/certs/ca-certificates.crt

step 'Behind a proxy that intercepts TLS, programs fail:'
show curl -sS --cacert "$bundle" -o /dev/null https://app.test:9443/

step 'Who is really on the line?  Two hosts of two owners, asked side by side:'
show trustfix probe app.test:9443 other.test:9444

step "The proxy's CA, approved by its fingerprint, installed and proven:"
show trustfix install --root root --pin "$(pin_of mitm-root)" app.test:9443 other.test:9444

step 'The same program, the same store:'
show curl -sS --cacert "$bundle" -o /dev/null -w '%{http_code}\n' https://app.test:9443/

step 'The Java runtime in the same root trusts it too:'
show trustfix verify --root root --store java app.test:9443

step 'A container image, without an engine: a new layer, proven from the bytes of the new image:'
show trustfix install --image app.tar -o app-2.tar --pin "$(pin_of mitm-root)" app.test:9443 other.test:9444
show trustfix list --image app-2.tar
show trustfix verify --image app-2.tar --store java app.test:9443

step 'And back:'
show trustfix undo --root root
show curl -sS --cacert "$bundle" -o /dev/null https://app.test:9443/
exit 0
