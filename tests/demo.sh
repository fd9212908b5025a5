#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The whole road on your screen.
#
#	tests/demo.sh		makes a PKI, a small root, an origin and a squid that intercepts it, all of them
#				thrown away afterwards; nothing of this machine is changed
#	tests/demo.sh HOST	probes HOST instead, from where you are
#
# Needs squid (squid-openssl), openssl, curl, ss (iproute2); root, because squid changes to a user of its own.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
if [ $# -gt 0 ]; then
	exec "$top/${BUILD:-build}/trustfix" probe "$@"
fi

# shellcheck disable=SC2034 # lib.sh asks
world=shared
# shellcheck source=tests/e2e/lib.sh
. "$top/tests/e2e/lib.sh"

# show STATUS COMMAND...: what it prints; the demonstration ends here if it does not end with that status.
show()
{
	wanted=$1
	shift
	printf '\n$ %s\n' "$*"
	status=0
	PATH=$BUILD:$PATH "$@" >shown 2>&1 || status=$?
	sed "/^More details here/,\$d; s/^/    /" shown
	[ "$status" -eq "$wanted" ] || {
		echo "demo: status $status, not $wanted" >&2
		exit 1
	}
}

show_curl() # STATUS [OPTION...]
{
	wanted=$1
	shift
	show "$wanted" curl -sS --cacert "$bundle" -o /dev/null "$@" "https://$app/"
}

step() { printf '\n--- %s\n' "$*"; }

need_all squid openssl curl ss

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
app_port=$(free_port 9443)
s_server "$app_port" app -accept "127.0.0.1:$app_port"
other_port=$(free_port 9444)
s_server "$other_port" multi -accept "127.0.0.1:$other_port"
proxy_port=$(free_port 3128)
squid_hosts=$dir/hosts
squid_bump "demo$proxy_port" "$proxy_port" "$pki/mitm-root.both"
[ "$test_failed" -eq 0 ] || exit 1
export https_proxy="http://127.0.0.1:$proxy_port"
bundle=root/etc/ssl/certs/ca-certificates.crt
app=app.example.com:$app_port other=other.example.net:$other_port

step 'Behind a proxy that intercepts TLS, programs fail:'
show_curl 60

step 'What does the proxy present?  Two hosts of two owners, asked side by side:'
show 3 trustfix probe "$app" "$other"

step "The proxy's CA, approved by its fingerprint, installed and proven:"
show 0 trustfix install --root root --pin "$(pin_of mitm-root)" "$app" "$other"
cat <<'END'

    (openssl-strict is Python 3.13 and later.  It requires an Authority Key Identifier, which this squid leaves
    out of the certificates it makes.  That is reported and never fails an install.)
END

step 'The same program, the same store:'
show_curl 0 -w '%{http_code}\n'

step 'The Java runtime in the same root trusts it too:'
show 0 trustfix verify --root root --store java "$app"

step 'A container image, without an engine: a new layer, proven from the bytes of the new image:'
show 0 trustfix install -q --image app.tar -o app-2.tar --pin "$(pin_of mitm-root)" "$app" "$other"
show 0 trustfix list --image app-2.tar
show 0 trustfix verify --image app-2.tar --store java "$app"

step 'Undo, and curl fails as before:'
show 0 trustfix undo --root root
show_curl 60

program=${BUILD#"$top"/}/trustfix
cat <<END

--- That was it

curl, a Java keystore and a container image behind an intercepting proxy: all refused its CA, trusted it after one
install, each proven by a new handshake, and undo put every byte back.  All of it happened in a scratch directory
that is now removed: this machine's trust store, services and settings are as they were.

What to do next, with a host that fails on a real machine:

    $program probe HOST      what it presents, and whether a proxy answers in its place
    $program doctor HOST     run the real programs here, and say why each one fails
    $program install HOST    show the CA, ask, install, prove; trustfix undo takes it back
END
