# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# The frame of every end-to-end script: source it first.
#
#	it 'says what is tested'		begins a test, ends the one before
#	expect_status N command...		runs it; $out and $err are files with what it printed
#	says RE, says_not RE			what it printed, stdout and stderr, has a line like that
#	json PYTHON-EXPRESSION VALUE		of the object `d` it printed
#	expect command...			a plain command must succeed
#	need PROGRAM...				else the test is skipped (a failure with TRUSTFIX_NO_SKIP=1)
#	done_testing				last line
#
# A script runs in mount, network and process namespaces of its own: ports are free, names are in a hosts
# file of its own, everything outside $dir is read-only, and nothing it started outlives it.  One that sets
# world=shared before runs as anybody may, without namespaces, and asks free_port for ports.

top=$(cd "$(dirname "$0")" && while [ ! -e CHANGELOG ] && [ "$PWD" != / ]; do cd ..; done && pwd)
if [ -z "${TRUSTFIX_E2E:-}" ]; then
	set -- sh "$0" "$@"
	if [ "${world:-}" != shared ]; then
		if [ "$(id -u)" -ne 0 ]; then
			[ "${TRUSTFIX_NO_SKIP:-}" = 1 ] && echo '1..1' && echo 'not ok 1 - needs root' && exit 1
			echo '1..0 # SKIP needs root for namespaces'
			exit 0
		fi
		set -- /usr/bin/python3 -B "$top/tests/e2e/world.py" unshare --net --pid --fork --kill-child "$@"
	fi
	exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin TRUSTFIX_E2E=1 BUILD="${BUILD:-build}" \
		TRUSTFIX_NO_SKIP="${TRUSTFIX_NO_SKIP:-}" TRUSTFIX_PKI="${TRUSTFIX_PKI:-}" \
		TMPDIR="${TMPDIR:-/tmp}" TZ=UTC "$@"
fi

