#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Words that do not belong: functions that are banned, output from where none may come, leftovers.
set -u
# shellcheck disable=SC2046 # file names of the tree have no blanks
code() # [WITHOUT]: the bare code, without files whose path matches
{
	LC_ALL=C awk -f tests/lint/code.awk $(sh tests/lint/sources.sh c | grep -Ev "${1-^$}") |
		sed 's/__attribute__((format(printf.*//'
}
banned='strcpy|strcat|sprintf|vsprintf|strtok|gmtime|localtime|ctime|atoi|atol|system|popen|mktemp|tmpnam|alloca|gets'
{
	code | grep -E "\\b($banned) *\\(|\\bgoto\\b" | sed 's/$/ <- banned/'
	code '^tests/|^src/main\.c|^src/sys/(log|terminal)\.c' |
		grep -E '\bstderr\b|\bv?(perror|warnx?|errx?) *\(' |
		sed 's/$/ <- only src\/main.c, log.c and terminal.c of src\/sys write to standard error/'
	code '^tests/|^src/main\.c|^src/cli/|^src/sys/fd\.c' |
		grep -E '\bstdout\b|\bv?printf *\(|\bputs *\(|\bputchar *\(' |
		sed 's/$/ <- only src\/cli writes to standard output/'
	grep -rnwE 'TO''DO|FIX''ME|X''XX' src stores hooks tests packaging .ci Makefile ./*.md CHANGELOG |
		sed 's/$/ <- leftover/'
} | {
	! grep .
}
