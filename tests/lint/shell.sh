#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every shell script passes shellcheck; those that run on bare systems are parsed by dash as well.
set -u
# SC2317 takes functions that are called by name, or from a trap, for dead.
# shellcheck disable=SC2046 # file names of the tree have no blanks
shellcheck -e SC2317 -x -P SCRIPTDIR -P . $(sh tests/lint/sources.sh sh) || exit 1
for file in hooks/refresh-* hooks/restart-* hooks/update.d/* hooks/triggers/apk; do
	dash -n "$file" || exit 1
done
bash -n packaging/completions/trustfix.bash
