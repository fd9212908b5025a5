#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the unit test programs named on the command line, one per processor at a time: a line for each, and all
# that it said if it failed.  The last line is "N passed, N failed"; the status is 1 when one failed, and, with
# TRUSTFIX_NO_SKIP=1, when one has not run.
set -u
cd "$(dirname "$0")/../.." || exit 1
if [ "$(id -u)" -eq 0 ] && [ -z "${TRUSTFIX_WORLD:-}" ] && [ -x /usr/bin/python3 ]; then
	exec env TRUSTFIX_WORLD=1 /usr/bin/python3 -B tests/e2e/world.py sh tests/unit/run.sh "$@"
fi
build=${BUILD:-build/dev}
jobs=$(nproc)
batch=
failed=
n=0
passed_n=0
failed_n=0

run()
{
	program=$build/tests/unit/test_$1
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin TZ=UTC LC_ALL=C.UTF-8 TRUSTFIX="$build/trustfix" \
		ASAN_OPTIONS=detect_stack_use_after_return=1 \
		"$program" >"$program.log" 2>&1 || return
	[ "${TRUSTFIX_NO_SKIP:-}" = 1 ] && grep -q '^\[  SKIPPED' "$program.log" || echo "$1" >"$program.passed"
}

end_batch()
{
	wait
	for name in $batch; do
		log=$build/tests/unit/test_$name.log
		ran=$(awk '/^\[=*\] Running / { n += $3 } END { print n + 0 }' "$log")
		ok=$(grep -c '^\[  *OK \]' "$log")
		if [ -e "$build/tests/unit/test_$name.passed" ] && [ "$ran" -gt 0 ]; then
			sed -n "s/^\[  PASSED  \].*/& $name/p" "$log"
			ran=$ok
		elif [ -e "$build/tests/unit/test_$name.passed" ] && [ "${TRUSTFIX_NO_SKIP:-}" != 1 ]; then
			sed 's/^/# skipped: /' "$log"
		else
			cat "$log"
			failed="$failed $name"
			# It may have ended before its first test, or at its very end.
			ran=$((ran ? ran : 1))
			ok=$((ok < ran ? ok : ok - 1))
		fi
		passed_n=$((passed_n + ok))
		failed_n=$((failed_n + ran - ok))
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
echo "$passed_n passed, $failed_n failed"
[ -z "$failed" ]
