#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `make install` below another PREFIX is all of one piece, keeps what an administrator chose, and
# `make uninstall` leaves nothing of its own.
set -u
umask 077
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
hooks=$dir/root/etc/trustfix/hooks.d
of_make() { make -s -o all BUILD="${BUILD:-build}" DESTDIR="$dir/root" PREFIX=/opt/trustfix "$@" 2>&1; }
{
	of_make install
	[ -f "$hooks/restart-container-engine" ] && [ ! -x "$hooks/restart-container-engine" ] ||
		echo 'the example is not masked'
	grep -rE '/usr/(bin|lib)/trustfix' "$dir/root" --include='*.[17]' --include='apt.conf' \
		--include='*.action' --include='*.hook'
	find "$dir/root" ! -perm -004
	rm "$hooks/restart-container-engine"
	touch "$hooks/own"
	of_make install
	[ ! -e "$hooks/restart-container-engine" ] || echo 'what was unmasked is masked again'
	of_make uninstall
	find "$dir/root" ! -type d ! -path "$hooks/own"
} >"$dir/said"
cat "$dir/said"
[ ! -s "$dir/said" ]
