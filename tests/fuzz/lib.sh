# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC2086,SC2154
# Sourced by run.sh and coverage.sh.  They set build (a folder), cc, cflags and link (flags), main (an object to link, may be empty)
# and run(), which does the work for one target.  LIBS is what the program is linked with.
jobs=$(nproc)

# compile NAME...: the library and the object of each target
compile() {
	objects=$main
	for name in "$@"; do
		objects="$objects $build/tests/fuzz/fuzz_$name.o"
	done
	make -s -j "$jobs" DEV= CC="$cc" BUILD="$build" CFLAGS="-O1 -g $cflags" "$build/libtrustfix.a" $objects || exit 1
}

# corpus NAME FOLDER...: the program $build/fuzz_NAME, and what the folders hold in $build/NAME/corpus
corpus() {
	target=$1
	shift
	mkdir -p "$build/$target/corpus"
	for from in "$@"; do
		[ ! -d "$from" ] || cp "$from"/* "$build/$target/corpus/" 2>/dev/null
	done
	"$cc" $link -pthread -o "$build/fuzz_$target" "$build/tests/fuzz/fuzz_$target.o" $main "$build/libtrustfix.a" $LIBS
}

# fuzz NAME SECONDS: runs it from its corpus; what it finds goes into $build/NAME
fuzz() {
	"$build/fuzz_$1" -max_total_time="$2" -timeout=10 -rss_limit_mb=1024 -max_len=65536 -print_final_stats=0 \
		-verbosity=0 -artifact_prefix="$build/$1/" "$build/$1/corpus" >"$build/$1/log" 2>&1 && return
	tail -n 40 "$build/$1/log"
	return 1
}

# run_all NAME...: run() for each, one per processor at a time; $failed is set to those that failed
run_all() {
	rm -f "$build/failed"
	n=0
	for name in "$@"; do
		{ run "$name" || echo "$name" >>"$build/failed"; } &
		n=$((n + 1))
		[ $((n % jobs)) -ne 0 ] || wait
	done
	wait
	failed=
	[ ! -e "$build/failed" ] || failed=$(tr '\n' ' ' <"$build/failed")
}
