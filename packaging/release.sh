#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# make release: what is attached to a release, in build/release: the tarball, the static program, its SBOM (SPDX 2.3,
# tag-value) and SHA256SUMS.  Of one commit and one set of Debian packages the bytes are always the same.
set -eu
cd "$(dirname "$0")/.."
out=$PWD/build/release
# shellcheck source=packaging/commit.sh
. packaging/commit.sh
name=trustfix-$version
program=$name-linux-$(uname -m)
export LC_ALL=C TZ=UTC
rm -rf "$out"
mkdir -p "$out"
git archive --format=tar --prefix="$name/" HEAD | gzip -9n >"$out/$name.tar.gz"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -xzf "$out/$name.tar.gz" -C "$work"
make -s -C "$work/$name" BUILD=build -j "$(nproc)" static CFLAGS="-O2 -g -ffile-prefix-map=$work/$name=."
strip -o "$out/$program" "$work/$name/build/trustfix-static"

# package NAME VERSION SUPPLIER LICENSE: one that the program consists of.
package()
{
	printf 'PackageName: %s\nSPDXID: SPDXRef-%s\nPackageVersion: %s\nPackageSupplier: %s\n' "$1" "$1" "$2" "$3"
	printf 'PackageDownloadLocation: NOASSERTION\nFilesAnalyzed: false\nPackageLicenseConcluded: %s\n' "$4"
	printf 'PackageLicenseDeclared: %s\nPackageCopyrightText: NOASSERTION\n' "$4"
}
debian_package() # NAME LICENSE
{
	package "$1" "$(dpkg-query -W -f='${Version}' "$1")" 'Organization: Debian' "$2"
	printf 'Relationship: SPDXRef-trustfix STATIC_LINK SPDXRef-%s\n\n' "$1"
}
sum=$(sha256sum "$out/$program" | cut -d' ' -f1)
{
	printf 'SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\nSPDXID: SPDXRef-DOCUMENT\nDocumentName: %s\n' "$program"
	printf 'DocumentNamespace: https://trustfix.example.org/spdx/%s-%s\n' "$program" "$sum"
	printf 'Creator: Organization: The trustfix developers\nCreated: %s\n\n' \
		"$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)"
	package trustfix "$version" 'Organization: The trustfix developers' Apache-2.0
	printf 'PackageChecksum: SHA256: %s\n' "$sum"
	printf 'Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-trustfix\n\n'
	debian_package libc6-dev LGPL-2.1-or-later
	debian_package libssl-dev Apache-2.0
	debian_package libarchive-dev BSD-2-Clause
	debian_package libjansson-dev MIT
	debian_package libpsl-dev MIT
	debian_package libidn2-dev 'LGPL-3.0-or-later OR GPL-2.0-or-later'
	debian_package libunistring-dev 'LGPL-3.0-or-later OR GPL-2.0-or-later'
	debian_package libzstd-dev BSD-3-Clause
	debian_package zlib1g-dev Zlib
} >"$out/$program.spdx"
cd "$out"
sha256sum -- * >SHA256SUMS
cat SHA256SUMS
