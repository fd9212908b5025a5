#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every source file names its licence near its top; every shipped program may be run; no blanks at line ends.
set -u
failed=0
for file in Makefile $(sh tests/lint/sources.sh c) $(sh tests/lint/sources.sh sh); do
	head -n 3 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || {
		echo "$file: no SPDX line"
		failed=1
	}
	if grep -n '[[:blank:]]$' "$file" /dev/null; then
		echo "$file: blanks at the end of a line"
		failed=1
	fi
done
for file in hooks/refresh-* hooks/restart-* hooks/update.d/* hooks/triggers/apk packaging/*.sh .ci/run; do
	[ -x "$file" ] || {
		echo "$file: cannot be run"
		failed=1
	}
done
exit $failed
