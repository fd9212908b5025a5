#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The Debian package in a Debian root: installed, upgraded by dpkg and by apt, removed and purged.
#
#	tests/packages/deb.sh [DIRECTORY]	where trustfix_*.deb and ca-certificates_*.deb are (build/deb)
#
# Needs root, and build/roots/bookworm (tests/e2e/roots.sh).
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
need_all debootstrap dpkg keytool
packages=${1:-$top/build/deb}
chroot_root bookworm "$dir/world" || done_testing
rm -rf world/usr/bin/trustfix world/usr/lib/trustfix
cp "$packages"/trustfix_*.deb world/trustfix.deb
cp "$packages"/ca-certificates_*.deb world/ca-certificates.deb
cp "$pki/mitm-root.crt" world/root/corp.pem
mask=world/etc/trustfix/hooks.d/restart-container-engine
anchor=world/usr/local/share/ca-certificates/corp.crt

in_world() { in_root world env DEBIAN_FRONTEND=noninteractive "$@"; }
owned() { (cd world && find etc usr var \( -path var/lib/dpkg -o -path var/log -o -path var/cache -o -path var/lib/apt \) -prune -o -print | LC_ALL=C sort); }

# From here on every call of trustfix is on record.
count_calls()
{
	in_world dpkg-divert --quiet --rename --divert /usr/bin/trustfix.real --add /usr/bin/trustfix
	printf '#!/bin/sh\necho "$*" >>/calls\nexec /usr/bin/trustfix.real "$@"\n' >world/usr/bin/trustfix
	chmod 0755 world/usr/bin/trustfix
}

calls() { grep -c '^reapply' world/calls; }

jvm=usr/lib/jvm/java-17-openjdk-amd64
mkdir -p world/jre/DEBIAN "world/jre/$jvm/lib/security"
printf 'Package: some-jre\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n' >world/jre/DEBIAN/control
keytool -importcert -noprompt -storetype JKS -storepass changeit -alias origin -file "$pki/origin-root.crt" \
	-keystore "world/jre/$jvm/lib/security/cacerts" >/dev/null 2>&1
in_world dpkg-deb --build /jre /jre.deb >/dev/null
rm -rf world/jre
in_world dpkg -i /ca-certificates.deb >/dev/null 2>&1
owned >before
in_world dpkg -i /jre.deb >/dev/null 2>&1
it 'is installed by dpkg, with what Debian has already'
expect_status 0 in_world dpkg -i /trustfix.deb
expect_status 0 in_world trustfix --version
expect test -e world/usr/share/man/man1/trustfix.1.gz
expect test -e world/usr/share/bash-completion/completions/trustfix
expect test -e world/usr/share/zsh/vendor-completions/_trustfix
expect test -x world/etc/ca-certificates/update.d/trustfix
expect test -e world/etc/apt/apt.conf.d/90trustfix

it 'has every file below /etc as a conffile, the mask of the example hook too'
# shellcheck disable=SC2016 # dpkg-query expands it
in_world dpkg-query -W -f='${Conffiles}\n' trustfix | awk 'NF { print $1 }' | sort >conffiles
printf '%s\n' /etc/apt/apt.conf.d/90trustfix /etc/ca-certificates/update.d/trustfix \
	/etc/trustfix/hooks.d/restart-container-engine >wanted
same_bytes wanted conffiles
expect test ! -x $mask

it 'a hook that was unmasked stays so when the package is installed again'
rm $mask
expect_status 0 in_world dpkg -i /trustfix.deb
expect test ! -e $mask

it 'the CA that a package took away is there again: dpkg alone'
expect_status 0 in_world trustfix install --ca /root/corp.pem --name corp
count_calls
rm $anchor
expect_status 0 in_world dpkg -i /ca-certificates.deb
expect test -e $anchor
expect in_world openssl verify -CApath /etc/ssl/certs /root/corp.pem

it 'apt: once per run'
rm -f world/calls $anchor
expect_status 0 in_world apt-get -q -y --reinstall install /ca-certificates.deb
expect test -e $anchor
expect in_world openssl verify -CApath /etc/ssl/certs /root/corp.pem
expect test "$(calls)" -eq 1

it 'apt: an upgrade of a Java runtime that has a keystore of its own'
rm -f world/calls
expect_status 0 in_world apt-get -q -y --reinstall install /jre.deb
expect test "$(calls)" -eq 1
keytool -list -storepass changeit -keystore "world/$jvm/lib/security/cacerts" | tr -d : >listed
expect grep -qi "$(sha256_of "$pki/mitm-root.crt")" listed

it 'an upgrade while a run holds the lock waits for it'
flock world/var/lib/trustfix/lock sleep 2 &
rm -f $anchor
expect_status 0 in_world dpkg -i /trustfix.deb /ca-certificates.deb
wait $!
expect test -e $anchor

it 'in a root without /proc too'
umount world/proc
rm -f $anchor
expect_status 0 in_world dpkg -i /ca-certificates.deb
expect test -e $anchor
mount -t proc none world/proc

it 'removal says what stays trusted'
rm world/usr/bin/trustfix
in_world dpkg-divert --quiet --rename --remove /usr/bin/trustfix
expect_status 0 in_world dpkg -r trustfix
says 'remove --installed'
expect test -e $anchor
expect in_world openssl verify -CApath /etc/ssl/certs /root/corp.pem

it 'purge leaves nothing but the CA that an administrator installed'
expect_status 0 in_world dpkg -i /trustfix.deb
expect_status 0 in_world trustfix remove --installed
expect_status 0 in_world dpkg -P trustfix some-jre
owned >after
same_bytes before after || diff before after | note

done_testing
