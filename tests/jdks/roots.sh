#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes the Debian roots with the Java runtimes 8, 11, 17, 21 and 25: $ROOTS/jdk-SUITE, once each.
#
#	tests/jdks/roots.sh [SUITE...]		sid, bullseye and trixie without a word
#
# ROOTS is build/roots unless set.  MIRROR is debootstrap's own unless set.  Needs root.
set -eu
cd "$(dirname "$0")/../.."
roots=${ROOTS:-build/roots}

runtimes_of() # SUITE
{
	case $1 in
	sid) echo openjdk-8-jre-headless ;;
	bullseye) echo openjdk-11-jre-headless openjdk-17-jre-headless ;;
	trixie) echo openjdk-21-jre-headless openjdk-25-jre-headless ;;
	*) return 1 ;;
	esac
}

# A mirror that stands still has a sid whose list of packages has expired.
install_in() # ROOT PACKAGE...
{
	# shellcheck disable=SC2016 # expanded by that shell
	/usr/bin/python3 -B tests/e2e/world.py sh -euc '
		root=$1
		shift
		mount -t proc none "$root/proc"
		in_root() { env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive chroot "$root" "$@"; }
		in_root apt-get -q -o Acquire::Check-Valid-Until=false update
		in_root apt-get -qy install --no-install-recommends "$@"' sh "$@"
}

make_root() # SUITE
{
	root=$roots/jdk-$1
	packages=$(runtimes_of "$1")
	[ ! -e "$root/.made" ] || return 0
	echo "making $root"
	rm -rf "${root:?}" "$root.new"
	# shellcheck disable=SC2086 # names are words
	{
		debootstrap --variant=minbase --include=ca-certificates "$1" "$root.new" ${MIRROR:+"$MIRROR"} &&
			install_in "$root.new" $packages
	} >"$root.log" 2>&1 || {
		tail -n 3 "$root.log" >&2
		return 1
	}
	rm -rf "$root.new/var/cache/apt" "$root.new/var/lib/apt/lists" "$root.new/usr/share/doc" \
		"$root.new/usr/share/locale" "$root.new/usr/share/man"
	: >"$root.new/.made"
	mv "$root.new" "$root"
}

mkdir -p "$roots"
[ $# -gt 0 ] || set -- sid bullseye trixie
for suite in "$@"; do
	make_root "$suite"
done
