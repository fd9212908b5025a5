#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Runs the end-to-end scripts, all of them or those named (capture, killed, ...), two at a time, and goes
# on after a failure.  The last line is "N passed, N failed"; the status is 1 when one failed.
#
#	BUILD			where the program is (build)
#	TRUSTFIX_NO_SKIP=1	what would be skipped fails
#	TRUSTFIX_E2E_LIMIT	seconds a script may take (1800), several times what it takes on a slow machine
#	TRUSTFIX_E2E_JOBS	scripts at a time (2)
set -u
cd "$(dirname "$0")/../.." || exit 1
unset TRUSTFIX_E2E
export BUILD="${BUILD:-build}"
limit=${TRUSTFIX_E2E_LIMIT:-1800}
jobs=${TRUSTFIX_E2E_JOBS:-2}

scripts()
{
	for script in tests/e2e/*.sh; do
		case $script in
		*/lib.sh | */labs.sh | */run.sh | */roots.sh) ;;
		*) basename "$script" .sh ;;
		esac
	done
}

count() # NAME or *
{
	# shellcheck disable=SC2086
	echo "$(cat "$work"/$1.tap | grep -c '^ok ') passed, $(cat "$work"/$1.tap | grep -c '^not ok') failed"
}

# One worker: the next script nobody has taken, until there is none.
work()
{
	for name in $names; do
		mkdir "$work/$name" 2>/dev/null || continue
		begun=$(date +%s)
		TMPDIR=$work/$name timeout -k 10 "$limit" sh "tests/e2e/$name.sh" >"$work/$name.tap" 2>&1
		code=$?
		[ $code -ne 124 ] && [ $code -ne 137 ] ||
			echo "not ok - ended after $limit seconds" >>"$work/$name.tap"
		[ $code -eq 0 ] || grep -q '^not ok' "$work/$name.tap" ||
			echo "not ok - ended with status $code" >>"$work/$name.tap"
		{
			echo "# ---- $name"
			cat "$work/$name.tap"
			echo "# ---- $name: $(count "$name"), $(($(date +%s) - begun)) seconds"
		} >"$work/$name.out"
		# One write, so that two workers do not mix their lines.
		cat "$work/$name.out"
	done
}

[ -x "$BUILD/trustfix" ] || {
	echo "tests/e2e: no $BUILD/trustfix" >&2
	exit 1
}
work=$(mktemp -d "${TMPDIR:-/tmp}/trustfix-run.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
chmod 0755 "$work"
if [ $# -gt 0 ]; then names=$*; else names=$(scripts); fi
for name in $names; do
	[ -e "tests/e2e/$name.sh" ] || {
		echo "tests/e2e: no script '$name'" >&2
		exit 1
	}
done
if [ "$(id -u)" -eq 0 ] && command -v debootstrap >/dev/null; then
	tests/e2e/roots.sh bookworm || echo '# no root of bookworm could be made'
fi
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin tests/pki/make.sh "$work/pki" || exit 1
export TRUSTFIX_PKI="$work/pki"

workers=
for _ in $(seq "$jobs"); do
	work &
	workers="$workers $!"
done
for worker in $workers; do
	wait "$worker"
done

grep -H '^not ok' "$work"/*.tap | sed "s|^$work/|# |"
skipped=$(cat "$work"/*.tap | grep -c '# SKIP')
[ "$skipped" -eq 0 ] || echo "# $skipped of them skipped"
count '*'
! cat "$work"/*.tap | grep -q '^not ok'
