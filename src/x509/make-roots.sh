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

# The subject is the fourth SEQUENCE inside a TBSCertificate (RFC 5280, 4.1).
subject() {
	openssl asn1parse -inform DER -in "$1" |
		awk -F'[:= ]+' '/d=2 .*cons: SEQUENCE/ && ++n == 4 { sub(/^ */, ""); print; exit }' |
		sed 's/^ *\([0-9]*\):d=2 *hl= *\([0-9]*\) *l= *\([0-9]*\).*/\1 \2 \3/' |
		while read -r at header len; do
			tail -c "+$((at + 1))" "$1" | head -c "$((header + len))"
		done
}

# "64-hex-digits subject-hash" per line into sorted rows.
rows() {
	sort -u | sed 's/^\(.\{16\}\)\(.\{16\}\)\(.\{16\}\)\(.\{16\}\) \(.*\)$/\t{{0x\1, 0x\2, 0x\3, 0x\4}, 0x\5},/'
}

[ $# -gt 0 ] || set -- /
for root in "$@"; do
	source_of "${root%/}" >>"$work/sources"
	for crt in "${root%/}"/usr/share/ca-certificates/mozilla/*.crt; do
		openssl x509 -in "$crt" -outform DER -out "$work/der"
		hash=$(openssl x509 -in "$work/der" -inform DER -noout -subject_hash)
		echo "$(sha256sum "$work/der" | cut -c 1-64) $hash" >>"$work/certs"
		subject "$work/der" | sha256sum | sed 's/^\(.\{16\}\).*/0x\1,/' >>"$work/subjects"
	done
done
n=$(sort -u "$work/certs" | wc -l)
versions=$(sed 's/ of .*//' "$work/sources" | tr '\n' ' ')

cat <<EOF
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Made by src/x509/make-roots.sh from ca-certificates:
$(sed 's/^/ *   /' "$work/sources")
 */
const char roots_source[] = "ca-certificates ${versions% }, $n roots";

static const struct row certs[] = {
$(rows <"$work/certs")
};

static const uint64_t subjects[] = {
$(sort -u "$work/subjects" | paste -d ' ' - - - - | sed 's/^/\t/; s/ *$//')
};
EOF
