#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# kill -9 at each call that changes the disk: every file is the old one or the new one, and the next run or
# an undo leaves a clean state.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_all strace
calls=rename,renameat,renameat2,fsync,fdatasync,linkat,link,unlink,unlinkat,symlinkat,symlink,mkdirat,ftruncate

# files TREE: path and content of every file and link, what trustfix keeps for itself left out.
files_of()
{
	(
		cd "$1" || exit 1
		find . -xdev -path ./var/lib/trustfix -prune -o -type l -printf '%P -> %l\n' -o -type f -print |
			while read -r name; do
				case $name in
				*' -> '*) echo "$name" ;;
				*) echo "$name $(sha256sum <"$name") $(stat -c '%a %u %g' "$name")" ;;
				esac
			done | LC_ALL=C sort
	)
}

# Every path is as in old or as in new; temporary names are allowed until the next run.
old_or_new()
{
	files_of "$1" | grep -vxF -f old.list -f new.list | grep -v '\.trustfix' >"$dir/expect" || return 0
	fail "neither old nor new after call $n ($2)"
	note "$dir/expect"
}

# The bundle is complete at any moment, for every reader.
readable()
{
	expect openssl crl2pkcs7 -nocrl -certfile "$(bundle_of "$1")" -out /dev/null
	expect test "$(grep -c BEGIN "$(bundle_of "$1")")" -ge 3
}

killed_at() # N COMMAND...
{
	n=$1
	shift
	status=0
	strace -f -qq -o trace -e "trace=$calls" -e "inject=$calls:signal=KILL:when=$n" "$trustfix" "$@" \
		>"$out" 2>"$err" </dev/null || status=$?
	# The count starts anew for each thread: what was really hit is in the trace.
	[ "$status" -eq 137 ]
}

sweep() # WORDS COMMAND...
{
	words=$1
	shift
	killed=0
	for n in $(seq 1 200); do
		rm -rf root
		cp -a start root
		killed_at "$n" "$@" || break
		killed=$((killed + 1))
		old_or_new root "$(tail -n 2 trace | head -n 1 | cut -c1-80)"
		readable root
		if [ $((n % 2)) -eq 0 ]; then
			expect_status 0 tf "$@"
			files_of root >after.list
			same_bytes new.list after.list
		else
			status=0
			"$trustfix" undo --root root >"$out" 2>"$err" </dev/null || status=$?
			files_of root >after.list
			cmp -s old.list after.list || {
				# Nothing to undo counts only when the run had not begun, or was done.
				cmp -s new.list after.list && "$trustfix" undo --root root >"$out" 2>"$err" </dev/null
				files_of root >after.list
				same_bytes old.list after.list
			}
		fi
		expect test -z "$(find root -name '*.trustfix*' | head -n 1)"
	done
	[ "$killed" -ge 5 ] || fail "only $killed calls were hit"
	[ "$status" -eq 0 ] || fail "the last run, not killed, has status $status"
	echo "# $words: killed at $killed calls"
}

it 'install'
small_root start
files_of start >old.list
cp -a start full
expect_status 0 tf install --root full --ca "$pki/mitm-root.crt" --name corp
files_of full >new.list
sweep install install --root root --ca "$pki/mitm-root.crt" --name corp

it 'remove'
rm -rf start
cp -a full start
files_of start >old.list
cp -a start gone
expect_status 0 tf remove --root gone --ca "$pki/mitm-root.crt"
files_of gone >new.list
sweep remove remove --root root --ca "$pki/mitm-root.crt"

it 'an undo that is killed can be run again'
n=0
for n in $(seq 1 100); do
	rm -rf root
	cp -a full root
	killed_at "$n" undo --root root || break
	readable root
	status=0
	"$trustfix" undo --root root >"$out" 2>"$err" </dev/null || status=$?
	files_of root >after.list
	same_bytes new.list after.list
done
expect test "$n" -gt 3

it 'a signal that can be caught leaves nothing beside'
for signal in INT TERM HUP; do
	rm -rf root
	cp -a gone root
	files_of root >old.list
	status=0
	strace -f -qq -o trace -e trace=fsync -e "inject=fsync:signal=$signal:when=1" "$trustfix" install --root root \
		--ca "$pki/mitm-root.crt" --name corp >"$out" 2>"$err" </dev/null || status=$?
	expect test "$status" -ne 0
	expect test -z "$(find root -name '*.trustfix*' | head -n 1)"
	expect_status 0 tf install --root root --ca "$pki/mitm-root.crt" --name corp
done

done_testing
