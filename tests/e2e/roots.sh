#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes the Debian roots that the end-to-end tests copy: $ROOTS/SUITE, once each.
#
#	tests/e2e/roots.sh [SUITE...]		bookworm without a word
#
# ROOTS is build/roots unless set.  MIRROR is debootstrap's own unless set.  Needs root.
set -eu
cd "$(dirname "$0")/../.."
roots=${ROOTS:-build/roots}
packages=ca-certificates,openssl,curl,wget,p11-kit,p11-kit-modules,libjansson4

make_root()
{
	suite=$1
	[ ! -e "$roots/$suite/.made" ] || return 0
	rm -rf "${roots:?}/$suite" "$roots/$suite.new"
	debootstrap --variant=minbase --include="$packages" "$suite" "$roots/$suite.new" ${MIRROR:+"$MIRROR"} \
		>"$roots/$suite.log" 2>&1 || {
		tail -n 3 "$roots/$suite.log" >&2
		return 1
	}
	rm -rf "$roots/$suite.new/var/cache/apt" "$roots/$suite.new/var/lib/apt/lists" \
		"$roots/$suite.new/usr/share/doc" "$roots/$suite.new/usr/share/locale" \
		"$roots/$suite.new/usr/share/man"
	: >"$roots/$suite.new/.made"
	mv "$roots/$suite.new" "$roots/$suite"
}

mkdir -p "$roots"
[ $# -gt 0 ] || set -- bookworm
# Two callers at once make one root.
exec 9>"$roots/.lock"
flock 9
for suite in "$@"; do
	make_root "$suite"
done
