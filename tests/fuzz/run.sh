#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tests/fuzz/run.sh SECONDS NAME...: runs each tests/fuzz/fuzz_NAME.c that long, from the corpus in tests/data/fuzz/NAME.
# Without a clang that can fuzz, the compiler of CC replays the corpus.  Inputs that crash, hang or eat memory stay in
# build/fuzz/NAME.
set -u
cd "$(dirname "$0")/../.." || exit 1
seconds=$1
shift
build=build/fuzz
sanitize=address,undefined
clang=${CLANG:-clang}
mkdir -p "$build"
. tests/fuzz/lib.sh

echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' >"$build/try.c"
if "$clang" -fsanitize=fuzzer -o "$build/try" "$build/try.c" 2>/dev/null; then
	cc=$clang extra=fuzzer-no-link, link=-fsanitize=fuzzer,$sanitize main=
else
	echo "fuzz: no libFuzzer here, the corpus is only replayed"
	cc=${CC:-cc} extra='' link=-fsanitize=$sanitize main=$build/tests/fuzz/main.o
fi
# shellcheck disable=SC2034 # used in lib.sh
cflags="-fno-omit-frame-pointer -fsanitize=$extra$sanitize -fno-sanitize-recover=undefined"

run() {
	corpus "$1" "tests/data/fuzz/$1" || return 1
	if [ -n "$main" ]; then
		"$build/fuzz_$1" "$build/$1/corpus"/*
	else
		fuzz "$1" "$seconds"
	fi
}

compile "$@"
run_all "$@"
echo "fuzz: $# targets, failed:${failed:- none}"
[ -z "$failed" ]
