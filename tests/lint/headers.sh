#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every header compiles alone and has the guard TRUSTFIX_NAME_H.
set -u
cc=${CC:-cc}
cflags=$(pkg-config --cflags libssl libcrypto jansson) || exit 1
failed=0
for header in $(sh tests/lint/sources.sh h); do
	guard=TRUSTFIX_$(basename "$header" .h | tr 'a-z-' 'A-Z_')_H
	grep -q "^#ifndef $guard\$" "$header" || {
		echo "$header: the guard is not $guard"
		failed=1
	}
	# shellcheck disable=SC2086 # flags are words
	printf '#include "%s"\n' "$header" | $cc -std=gnu11 -D_GNU_SOURCE -DTRUSTFIX_VERSION='"0"' \
		-iquote . $cflags -Wall -Wextra -Werror -fsyntax-only -x c - || failed=1
done
exit $failed