set -u
here=$top/tests/e2e
case $BUILD in
/*) ;;
*) BUILD=$top/$BUILD ;;
esac
trustfix=$BUILD/trustfix
roots=${ROOTS:-$top/build/roots}
dir=$(mktemp -d "$TMPDIR/trustfix-e2e.XXXXXX")
out=$dir/out err=$dir/err status=0
pids=
test_n=0 test_name='' test_failed=0 test_skip='' failed_n=0

clean_up()
{
	trap - EXIT INT TERM
	for pid in $pids; do
		kill "$pid" 2>/dev/null
	done
	for pid in $pids; do
		wait "$pid" 2>/dev/null
	done
	cd / && sync_unmount
	# Whatever is still mounted there is somebody else's.
	[ -n "$(mounts_below)" ] || {
		[ "${world:-}" = shared ] || mount -o remount,bind,rw /
		rm -rf "${dir:?}"
	}
}

mounts_below() { awk -v d="$dir" 'index($5, d) == 1 { print $5 }' /proc/self/mountinfo; }

# What a test mounted below $dir, deepest first; then $dir's own mount.
sync_unmount()
{
	mounts_below | sort -r | while read -r at; do
		umount -l "$at"
	done
}

own_places()
{
	mkdir "$dir/tmp" "$dir/home"
	chmod 0755 "$dir"
	chmod 1777 "$dir/tmp"
	printf '127.0.0.1 localhost app.test www.app.test other.test mail.test app.example.com www.example.com other.example.net\n::1 localhost\n' >"$dir/hosts"
	: >"$dir/resolv.conf"
	export HOME="$dir/home" TMPDIR="$dir/tmp"
}

private_world()
{
	mount -t proc none /proc
	# An address beside loopback, without which AI_ADDRCONFIG finds no family at all.
	ip link set lo up
	ip link add out0 type veth peer name out1
	ip addr add 192.0.2.1/24 dev out0
	ip link set out0 up
	ip link set out1 up
	mount --bind "$dir" "$dir"
	mount --bind "$dir/hosts" /etc/hosts
	mount --bind "$dir/resolv.conf" /etc/resolv.conf
	mount -t tmpfs none /run
	mount -t tmpfs none /dev/shm
	mount -o remount,bind,ro /
}

trap clean_up EXIT
trap 'exit 1' INT TERM
own_places
[ "${world:-}" = shared ] || private_world
cd "$dir" || exit 1

# ---- tests ------------------------------------------------------------------------------------------

end_test()
{
	[ -n "$test_name" ] || return 0
	if [ -n "$test_skip" ]; then
		echo "ok $test_n - $test_name # SKIP $test_skip"
	elif [ "$test_failed" -eq 0 ]; then
		echo "ok $test_n - $test_name"
	else
		failed_n=$((failed_n + 1))
		echo "not ok $test_n - $test_name"
	fi
}

it()
{
	end_test
	test_n=$((test_n + 1))
	test_name=$1 test_failed=0 test_skip=''
}

done_testing()
{
	end_test
	test_name=
	echo "1..$test_n"
	[ "$failed_n" -eq 0 ]
	exit
}

note() { sed 's/^/#   /' "$@" | head -n 25; }

fail()
{
	test_failed=1
	echo "# $test_name: $*"
}

need()
{
	for program in "$@"; do
		command -v "$program" >/dev/null 2>&1 || [ -e "$program" ] || {
			lacks "$program"
			return 1
		}
	done
}

lacks()
{
	if [ "${TRUSTFIX_NO_SKIP:-}" = 1 ]; then
		fail "needs $1"
	else
		test_skip="needs $1"
	fi
}

# A script that is nothing without these.
need_all()
{
	it 'has what it needs'
	need "$@" || done_testing
}

expect_status()
{
	wanted=$1
	shift
	status=0
	"$@" >"$out" 2>"$err" </dev/null || status=$?
	[ "$status" -eq "$wanted" ] && return 0
	fail "status $status, not $wanted: $*"
	note "$out"
	note "$err"
	return 1
}

expect()
{
	"$@" >"$dir/expect" 2>&1 </dev/null && return 0
	fail "failed: $*"
	note "$dir/expect"
	return 1
}

expect_not()
{
	"$@" >"$dir/expect" 2>&1 </dev/null || return 0
	fail "succeeded: $*"
	return 1
}

says()
{
	grep -qiE -e "$1" "$out" "$err" && return 0
	fail "does not say '$1'"
	note "$out"
	note "$err"
	return 1
}

says_not()
{
	grep -iE -e "$1" "$out" "$err" >"$dir/expect" || return 0
	fail "says '$1'"
	note "$dir/expect"
	return 1
}

# The one fault on stderr: one line, "trustfix: ...", no full stop.  Usage may follow status 2.
one_sentence()
{
	[ "$status" -ne 2 ] || {
		head -n 1 "$err" | grep -q '^trustfix: ' && return 0
		fail 'does not say what is wrong with the command line'
	}
	[ "$(wc -l <"$err")" -eq 1 ] && grep -q '^trustfix: .*[^.]$' "$err" && return 0
	fail 'does not tell its fault in one sentence'
	note "$err"
	return 1
}

json()
{
	got=$(/usr/bin/python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
v = eval(sys.argv[2])
print(v if isinstance(v, str) else json.dumps(v))' \
		"$out" "$1" 2>"$dir/expect") || {
		fail "JSON: $1"
		note "$dir/expect"
		note "$out"
		return 1
	}
	[ "$got" = "$2" ] && return 0
	fail "JSON: $1 is '$got', not '$2'"
	note "$out"
	return 1
}

same_bytes()
{
	cmp -s "$1" "$2" && return 0
	fail "$1 and $2 differ"
	return 1
}

# Every path of a tree with what an administrator could see of it; `-c` with what only the kernel writes,
# so that even a file replaced by its own bytes shows.
listing()
{
	format='%P %y %m %U %G %l'
	[ "$1" != -c ] || {
		format="$format %s %T@ %C@ %i"
		shift
	}
	(
		cd "$1" || exit 1
		find . -xdev \( -path ./proc -o -path ./dev \) -prune -o \( -type f -printf "$format %T@\n" \
			-o -printf "$format\n" \) | LC_ALL=C sort
		find . -xdev \( -path ./proc -o -path ./dev \) -prune -o -type f -print0 | LC_ALL=C sort -z |
			xargs -0r sha256sum
	)
}

# Names, kinds, modes, owners, targets and bytes below a directory, and no times: to compare two trees.
shape()
{
	(
		cd "$1" || exit 1
		find . -xdev -printf '%P %y %m %U %G %l\n' | LC_ALL=C sort
		find . -xdev -type f -print0 | LC_ALL=C sort -z | xargs -0r sha256sum
	)
}

same_shape()
{
	shape "$1" >"$dir/shape1"
	shape "$2" >"$dir/shape2"
	diff "$dir/shape1" "$dir/shape2" >"$dir/expect" && return 0
	fail "$1 and $2 differ"
	note "$dir/expect"
}

# keep_listing TREE, then unchanged TREE [-c | journal]: the lock file and an empty journal may have come;
# with -c not even they; with journal its records too.
keep_listing()
{
	listing "$1" >"$dir/listing" 2>&1
	listing -c "$1" >"$dir/listing-c" 2>&1
}

unchanged()
{
	if [ "${2:-}" = -c ]; then
		listing -c "$1" | diff "$dir/listing-c" - >"$dir/expect" && return 0
	elif [ "${2:-}" = journal ]; then
		listing "$1" | grep -v 'var/lib/trustfix' >"$dir/now"
		grep -v 'var/lib/trustfix' "$dir/listing" | diff - "$dir/now" >"$dir/expect" && return 0
	else
		listing "$1" | diff "$dir/listing" - | grep '^[<>]' |
			grep -v '^> \(\./\)\?var\(/lib\(/trustfix\(/[a-z]*\)\?\)\?\)\? d ' |
			grep -v 'var/lib/trustfix/lock' >"$dir/expect" || return 0
	fi
	fail "$1 has changed"
	note "$dir/expect"
	return 1
}

tf() { "$trustfix" "$@"; }

now_ms() { date +%s%3N; }

# within MS command...: it ends in time, whatever its status.
within()
{
	limit=$1
	shift
	begun=$(now_ms)
	"$@"
	took=$(($(now_ms) - begun))
	[ "$took" -le "$limit" ] || fail "took $took ms, more than $limit: $*"
}

# ---- certificates and roots -----------------------------------------------------------------------------

pki=${TRUSTFIX_PKI:-$dir/pki}
[ -e "$pki/many.pem" ] || "$top/tests/pki/make.sh" "$pki" || exit 1

sha256_of() { openssl x509 -in "$1" -outform DER | sha256sum | cut -c1-64; }
spki_of() { openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -c1-64; }
pin_of() { echo "sha256:$(sha256_of "$pki/$1.crt")"; }
# A small Debian: three roots of its own, as its script would have left them.
small_root()
{
	mkdir -p "$1/etc/ssl/certs" "$1/etc/ca-certificates/update.d" "$1/usr/local/share/ca-certificates" \
		"$1/usr/share/ca-certificates/test" "$1/var/lib" "$1/usr/sbin"
	printf 'ID=debian\nVERSION_ID="12"\n' >"$1/etc/os-release"
	: >"$1/etc/ca-certificates.conf"
	for name in client-root cross-root origin-root; do
		[ "$name" != "${2:-}" ] || continue
		cp "$pki/$name.crt" "$1/usr/share/ca-certificates/test/"
		echo "test/$name.crt" >>"$1/etc/ca-certificates.conf"
		ln -s "/usr/share/ca-certificates/test/$name.crt" "$1/etc/ssl/certs/$name.pem"
		hash=$(openssl x509 -in "$pki/$name.crt" -noout -hash)
		ln -s "$name.pem" "$1/etc/ssl/certs/$hash.0"
		cat "$pki/$name.crt" >>"$1/etc/ssl/certs/ca-certificates.crt"
	done
	printf '#!/bin/sh\nexit 1\n' >"$1/usr/sbin/update-ca-certificates"
	chmod 0755 "$1/usr/sbin/update-ca-certificates"
	find "$1" -exec touch -h -d '2020-02-02 02:02:02.5' {} +
}

# A copy of a debootstrap root with what a program in it needs; the mounts end with the script.
chroot_root() # SUITE DIR
{
	need debootstrap || return 1
	[ -e "$roots/$1/.made" ] || {
		lacks "$roots/$1 (tests/e2e/roots.sh $1)"
		return 1
	}
	cp -a --reflink=auto "$roots/$1" "$2"
	mount -t proc none "$2/proc"
	mount --bind /dev "$2/dev"
	cp "$dir/hosts" "$2/etc/hosts"
	install -m 0755 "$trustfix" "$2/usr/bin/trustfix"
	mkdir -p "$2/usr/lib/trustfix/hooks.d"
	install -m 0755 "$top"/hooks/refresh-* "$2/usr/lib/trustfix/hooks.d/"
}

in_root() # DIR COMMAND...
{
	root=$1
	shift
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root chroot "$root" "$@"
}

# captured NAME...: the PEM on stdout is these certificates of tests/pki and no other, in any order.
captured()
{
	for name in "$@"; do
		sha256_of "$pki/$name.crt"
	done | sort >"$dir/wanted"
	certs_in "$out" | sort >"$dir/got"
	same_bytes "$dir/wanted" "$dir/got" || note "$err"
}

# The SHA-256 of every certificate in a PEM file.
certs_in()
{
	rm -rf "$dir/split"
	mkdir "$dir/split"
	awk -v to="$dir/split" '/BEGIN CERT/ { n++ } n { print > (to "/" n ".crt") }' "$1"
	for one in "$dir"/split/*.crt; do
		[ ! -e "$one" ] || sha256_of "$one"
	done
}

holds() # BUNDLE CERT
{
	certs_in "$1" >"$dir/got"
	grep -qxF "$(sha256_of "$2")" "$dir/got"
}

# A Red Hat style layout, driven by the real p11-kit.  The command has their name and makes their calls.
rhel_root() # DIR
{
	chroot_root bookworm "$1" || return 1
	ca=/etc/pki/ca-trust
	for name in $ca/source/anchors $ca/source/blocklist $ca/extracted/pem $ca/extracted/openssl \
		$ca/extracted/java $ca/extracted/edk2 /usr/share/pki/ca-trust-source/anchors \
		/etc/pki/tls/certs /etc/pki/java /usr/libexec/p11-kit; do
		mkdir -p "$1$name"
	done
	cp "$(bundle_of "$1")" "$1/usr/share/pki/ca-trust-source/anchors/ca-bundle.crt"
	rm -rf "$1/etc/ssl/certs" "$1/etc/ca-certificates" "$1/usr/local/share/ca-certificates" \
		"$1/etc/ca-certificates.conf" "$1/usr/sbin/update-ca-certificates" "$1/etc/os-release" \
		"$1/usr/lib/ssl/certs" "$1/usr/lib/ssl/cert.pem"
	mkdir -p "$1/etc/pkcs11/modules"
	cat >"$1/etc/pkcs11/modules/p11-kit-trust.module" <<END
module: p11-kit-trust.so
trust-policy: yes
x-init-reserved: paths='$ca/source:/usr/share/pki/ca-trust-source'
END
	cat >"$1/usr/bin/update-ca-trust" <<END
#!/bin/sh
set -e
take() { form=\$1 into=\$2; shift 2; trust extract --format="\$form" --overwrite "\$@" $ca/extracted/\$into; }
take openssl-bundle openssl/ca-bundle.trust.crt --filter=certificates --comment
take pem-bundle pem/tls-ca-bundle.pem --filter=ca-anchors --comment --purpose server-auth
take pem-bundle pem/email-ca-bundle.pem --filter=ca-anchors --comment --purpose email
take pem-bundle pem/objsign-ca-bundle.pem --filter=ca-anchors --comment --purpose code-signing
take java-cacerts java/cacerts --filter=ca-anchors --purpose server-auth
take edk2-cacerts edk2/cacerts.bin --filter=ca-anchors --purpose=server-auth
END
	chmod 0755 "$1/usr/bin/update-ca-trust"
	ln -s ../../ca-trust/extracted/pem/tls-ca-bundle.pem "$1/etc/pki/tls/certs/ca-bundle.crt"
	ln -s $ca/extracted/pem/tls-ca-bundle.pem "$1/etc/pki/tls/cert.pem"
	ln -s $ca/extracted/java/cacerts "$1/etc/pki/java/cacerts"
	ln -s ../pki/tls/certs "$1/etc/ssl/certs"
	ln -s /etc/pki/tls/certs "$1/usr/lib/ssl/certs"
	ln -s /etc/pki/tls/cert.pem "$1/usr/lib/ssl/cert.pem"
	printf 'ID="rhel"\nID_LIKE="fedora"\nVERSION_ID="9.4"\n' >"$1/etc/os-release"
	in_root "$1" update-ca-trust
}

# layout ROOT DIR...: the links below them with their targets, and what is in each file, in any order.
layout() { python3 -B "$here/layout.py" "$@"; }

bundle_of() { echo "$1/etc/ssl/certs/ca-certificates.crt"; }

# shellcheck source=tests/e2e/labs.sh
. "$here/labs.sh"
