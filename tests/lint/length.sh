#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# No function over 90 lines, no .c file over 500, no header over 200, no line over 100 columns (a tab is 8).
# Files that a script of the tree makes ("Made by ..." in their first lines) may be as long as they need.
set -u
for file in $(sh tests/lint/sources.sh c); do
	expand "$file" | awk -v file="$file" '
	function bad(text) { print file ":" NR ": " text; failed = 1 }
	NR <= 5 && /Made by / { made = 1 }
	!made && length > 100 { bad(length " columns") }
	/^[A-Za-z_].*\)$/ || (/^[ \t]+.*\)$/ && !inside) { name = $0; sub(/^[ \t]+/, "", name) }
	/^{$/ { start = NR; inside = 1 }
	/^}/ && inside {
		if (NR - start - 1 > 90) bad(NR - start - 1 " lines in the function that ends here")
		inside = 0
	}
	END {
		most = file ~ /\.h$/ ? 200 : 500
		if (!made && NR > most) bad("more than " most " lines")
		exit failed
	}' || failed=1
done
exit "${failed:-0}"
