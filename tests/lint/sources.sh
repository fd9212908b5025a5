#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Lists the project's files: `sources.sh c` (.c and .h), `sources.sh h`, `sources.sh sh` (shell scripts).
find src stores tests hooks packaging .ci -type f | LC_ALL=C sort | case $1 in
c) grep '\.[ch]$' ;;
h) grep '\.h$' ;;
sh) while read -r file; do
	case $file in
	*.[ch]) ;;
	*) head -n 1 "$file" 2>/dev/null | tr -d '\0' | grep -q '^#!/bin/sh' && echo "$file" ;;
	esac
done ;;
esac
