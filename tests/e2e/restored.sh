#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What was put back stays so on the running system: after the distribution's own commands, and after a kill.
# shellcheck source=tests/e2e/lib.sh disable=SC2016,SC2086
. "$(dirname "$0")/lib.sh"
need_all debootstrap
ca_trust=red/etc/pki/ca-trust/extracted hooks=red/etc/trustfix/hooks.d

# refresh LINE...: the family's hook, which tells what it was called for and does this.
refresh()
{
	rm -f red/tmp/actions
	{
		printf '#!/bin/sh\necho $TRUSTFIX_ACTION >>/tmp/actions\ncd /etc/pki/ca-trust/extracted\n'
		printf '%s\n' "$@"
	} >$hooks/refresh-p11kit
	chmod 0755 $hooks/refresh-p11kit
}

told()
{
	printf '%s\n' "$@" >wanted
	same_bytes wanted red/tmp/actions
}

# All of /etc but the hooks; a refresh may write the same again.
etc_of() { shape red/etc | grep -v trustfix; }

as_before()
{
	etc_of >now
	same_bytes before now || diff before now >"$dir/expect" || note "$dir/expect"
}

spoilers='update-ca-trust; : >pem/tls-ca-bundle.pem; : >java/cacerts; : >edk2/cacerts.bin
update-ca-trust; for f in pem/*.pem java/cacerts; do : >$f; done; exit 1
rm pem/tls-ca-bundle.pem openssl/* java/cacerts
rm pem/tls-ca-bundle.pem; ln -s /dev/null pem/tls-ca-bundle.pem
rm pem/tls-ca-bundle.pem openssl/*; mkdir pem/tls-ca-bundle.pem openssl/ca-bundle.trust.crt
rm -r pem java; exit 1
truncate -s 100 pem/tls-ca-bundle.pem; kill -9 $$
chmod 600 pem/tls-ca-bundle.pem; echo broken >pem/tls-ca-bundle.pem; exit 1
update-ca-trust; chmod 600 pem/tls-ca-bundle.pem java/cacerts; chown 7:8 pem/tls-ca-bundle.pem; exit 1'

rhel_root "$dir/red" || done_testing
cp "$pki/mitm-root.crt" red/root/ca.crt
mkdir -p $hooks
install_it='in_root red trustfix install --ca /root/ca.crt'

it 'a refresh that spoils what it is to make cannot spoil what was put back'
etc_of >before
echo "$spoilers" >spoilers
while read -r spoiler; do
	refresh "$spoiler"
	expect_status 1 $install_it
	one_sentence
	told install revert
	as_before || fail "$spoiler"
done <spoilers

it 'nor what undo put back'
refresh update-ca-trust
sed -n '1,2p;4p' spoilers >some
while read -r spoiler; do
	refresh 'update-ca-trust extract'
	expect_status 0 $install_it
	expect holds $ca_trust/pem/tls-ca-bundle.pem "$pki/mitm-root.crt"
	refresh "$spoiler"
	status=0
	in_root red trustfix undo >"$out" 2>"$err" </dev/null || status=$?
	case $spoiler in
	*'exit 1') expect test "$status" -eq 1 ;;
	*) expect test "$status" -eq 0 ;;
	esac
	told undo
	as_before
done <some

it 'only what cannot be put back then is status 4, with the file and its backup named, and tried again'
cp $ca_trust/pem/tls-ca-bundle.pem bundle
refresh 'rm pem/tls-ca-bundle.pem; mkdir -p pem/tls-ca-bundle.pem/full'
expect_status 4 $install_it
one_sentence
says "cannot put '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem' back \(it is kept as '/var/lib/trustfix/[0-9]+/[0-9]+'"
kept=$(sed -n "s/.*tls-ca-bundle.pem' back (it is kept as '\([^']*\)'.*/\1/p" "$err")
same_bytes bundle "red$kept"
rm -r $ca_trust/pem/tls-ca-bundle.pem
refresh 'exit 0'
expect_status 0 in_root red trustfix remove --ca /root/ca.crt
told revert
as_before

it 'what a killed refresh made is made anew: the distribution is told when it is put back'
for words in 'update-ca-trust; cp pem/tls-ca-bundle.pem /etc/derived; kill -9 $PPID' \
	': >pem/tls-ca-bundle.pem; kill -9 $PPID; : >java/cacerts'; do
	for next in undo "remove --ca /root/ca.crt"; do
		cp $ca_trust/pem/tls-ca-bundle.pem red/etc/derived
		etc_of >before
		refresh "[ \$TRUSTFIX_ACTION = revert ] || { $words; touch /tmp/ended; exit; }" update-ca-trust \
			'cp pem/tls-ca-bundle.pem /etc/derived'
		rm -f red/tmp/ended
		expect_status 137 $install_it
		# The hook runs on.
		within 20000 sh -c 'until [ -e red/tmp/ended ]; do sleep 0.1; done'
		expect_status 0 in_root red trustfix $next
		told install revert
		as_before
	done
done

it 'a refresh that fails then is told, and does not block the next run'
refresh "[ \$TRUSTFIX_ACTION = revert ] || kill -9 \$PPID" 'exit 1'
expect_status 137 $install_it
expect_status 0 in_root red trustfix undo
says 'may not be as they were before.*refresh-p11kit'
as_before

it 'an undo that is killed in the refresh is finished by the next run'
refresh 'update-ca-trust extract'
etc_of >before
expect_status 0 $install_it
refresh 'kill -9 $PPID'
expect_status 137 in_root red trustfix undo
refresh 'update-ca-trust extract'
expect_status 0 in_root red trustfix undo
told undo
as_before
expect_status 0 in_root red trustfix undo --list
says_not ' (staged|undoing) '
says 'undone.*install'

done_testing
