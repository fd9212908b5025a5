#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the unit test programs named on the command line, one per processor at a time, and shows what they
# said; the status is 1 when one of them fails.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build/dev}
jobs=$(nproc)
batch=
failed=
n=0

run()
{
	program=$build/tests/unit/test_$1
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin TZ=UTC LC_ALL=C.UTF-8 TRUSTFIX="$build/trustfix" \
		ASAN_OPTIONS=detect_stack_use_after_return=1 \
		"$program" >"$program.log" 2>&1 && echo "$1" >"$program.passed"
}

end_batch()
{
	wait
	for name in $batch; do
		cat "$build/tests/unit/test_$name.log"
		[ -e "$build/tests/unit/test_$name.passed" ] || failed="$failed $name"
	done
	batch=
}

for name in "$@"; do
	rm -f "$build/tests/unit/test_$name.passed"
	run "$name" &
	batch="$batch $name"
	n=$((n + 1))
	[ $((n % jobs)) -ne 0 ] || end_batch
done
end_batch
echo "unit: $n programs, failed:${failed:- none}"
[ -z "$failed" ]
