#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# What `make release` has made: sums, SBOM, the static program in roots of other suites, and a second build.
#
#	tests/packages/release.sh	as root; roots of other suites are tried where check-jdks has made them
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
# shellcheck source=tests/e2e/labs.sh
. "$top/tests/e2e/labs.sh"
need_all debootstrap gcc git
release=$top/build/release
version=$(sed -n 's/^## \[\([0-9][0-9.]*\)\].*/\1/p' "$top/CHANGELOG" | head -n 1)
static=$release/trustfix-$version-linux-$(uname -m)
s_server 9443 gate-root

it 'the sums are right, and the SBOM is of this program'
(cd "$release" && sha256sum -c SHA256SUMS) >sums 2>&1 || fail 'a sum is wrong'
expect grep -q "^PackageChecksum: SHA256: $(sha256sum "$static" | cut -d' ' -f1)$" "$static.spdx"
for package in libssl-dev libarchive-dev libjansson-dev libpsl-dev libidn2-dev libunistring-dev \
	libzstd-dev zlib1g-dev libc6-dev; do
	expect grep -q "^PackageVersion: $(dpkg-query -W -f='${Version}' $package)$" "$static.spdx"
done

it 'the tarball has the version, and nothing that was built'
tar -tzf "$release/trustfix-$version.tar.gz" >members
expect grep -qx "trustfix-$version/CHANGELOG" members
expect_not grep -q '/build/' members

it 'a second build, elsewhere, has the same bytes'
expect git clone -q "$top" clone
expect_status 0 env -C clone make -s release
same_bytes "$release/SHA256SUMS" clone/build/release/SHA256SUMS

it 'of a changed tree nothing is released'
echo >>clone/README.md
expect_status 2 env -C clone make -s release
says 'uncommitted changes'

it 'the static program loads no module for names that the root has'
chroot_root bookworm world || done_testing
cp "$static" world/usr/bin/trustfix
printf '#include <stdlib.h>\n__attribute__((constructor)) static void end(void) { abort(); }\n' >module.c
expect gcc -shared -fPIC -o world/lib/libnss_corp.so.2 module.c
sed -i 's/^hosts:.*/hosts: corp files dns/' world/etc/nsswitch.conf 2>/dev/null || echo 'hosts: corp files dns' >world/etc/nsswitch.conf
cp "$pki/mitm-root.crt" world/corp.pem
expect_status 3 in_root world trustfix probe app.test:9443
expect_status 0 in_root world trustfix install --ca /corp.pem --verify app.test:9443

for suite in bullseye trixie sid; do
	[ -e "$roots/jdk-$suite/.made" ] || continue
	it "the static program in a root of $suite"
	chroot_root "jdk-$suite" "$suite"
	cp "$static" "$suite/usr/bin/trustfix"
	cp "$pki/mitm-root.crt" "$suite/corp.pem"
	expect_status 0 in_root "$suite" trustfix install --ca /corp.pem --verify app.test:9443
	expect holds "$dir/$suite/etc/ssl/certs/ca-certificates.crt" "$pki/mitm-root.crt"
done

done_testing
