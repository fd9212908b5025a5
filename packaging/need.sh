#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the named Debian packages that are missing; starts none of their services, and leaves none enabled.
set -eu
missing=
for package in "$@"; do
	case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
	'install ok installed') ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0
work=$(mktemp -d)
policy=/usr/sbin/policy-rc.d
made=

# The links that have something started at boot, by systemd and by System V.
enabled()
{
	find /etc/systemd /etc/rc[S2-5].d -type l ! -lname /dev/null \( -path '/etc/systemd/*' -o -name 'S*' \) \
		2>/dev/null | LC_ALL=C sort
}

# policy-rc.d keeps a service from being started, not from being enabled.  These are the ways of an administrator,
# which an upgrade of the package respects.
disable_new()
{
	enabled | LC_ALL=C comm -13 "$work/enabled" - | while read -r link; do
		[ -L "$link" ] || continue
		case $link in
		/etc/systemd/*) rm "$link" ;;
		*) update-rc.d "$(basename "$link" | cut -c 4-)" disable ;;
		esac
	done
}

finish()
{
	disable_new
	[ -z "$made" ] || rm -f "$policy"
	rm -rf "$work"
}

# apt_get WORDS ARGUMENT...: with its progress in tens of percent on one line; all of its output when it fails.
apt_get()
{
	printf '  %s:' "$1"
	shift
	rm -f "$work/failed"
	{
		apt-get -q -o APT::Status-Fd=3 "$@" 3>&1 >"$work/log" 2>&1 </dev/null || : >"$work/failed"
	} | {
		kind='' shown=0
		while IFS=: read -r now _ percent _; do
			case $now in
			dlstatus) now=fetched ;;
			pmstatus) now=installed ;;
			*) continue ;;
			esac
			[ "$now" = "$kind" ] || shown=0
			percent=${percent%%.*}
			[ "$percent" -ge $((shown + 10)) ] || continue
			[ "$now" = "$kind" ] || printf ' %s' "$now"
			kind=$now shown=$((percent / 10 * 10))
			printf ' %s%%' "$shown"
		done
		echo
	}
	[ ! -e "$work/failed" ] || {
		cat "$work/log"
		exit 1
	}
}

enabled >"$work/enabled"
trap finish EXIT
trap 'exit 1' HUP INT TERM
if [ ! -e $policy ]; then
	made=1
	printf '#!/bin/sh\nexit 101\n' >$policy
	chmod 0755 $policy
fi
export DEBIAN_FRONTEND=noninteractive
echo "installing:$missing"
apt_get 'lists of packages' update
# shellcheck disable=SC2086 # names are words
apt_get packages install -y --no-install-recommends $missing
