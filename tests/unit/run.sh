#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the unit test programs named on the command line; the status is 1 when one of them fails.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build/dev}
failed=
n=0
for name in "$@"; do
	n=$((n + 1))
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin TZ=UTC LC_ALL=C.UTF-8 \
		TRUSTFIX="$build/trustfix" "$build/tests/unit/test_$name" || failed="$failed $name"
done
echo "unit: $n programs, failed:${failed:- none}"
[ -z "$failed" ]
