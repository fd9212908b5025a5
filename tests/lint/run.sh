#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs every check of tests/lint, or those named; one line each; the status is 1 when one fails.
set -u
cd "$(dirname "$0")/../.." || exit 1
all='floors headers length words files shell man format cppcheck changelog docs install'
failed=
# shellcheck disable=SC2086 # names are words
[ $# -gt 0 ] || set -- $all
for check in "$@"; do
	if said=$(sh "tests/lint/$check.sh" 2>&1); then
		echo "ok      $check"
	else
		echo "FAILED  $check"
		printf '%s\n' "$said" | sed 's/^/        /'
		failed="$failed $check"
	fi
done
echo "lint: failed:${failed:- none}"
[ -z "$failed" ]
