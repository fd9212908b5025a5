#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cppcheck's errors, warnings and portability notes; what is passed over, and why, is in cppcheck.txt.
# shellcheck disable=SC2046 # file names of the tree have no blanks
cppcheck -q -j 2 --std=c11 --language=c --enable=warning,portability --error-exitcode=1 \
	--suppressions-list=tests/lint/cppcheck.txt -D_GNU_SOURCE -DTRUSTFIX_VERSION='""' -I . \
	$(sh tests/lint/sources.sh c | grep '\.c$' | grep -v '^tests/')
