#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Generates src/x509/roots.inc from the roots in Debian's ca-certificates package, in the running release
# and in trees of other releases (made by debootstrap): stores in use hold roots of older lists as well.
#     src/x509/make-roots.sh / /srv/bullseye /srv/trixie >src/x509/roots.inc
set -eu
export LC_ALL=C

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# "20230311+deb12u1 of Sat, 01 Jan 2026 ..."
source_of() {
	log=$1/usr/share/doc/ca-certificates/changelog.gz
	[ -e "$log" ] || log=$1/usr/share/doc/ca-certificates/changelog.Debian.gz
	version=$(dpkg-query --admindir="$1/var/lib/dpkg" -W -f '${Version}' ca-certificates)
	echo "$version of $(zcat "$log" 2>/dev/null | sed -n '/^ -- .*>  /{s///p;q;}')"
}

[ $# -gt 0 ] || set -- /
for root in "$@"; do
	source_of "${root%/}" >>"$work/sources"
	for crt in "${root%/}"/usr/share/ca-certificates/mozilla/*.crt; do
		openssl x509 -in "$crt" -outform DER -out "$work/der"
		hash=$(openssl x509 -in "$work/der" -inform DER -noout -subject_hash)
		echo "{\"$(sha256sum "$work/der" | cut -c 1-64)\", 0x$hash}," >>"$work/rows"
	done
done

cat <<EOF
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Made by src/x509/make-roots.sh from ca-certificates:
$(sed 's/^/ *   /' "$work/sources")
 */
$(sort -u "$work/rows")
EOF
