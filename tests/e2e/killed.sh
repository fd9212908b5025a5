#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# kill -9 at each call that changes the disk: every file is the old one or the new one, and the next run or
# an undo leaves a clean state.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_all strace
# Each is counted for itself; those that a program does not use are not hit.
calls='renameat rename renameat2 fsync fdatasync linkat unlinkat symlinkat mkdirat write sync_file_range'

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
	fail "neither old nor new after call $call $n"
	note "$dir/expect"
}

# The bundle is complete at any moment, for every reader.
readable()
{
	expect openssl crl2pkcs7 -nocrl -certfile "$(bundle_of "$1")" -out /dev/null
	expect test "$(grep -c BEGIN "$(bundle_of "$1")")" -ge 3
}

killed_at() # CALL N COMMAND...
{
	call=$1 n=$2
	shift 2
	status=0
	strace -f -qq -o trace -e "trace=$call" -e "inject=$call:signal=KILL:when=$n" "$trustfix" "$@" \
		>"$out" 2>"$err" </dev/null || status=$?
	[ "$status" -eq 137 ]
}

no_temporaries()
{
	left=$(find root -name '.trustfix*')
	[ -z "$left" ] || fail "$1 after call $call $n: $left is left"
}

# After the kill the same command makes the state whole; or, once there is a transaction to undo, an undo
# makes it old, whether the run was half-way or done.
mend() # COMMAND...
{
	if [ $((n % 2)) -eq 0 ] || [ ! -e "root/var/lib/trustfix/$transaction" ]; then
		expect_status 0 tf "$@"
		files_of root >after.list
		cmp -s new.list after.list || fail "not new after call $call $n and a second run"
	else
		"$trustfix" undo --root root >"$out" 2>"$err" </dev/null
		files_of root >after.list
		cmp -s old.list after.list || fail "not old after call $call $n and an undo: $(cat "$out" "$err")"
	fi
	no_temporaries "$1"
}

sweep() # WORDS COMMAND...
{
	words=$1
	shift
	killed=0
	for call in $calls; do
		for n in $(seq 1 100); do
			rm -rf root
			cp -a start root
			killed_at "$call" "$n" "$@" || break
			killed=$((killed + 1))
			old_or_new root
			readable root
			mend "$@"
		done
		[ "$status" -eq 0 ] || fail "the run that $call was not hit in has status $status"
	done
	[ "$killed" -ge 15 ] || fail "only $killed calls were hit"
	echo "# $words: killed at $killed calls"
}

it 'install'
transaction=1
small_root start
files_of start >old.list
cp -a start full
expect_status 0 tf install --root full --ca "$pki/mitm-root.crt" --name corp
files_of full >new.list
sweep install install --root root --ca "$pki/mitm-root.crt" --name corp

it 'remove'
transaction=2
rm -rf start
cp -a full start
files_of start >old.list
cp -a start gone
expect_status 0 tf remove --root gone --ca "$pki/mitm-root.crt"
files_of gone >new.list
sweep remove remove --root root --ca "$pki/mitm-root.crt"

it 'an undo that is killed is finished by the next run, which may be another undo or an install'
files_of full >full.list
hit=0
for call in renameat renameat2 fsync unlinkat linkat symlinkat write; do
	for n in $(seq 1 100); do
		rm -rf root
		cp -a full root
		killed_at "$call" "$n" undo --root root || break
		hit=$((hit + 1))
		readable root
		if [ $((n % 2)) -eq 0 ]; then
			"$trustfix" undo --root root >"$out" 2>"$err" </dev/null
			! grep -q 'run undo again' "$err" || expect_status 0 tf undo --root root
			files_of root >after.list
			cmp -s new.list after.list || fail "not undone after call $call $n: $(cat "$err")"
			[ ! -e root/var/lib/trustfix/installed.json ] || fail "on record after call $call $n"
		else
			expect_status 0 tf install --root root --ca "$pki/mitm-root.crt" --name corp
			files_of root >after.list
			cmp -s full.list after.list || fail "not installed after call $call $n: $(cat "$err")"
			expect test -s root/var/lib/trustfix/installed.json
			expect test -s root/var/lib/trustfix/installed.pem
		fi
		"$trustfix" undo --list --root root | grep -qE ' (staged|undoing) ' && fail "open after call $call $n"
		no_temporaries undo
	done
done
expect test "$hit" -gt 5

it 'the same for the undo of a removal, which makes links'
hit=0
cp -a full removed
expect_status 0 tf remove --root removed --ca "$pki/mitm-root.crt"
for call in renameat renameat2 symlinkat lchown fchownat unlinkat; do
	for n in $(seq 1 100); do
		rm -rf root
		cp -a removed root
		killed_at "$call" "$n" undo --root root || break
		hit=$((hit + 1))
		readable root
		# Unless all was done: that would undo the install as well.
		"$trustfix" undo --list --root root >list
		if ! grep -q 'undone.*remove' list || grep -qE ' (staged|undoing) ' list; then
			"$trustfix" undo --root root >"$out" 2>"$err" </dev/null
		fi
		! grep -q 'run undo again' "$err" || expect_status 0 tf undo --root root
		files_of root >after.list
		cmp -s full.list after.list || fail "not undone after call $call $n: $(cat "$err")"
		no_temporaries undo
	done
done
expect test "$hit" -gt 5

it 'an undo that put everything back has not failed, whatever could not be written'
for call in renameat fsync write openat; do
	for n in $(seq 1 100); do
		rm -rf root
		cp -a full root
		status=0
		strace -f -qq -o trace -e "trace=$call" -e "inject=$call:error=ENOSPC:when=$n" "$trustfix" undo --root root \
			>"$out" 2>"$err" </dev/null || status=$?
		grep -q INJECTED trace || break
		! grep -q 'the change was made, but' "$err" || break
		files_of root >after.list
		# A name may be left that the next run sweeps.
		sed -i '/\.trustfix-/d' after.list
		case $status in
		0) cmp -s new.list after.list || fail "status 0, but not undone after call $call $n" ;;
		4) ;;
		*) cmp -s full.list after.list || fail "status $status, but not as before after call $call $n: $(cat "$err")" ;;
		esac
		[ "$status" -eq 0 ] || "$trustfix" undo --root root >"$out" 2>"$err" </dev/null
		files_of root >after.list
		cmp -s new.list after.list || fail "not undone after a failed $call $n: $(cat "$err")"
	done
done

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
