#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The hooks of a live root: order, override, mask, failure, and one that never ends.
# shellcheck source=tests/e2e/lib.sh disable=SC2086
. "$(dirname "$0")/lib.sh"
need_all debootstrap
chroot_root bookworm "$dir/world" || done_testing
shipped=world/usr/lib/trustfix/hooks.d own=world/etc/trustfix/hooks.d
mkdir -p "$shipped" "$own"

hook() # FILE LINE...
{
	file=$1
	shift
	{
		echo '#!/bin/sh'
		printf '%s\n' "$@"
	} >"$file"
	chmod 0755 "$file"
}

fresh()
{
	rm -rf world/tmp/* "${shipped:?}"/* "${own:?}"/*
	in_root world trustfix remove --installed >/dev/null 2>&1
	rm -f world/tmp/*
}

install_it='in_root world trustfix install --ca /root/ca.crt --name corp'
cp "$pki/mitm-root.crt" world/root/ca.crt

it 'run in name order, the base names of both directories together'
hook "$shipped/20-b" 'echo b >>/tmp/order'
hook "$shipped/40-d" 'echo d >>/tmp/order'
hook "$own/10-a" 'echo a >>/tmp/order'
hook "$own/30-c" 'echo c >>/tmp/order'
expect_status 0 $install_it
printf 'a\nb\nc\nd\n' >wanted
same_bytes wanted world/tmp/order

it 'with a clean environment that says what changed'
fresh
hook "$own/10-env" 'env >/tmp/env' 'id -u >/tmp/uid' 'cat >/tmp/stdin'
status=0
env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LEAK=1 LD_PRELOAD_X=1 chroot world trustfix install --ca /root/ca.crt \
	>"$out" 2>"$err" </dev/null || status=$?
expect test "$status" -eq 0
expect_not grep -q '^LEAK=' world/tmp/env
expect grep -q '^PATH=' world/tmp/env
expect grep -q '^TRUSTFIX_ACTION=install$' world/tmp/env
expect grep -qxi "added $(sha256_of "$pki/mitm-root.crt")" world/tmp/stdin
expect grep -qx 'store /etc/ssl/certs' world/tmp/stdin
expect grep -qx 'file-added /etc/ssl/certs/ca-certificates.crt' world/tmp/stdin
expect_not grep -q '/var/lib/trustfix' world/tmp/env world/tmp/stdin

it 'are told of a removal too'
rm -f world/tmp/stdin
expect_status 0 in_root world trustfix remove --installed
expect grep -qxi "removed $(sha256_of "$pki/mitm-root.crt")" world/tmp/stdin

it 'of more CAs than an environment variable holds'
fresh
cp "$top/hooks/refresh-debian" "$shipped/"
hook "$own/10-list" 'cat >/tmp/stdin'
hook world/etc/ca-certificates/update.d/told 'cat >/tmp/told'
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out many.key 2>/dev/null
for i in $(seq 1200); do
	openssl req -x509 -new -key many.key -subj "/CN=Corp Root number $i of them all" -days 100 \
		-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
done >world/root/many.crt
expect_status 0 in_root world trustfix install --ca /root/many.crt
expect test "$(grep -c '^added ' world/tmp/stdin)" -eq 1200
expect test "$(grep -c '^+/etc/ssl/certs/.*pem$' world/tmp/told)" -eq 1200
expect_status 0 in_root world trustfix undo
expect test "$(grep -c '^removed ' world/tmp/stdin)" -eq 1200
rm world/etc/ca-certificates/update.d/told

it 'are run for the running system whatever it is called'
fresh
hook "$own/10-x" 'echo ran >>/tmp/who'
ln -sfn / world/tmp/root
for name in / /. // /../ /tmp/root; do
	rm -f world/tmp/who
	expect_status 0 in_root world trustfix install --root "$name" --ca /root/ca.crt
	expect test -s world/tmp/who
	expect_status 0 in_root world trustfix remove --root "$name" --installed
done

it '/etc overrides by base name'
fresh
hook "$shipped/10-x" 'echo shipped >>/tmp/who'
hook "$own/10-x" 'echo own >>/tmp/who'
expect_status 0 $install_it
echo own >wanted
same_bytes wanted world/tmp/who

it 'a link to /dev/null masks'
fresh
hook "$shipped/10-x" 'echo shipped >>/tmp/who'
ln -s /dev/null "$own/10-x"
expect_status 0 $install_it
expect test ! -e world/tmp/who

it 'what is not executable does not run'
fresh
hook "$own/10-x" 'echo ran >>/tmp/who'
chmod 0644 "$own/10-x"
expect_status 0 $install_it
says_not '10-x'
expect test ! -e world/tmp/who

it 'nor does a refresh, but that is said; one that is masked is meant so'
fresh
hook "$own/refresh-debian" 'echo ran >>/tmp/who'
chmod 0644 "$own/refresh-debian"
expect_status 0 $install_it
says "hook '/etc/trustfix/hooks.d/refresh-debian' is not executable"
expect test ! -e world/tmp/who
fresh
ln -s /dev/null "$own/refresh-debian"
expect_status 0 $install_it
says_not 'refresh-debian'

it 'no hook runs when nothing has changed, nor with --dry-run'
hook "$own/10-x" 'echo ran >>/tmp/who'
expect_status 0 $install_it
expect test ! -e world/tmp/who
expect_status 0 in_root world trustfix remove --dry-run --installed
expect test ! -e world/tmp/who

it 'a failing hook that refreshes nothing is reported and changes nothing'
fresh
hook "$own/50-notify" 'echo this went wrong >&2' 'exit 3'
expect_status 0 $install_it
says '50-notify'
expect holds "$(bundle_of world)" "$pki/mitm-root.crt"

it 'a failing hook of update.d likewise'
fresh
cp "$top/hooks/refresh-debian" "$shipped/"
hook world/etc/ca-certificates/update.d/broken 'exit 7'
expect_status 0 $install_it
says 'broken'
rm world/etc/ca-certificates/update.d/broken

it 'what a script of update.d leaves running does not hold the run, and runs on'
fresh
cp "$top/hooks/refresh-debian" "$shipped/"
hook world/etc/ca-certificates/update.d/daemon 'sleep 1000 & echo $! >/tmp/child' 'echo "W: started"'
within 30000 expect_status 0 $install_it
says 'W: started'
expect kill "$(cat world/tmp/child)"
rm world/etc/ca-certificates/update.d/daemon

it 'are run as well when the parent ignores the end of its children'
fresh
hook "$own/refresh-debian" 'echo ran >>/tmp/who'
expect_status 0 env -i --ignore-signal=CHLD PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot world \
	trustfix install --ca /root/ca.crt --name corp
says_not 'hook'
expect test -s world/tmp/who

it 'a failing refresh fails the install and everything is put back'
if rhel_root "$dir/red"; then
	cp "$pki/mitm-root.crt" red/root/ca.crt
	mkdir -p red/etc/trustfix/hooks.d
	hook red/etc/trustfix/hooks.d/refresh-p11kit "echo \$TRUSTFIX_ACTION >>/tmp/actions" \
		'echo no refresh today >&2' 'exit 1'
	keep_listing red
	expect_status 1 in_root red trustfix install --ca /root/ca.crt
	says 'refresh-p11kit'
	printf 'install\nrevert\n' >wanted
	same_bytes wanted red/tmp/actions
	rm red/tmp/actions
	unchanged red

	it 'without its refresh the bundle is edited all the same'
	ln -sf /dev/null red/etc/trustfix/hooks.d/refresh-p11kit
	expect_status 0 in_root red trustfix install --ca /root/ca.crt
	expect holds "$dir/red/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem" "$pki/mitm-root.crt"

	it 'an undo whose refresh fails has put the files back, and says both'
	rm red/etc/trustfix/hooks.d/refresh-p11kit
	hook red/etc/trustfix/hooks.d/refresh-p11kit 'echo no refresh today >&2' 'exit 1'
	expect_status 1 in_root red trustfix undo
	one_sentence
	says 'every file of transaction [0-9]+ is as it was before.*refresh-p11kit.*no refresh today'
	expect_not holds "$dir/red/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem" "$pki/mitm-root.crt"

	it 'a name in other letters is no refresh hook'
	rm red/etc/trustfix/hooks.d/refresh-p11kit
	ln -s /dev/null red/etc/trustfix/hooks.d/refresh-p11kit
	hook red/etc/trustfix/hooks.d/Refresh-other 'echo ran >>/tmp/who' 'exit 1'
	expect_status 0 in_root red trustfix install --ca /root/ca.crt
	expect test -s red/tmp/who
fi

it 'a hook that is no refresh is told of what is proven, and of nothing else'
for end in 'exit 1' ': >/etc/ssl/certs/ca-certificates.crt'; do
	fresh
	hook "$own/10-notify" "echo \$TRUSTFIX_ACTION >>/tmp/notified"
	hook "$own/refresh-debian" "echo \$TRUSTFIX_ACTION >>/tmp/refreshed" "$end"
	expect_status 1 $install_it
	expect test ! -e world/tmp/notified
	printf 'install\nrevert\n' >wanted
	same_bytes wanted world/tmp/refreshed
done
fresh
hook "$own/10-notify" "echo \$TRUSTFIX_ACTION >>/tmp/told"
hook "$own/refresh-debian" "echo refresh-\$TRUSTFIX_ACTION >>/tmp/told"
expect_status 0 $install_it
expect_status 0 in_root world trustfix undo
printf '%s\n' refresh-install install undo refresh-undo >wanted
same_bytes wanted world/tmp/told

it 'what a hook undoes is not proven: the stores must hold the CA when all have run'
fresh
cp "$(bundle_of world)" world/root/bundle
hook "$own/50-cleaner" "echo \$TRUSTFIX_ACTION >>/tmp/told" 'cat /root/bundle >/etc/ssl/certs/ca-certificates.crt'
expect_status 1 $install_it
printf 'install\nrevert\n' >wanted
same_bytes wanted world/tmp/told
one_sentence
says 'does not hold the certificate'
same_bytes "$(bundle_of world)" world/root/bundle
expect test ! -e world/usr/local/share/ca-certificates/corp.crt

it 'a signal in the middle waits until everything is put back'
fresh
hook "$own/50-term" "kill -TERM \$PPID"
keep_listing world
expect_status 143 $install_it
unchanged world journal
rm "$own/50-term"
expect_status 0 in_root world trustfix undo --list
says_not ' (staged|undoing) '

it 'what cannot be put back is status 4; it is named with its backup, and tried again until it is right'
fresh
cp -a "$(bundle_of world)" kept
hook "$own/refresh-debian" 'rm /var/lib/trustfix/*/[0-9]*' 'exit 1'
expect_status 4 $install_it
one_sentence
says "cannot put '/etc/ssl/certs/ca-certificates.crt' back \(there is no copy '/var/lib/trustfix/[0-9]+/[0-9]+'"
rm "$own/refresh-debian"
expect_status 4 $install_it
says 'cannot roll back an interrupted run'
cp -a kept "$(bundle_of world)"
expect_status 0 $install_it
expect holds "$(bundle_of world)" "$pki/mitm-root.crt"

# The same program, built with a limit of two seconds (limits.h has two minutes, and no option shortens it).
it 'a hook that hangs is ended with its children, and reported'
if need "$BUILD/trustfix-impatient"; then
	fresh
	hook "$own/50-hang" 'sleep 1000 & echo $! >/tmp/child; wait'
	install -m 0755 "$BUILD/trustfix-impatient" world/usr/bin/trustfix
	within 60000 expect_status 0 $install_it
	says "'50-hang' failed.* 2 seconds"
	expect_not kill -0 "$(cat world/tmp/child)"
fi

done_testing
