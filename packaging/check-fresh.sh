#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The two commands of README.md on a fresh machine: a bare Debian root below build/, entered by a plain chroot, with
# nothing in it but a clean clone of HEAD; /proc and /dev are mounted there, as chroot's users have them.
#
#	packaging/check-fresh.sh [contained] [try] [test]	all three without a word
#
#	contained	try.sh without CAP_SYS_ADMIN and CAP_NET_ADMIN, as in a plain container
#	try, test	try.sh and test.sh as root has them
#
# MIRROR is debootstrap's own unless set.  On the same Debian apt has this machine's sources and proxies, so that
# it installs the packages of the day.  What they said is kept in build/fresh/*.log; nothing stays mounted or running.
set -u
cd "$(dirname "$0")/.." || exit 1
[ "$(id -u)" -eq 0 ] || exec sudo sh "packaging/${0##*/}" "$@"
[ -n "${TRUSTFIX_FRESH:-}" ] || exec env TRUSTFIX_FRESH=1 /usr/bin/python3 -B tests/e2e/world.py \
	unshare --pid --fork --kill-child sh "packaging/${0##*/}" "$@"
suite=bookworm
fresh=build/fresh
root=$fresh/root
failed=0

clean_up()
{
	trap - EXIT INT TERM
	umount -R "$root/proc" "$root/dev" 2>/dev/null
	rm -rf --one-file-system "${root:?}"
}

in_root()
{
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root ${http_proxy:+"http_proxy=$http_proxy"} \
		${https_proxy:+"https_proxy=$https_proxy"} "$@"
}

make_root()
{
	echo "making a bare root of $suite"
	rm -rf --one-file-system "${fresh:?}"
	mkdir -p "$fresh"
	debootstrap --variant=minbase "$suite" "$root" ${MIRROR:+"$MIRROR"} >"$fresh/debootstrap.log" 2>&1 || {
		tail -n 3 "$fresh/debootstrap.log"
		exit 1
	}
	# shellcheck source=/dev/null
	if [ "$(. /etc/os-release && echo "${VERSION_CODENAME:-}")" = "$suite" ]; then
		rm -f "$root/etc/apt/sources.list"
		cp /etc/apt/sources.list "$root/etc/apt/" 2>/dev/null
		cp /etc/apt/sources.list.d/debian.sources "$root/etc/apt/sources.list.d/" 2>/dev/null
		apt-config dump | grep -E '^Acquire::(https?|Check-[a-zA-Z-]*)(::| )' >"$root/etc/apt/apt.conf.d/90machine"
	fi
	mount -t proc none /proc && mount -t proc none "$root/proc" && mount --rbind /dev "$root/dev" || exit 1
}

# What would start at boot.
enabled()
{
	(cd "$root/etc" && ls -d systemd/*/*.wants/* rc[S2345].d/S* 2>/dev/null)
}

# run NAME COMMAND...: in a clean clone.
run()
{
	name=$1
	shift
	rm -rf "$root/root/trustfix"
	mkdir "$root/root/trustfix"
	git -c safe.directory='*' archive HEAD | tar -x -C "$root/root/trustfix"
	echo "== $name: $*"
	begun=$(date +%s)
	word=ok
	in_root "$@" >"$fresh/$name.log" 2>&1 </dev/null || word=FAILED failed=1
	tail -n 20 "$fresh/$name.log" | sed 's/^/    /'
	enabled | diff "$fresh/enabled" - | sed -n 's/^> /    enabled since: /p' | grep . && word=FAILED failed=1
	echo "== $name: $word, $(($(date +%s) - begun)) seconds"
}

git -c safe.directory='*' rev-parse -q --verify HEAD >/dev/null || {
	echo 'check-fresh: no git checkout, which a clean clone could be made of' >&2
	exit 1
}
[ $# -gt 0 ] || set -- contained try test
trap clean_up EXIT
trap 'exit 1' INT TERM
make_root
enabled >"$fresh/enabled"
for one in "$@"; do
	case $one in
	contained) run "$one" setpriv --bounding-set=-sys_admin,-net_admin chroot "$root" sh /root/trustfix/packaging/try.sh ;;
	try | test) run "$one" chroot "$root" sh "/root/trustfix/packaging/$one.sh" ;;
	*)
		echo "check-fresh: what is '$one'?" >&2
		exit 1
		;;
	esac
done
[ "$failed" -eq 0 ]
