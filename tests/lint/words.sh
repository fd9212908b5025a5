#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Words that do not belong: functions that are banned, output from where none may come, leftovers.
set -u
failed=0
none() # TEXT PATTERN: no line of standard input may match
{
	if grep -E "$2"; then
		echo "$1"
		failed=1
	fi
}
# shellcheck disable=SC2046 # file names of the tree have no blanks
code=$(LC_ALL=C awk -f tests/lint/code.awk $(sh tests/lint/sources.sh c))

printf '%s\n' "$code" | none 'banned: use the functions of src/base and src/sys' \
	'\b(strcpy|strcat|sprintf|vsprintf|strtok|gmtime|localtime|ctime|atoi|atol|system|popen|mktemp|tmpnam|alloca|gets) *\(|\bgoto\b'
printf '%s\n' "$code" | grep -Ev '^(tests/|src/main\.c|src/sys/log\.c)' |
	none 'only src/main.c and src/sys/log.c write to standard error' '\bstderr\b|\bSTDERR_FILENO\b|\bv?w?(perror|warnx?|errx?) *\('
printf '%s\n' "$code" | grep -Ev '^(tests/|src/main\.c|src/cmd/|src/sys/fd\.c)' |
	sed 's/__attribute__((format(printf.*//' |
	none 'only src/cmd writes to standard output' '\bstdout\b|\bv?printf *\(|\bputs *\(|\bputchar *\('
grep -rnwE 'TO''DO|FIX''ME|X''XX' src stores hooks tests packaging Makefile README.md CHANGELOG SECURITY.md .ci |
	none 'leftovers' .
exit $failed
