#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every command and long option that the program's help names is in the manual page and in the three
# completions, and the reverse.
set -u
program=${BUILD:-build}/trustfix
[ -x "$program" ] || exit 1
LC_ALL=C
export LC_ALL
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
long='--[a-z0-9][a-z0-9-]*[a-z0-9]'

env -i "$program" --help | sed -n 's/^  *trustfix  *\([a-z][a-z]*\) .*/\1/p; s/^  \([a-z][a-z]*\)  .*/\1/p' |
	sort -u >"$dir/commands"
{
	cat "$dir/commands"
	echo '--version'
	while read -r command; do
		env -i "$program" "$command" --help | sed -n "s/^  *\(-[a-zA-Z0-9], *\)\{0,1\}\($long\).*/\2/p"
	done <"$dir/commands"
} | sort -u >"$dir/help"

man=packaging/man/trustfix.1
{
	sed -n 's/^\.It Fl \([a-zA-Z0-9] , Fl \)\{0,1\}-\([a-z0-9-]*\).*/--\2/p' $man
	sed -n '/^\.Sh COMMANDS/,/^\.Sh OPTIONS/s/^\.It Cm \([a-z]*\).*/\1/p' $man
} | sort -u >"$dir/man"
for shell in bash zsh fish; do
	file=packaging/completions/trustfix.$shell
	{
		sed -n "s/.*local [a-z]*commands='\(.*\)'/\1/p; s/^set -l commands //p" $file | tr ' ' '\n'
		grep -v '^set' $file | grep -oE -- '(-l |--)[a-z0-9][a-z0-9-]*[a-z0-9]' | sed 's/^-l /--/'
	} | sort -u >"$dir/$shell"
done
for place in man bash zsh fish; do
	diff "$dir/help" "$dir/$place" | sed -n "s/^</$place lacks/p; s/^>/only in $place:/p"
done | {
	! grep .
}
