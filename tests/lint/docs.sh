#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every option and command that the program's help names is in the manual page and in the three
# completions, and the reverse.
set -u
program=${BUILD:-build}/trustfix
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT || exit 1
LC_ALL=C
export LC_ALL

commands=$(env -i "$program" --help | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p')
for command in $commands; do
	echo "$command"
	env -i "$program" "$command" --help | grep -o -- '--[a-z0-9][a-z0-9-]*'
done | sort -u >"$dir/help"
[ "$(wc -l <"$dir/help")" -gt 20 ] || {
	echo "the program's help is too short to be true"
	exit 1
}
man=packaging/man/trustfix.1
{
	sed -n 's/^\.It Fl -\([a-z0-9-]*\).*/--\1/p; s/^\.It Fl [a-zA-Z0-9] , Fl -\([a-z0-9-]*\).*/--\1/p' $man
	sed -n '/^\.Sh COMMANDS/,/^\.Sh OPTIONS/s/^\.It Cm \([a-z]*\).*/\1/p' $man
} | sort -u >"$dir/man"
for shell in bash zsh fish; do
	sh packaging/completions/words.sh "$shell" | sort -u >"$dir/$shell"
done
for place in man bash zsh fish; do
	diff "$dir/help" "$dir/$place" | sed -n "s/^</$place lacks/p; s/^>/only in $place:/p"
done >"$dir/differences"
cat "$dir/differences"
[ ! -s "$dir/differences" ]
