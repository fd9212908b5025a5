#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make deb: the Debian package of the commit that is checked out, in build/deb; as any user, on the suite it is for.
# Needs the packages that packaging/deb/control names, and lintian.
set -eu
cd "$(dirname "$0")/../.."
out=$PWD/build/deb
# shellcheck source=packaging/commit.sh
. packaging/commit.sh
rm -rf "$out"
mkdir -p "$out/trustfix-$version"
git archive HEAD | tar -x -C "$out/trustfix-$version"
cd "$out/trustfix-$version"
cp -r packaging/deb debian
rm debian/build.sh
{
	printf 'trustfix (%s) unstable; urgency=medium\n\n' "$version"
	# The bullets of that version, each on one line, folded as dpkg wants them.
	awk -v version="$version" '
	/^## / { inside = index($2, "[" version "]") == 1; next }
	!inside { next }
	/^- / { if (text) print text; text = substr($0, 3); next }
	/^  / && text { text = text " " substr($0, 3); next }
	{ if (text) print text; text = "" }
	END { if (text) print text }' CHANGELOG | while read -r entry; do
		echo "$entry" | fold -s -w 74 | sed 's/ *$//; 1s/^/  * /; 1!s/^/    /'
	done
	printf '\n -- The trustfix developers <trustfix@example.org>  %s\n' "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")"
} >debian/changelog
dpkg-buildpackage -us -uc -b -nc ${DEB_JOBS:+-j$DEB_JOBS}
cd ..
lintian --pedantic --fail-on error,warning,info,pedantic ./*.changes
ls -l ./*.deb
