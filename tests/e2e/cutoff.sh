#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The running system, cut off or failing at each call that changes it: every file is the old one or the new one,
# and the next command, or an undo, leaves all old or all new.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_all strace

# live_root: a Debian of its own in which trustfix is live.  start/ is what a run may change of it.
live_root()
{
	small_root start
	mkdir -p live/usr/lib live/usr/bin live/usr/sbin live/proc live/dev live/tmp live/root \
		start/etc/ssl/certs/java start/etc/trustfix/hooks.d start/usr/local/share/ca-certificates
	for name in bin sbin lib lib64; do
		ln -s "usr/$name" "live/$name"
	done
	for name in bin sbin lib lib64; do
		[ ! -d "/usr/$name" ] || {
			mkdir -p "live/usr/$name"
			mount --bind "/usr/$name" "live/usr/$name"
		}
	done
	[ ! -d live/usr/lib/jvm ] || mount -t tmpfs none live/usr/lib/jvm
	mount -t proc none live/proc
	mount -t tmpfs none live/dev
	mknod -m 0666 live/dev/null c 1 3
	install -m 0755 "$trustfix" live/trustfix
	cp "$pki/mitm-root.crt" live/root/ca.crt
	# Two files that others make of the bundle: one that trustfix knows, one that it does not.
	install -m 0755 "$top/hooks/refresh-debian" start/etc/trustfix/hooks.d/
	cat >start/etc/ca-certificates/update.d/derive <<-'EOF'
		#!/bin/sh
		cat /etc/ssl/certs/ca-certificates.crt >/etc/derived
		cp /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/java/cacerts
	EOF
	chmod 0755 start/etc/ca-certificates/update.d/derive
	cp "$(bundle_of start)" start/etc/derived
	cp "$(bundle_of start)" start/etc/ssl/certs/java/cacerts
}

# In memory: it is written a thousand times.
mkdir ram
mount -t tmpfs none ram
cd ram || exit 1
live_root
it 'every file is old or new, and all of them after the next command or an undo'
/usr/bin/python3 -B "$here/cutoff.py" >points 2>&1 || fail 'see below'
sed 's/^/# /' points

done_testing
