#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What fails half-way is put back: every file byte-equal, with mode, owner and time; status 1.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
root_pin=$(pin_of mitm-root)
s_server 9443 gate-root

# Nothing beside the files that were there but the lock.
put_back()
{
	one_sentence
	unchanged "$1"
	expect test -z "$(find "$1" -xdev -name '*.trustfix*' -o -xdev -name '.trustfix*')"
}

it 'a read-only file system'
mkdir ro
mount -t tmpfs none ro
small_root ro
mount -o remount,ro ro
keep_listing ro
expect_status 1 tf install --root ro --pin "$root_pin" app.test:9443
says 'read-only'
put_back ro
unchanged ro -c

it 'the running system here, which the frame made read-only'
expect_status 1 tf install --pin "$root_pin" app.test:9443
says 'read-only'

it 'a full disk, at every stage of filling'
for left in 0 1 2 3 4 5 6 8 10 12; do
	mkdir "full-$left"
	mount -t tmpfs -o size=512k none "full-$left"
	small_root "full-$left"
	head -c 1048576 /dev/zero >"full-$left/fill" 2>/dev/null
	truncate -s "-$((left * 4096))" "full-$left/fill"
	keep_listing "full-$left"
	status=0
	"$trustfix" install --root "full-$left" --ca "$pki/mitm-root.crt" >"$out" 2>"$err" </dev/null || status=$?
	case $status in
	0) expect holds "$(bundle_of "full-$left")" "$pki/mitm-root.crt" ;;
	1)
		says 'no space|full'
		put_back "full-$left"
		;;
	*) fail "status $status with $left pages free" ;;
	esac
	[ "$left" -ne 0 ] || expect test "$status" -eq 1
done

it 'a limit to the size of files'
small_root limited
keep_listing limited
expect_status 1 sh -c "ulimit -f 4; exec \"$trustfix\" install --root limited --ca \"$pki/mitm-root.crt\""
says 'File too large'
put_back limited

it 'too few inodes'
mkdir inodes
mount -t tmpfs -o nr_inodes=40 none inodes
small_root inodes
i=0
while touch "inodes/f$i" 2>/dev/null; do i=$((i + 1)); done
keep_listing inodes
expect_status 1 tf install --root inodes --ca "$pki/mitm-root.crt"
put_back inodes

it 'a peer that changes its CA between the capture and the proof'
start_server changing 9444 /usr/bin/python3 "$here/changing.py" 9444 1 \
	"$pki/gate-root.pem" "$pki/gate.key" "$pki/gate2.pem" "$pki/gate2.key"
small_root root
keep_listing root
expect_status 1 tf install --root root --pin "$root_pin" app.test:9444
put_back root
expect_status 3 tf verify --root root app.test:9443

it 'a peer that is gone when it comes to the proof'
start_server once 9445 /usr/bin/python3 "$here/changing.py" 9445 1 \
	"$pki/gate-root.pem" "$pki/gate.key" /dev/null /dev/null
expect_status 1 tf install --timeout 3 --root root --pin "$root_pin" app.test:9445
put_back root

it 'a CA that proves nothing for the target'
expect_status 1 tf install --root root --ca "$pki/mitm-root2.crt" --verify app.test:9443
put_back root

it 'an immutable file'
if need chattr && chattr +i "$(bundle_of root)" 2>/dev/null; then
	keep_listing root
	expect_status 1 tf install --root root --ca "$pki/mitm-root.crt"
	chattr -i "$(bundle_of root)"
	put_back root
fi

it 'a directory in the way'
mkdir "root/usr/local/share/ca-certificates/corp.crt"
keep_listing root
expect_status 1 tf install --root root --ca "$pki/mitm-root.crt" --name corp
put_back root
rmdir "root/usr/local/share/ca-certificates/corp.crt"

it 'two stores, one of which fails: both as they were'
keep_listing root
expect_status 1 tf install --root root --store system --store pem:/etc --ca "$pki/mitm-root.crt"
put_back root

it 'a read that fails at any moment: all is there, or nothing was changed'
small_root start
cp -a start fine
expect_status 0 tf install --root fine --ca "$pki/mitm-root.crt"
shape fine | grep -v trustfix >new.list
shape start | grep -v trustfix >old.list
points=0
for place in etc/ssl/certs usr/share/ca-certificates/test usr/share/ca-certificates/test/client-root.crt; do
	for call in newfstatat openat readlinkat getdents64 read; do
		for n in $(seq 1 40); do
			rm -rf unread
			cp -a start unread
			status=0
			strace -qq -o trace -P "$dir/unread/$place" -e "trace=$call" -e "inject=$call:error=EIO:when=$n" \
				"$trustfix" install --root unread --ca "$pki/mitm-root.crt" >"$out" 2>"$err" </dev/null ||
				status=$?
			grep -q INJECTED trace || break
			points=$((points + 1))
			if [ "$status" -eq 0 ]; then
				shape unread | grep -v trustfix | cmp -s - new.list || fail "status 0, but incomplete: $call $n of $place"
			else
				shape unread | grep -v trustfix | cmp -s - old.list || fail "status $status, but changed: $call $n of $place"
			fi
		done
	done
done
echo "# points tried $points"
expect test "$points" -gt 40

it 'and after all that it can still be installed'
expect_status 0 tf install --root root --pin "$root_pin" app.test:9443
expect holds "$(bundle_of root)" "$pki/mitm-root.crt"

done_testing
