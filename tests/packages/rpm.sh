#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The rpm package in a root of the Red Hat layout: installed, triggered by other packages, updated and erased.
#
#	tests/packages/rpm.sh [DIRECTORY]	where trustfix-*.rpm is (build/rpm/RPMS)
#
# Needs root, rpm, rpmbuild, and build/roots/bookworm (tests/e2e/roots.sh).
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
need_all debootstrap rpm rpmbuild
packages=${1:-$top/build/rpm/RPMS}
rhel_root "$dir/world" || done_testing
rm -rf world/usr/bin/trustfix world/usr/lib/trustfix world/etc/trustfix
cp "$pki/mitm-root.crt" world/root/corp.pem
mask=world/etc/trustfix/hooks.d/restart-container-engine
anchor=world/etc/pki/ca-trust/source/anchors/corp.crt
in_rpm() { rpm --root "$dir/world" "$@"; }
paths() { (cd world && find etc usr var \( -path '*/rpm' -o -path var/log -o -path var/cache \) -prune -o ! -type d -print | LC_ALL=C sort); }

# roots VERSION: a package that brings a file of the distribution's roots.
roots()
{
	cat >roots.spec <<-EOF
		Name: roots
		Version: $1
		Release: 1
		Summary: roots
		License: none
		BuildArch: noarch
		%description
		%install
		mkdir -p %{buildroot}/usr/share/pki/ca-trust-source
		echo "# $1" >%{buildroot}/usr/share/pki/ca-trust-source/more.p11-kit
		%files
		/usr/share/pki/ca-trust-source/more.p11-kit
	EOF
	rpmbuild -bb --define "_topdir $dir/rpmbuild" --define "_tmppath $dir/tmp" --define "_rpmdir $dir" roots.spec
}
{ roots 1 && roots 2; } >built 2>&1 || note built
in_rpm --initdb
paths >before

it 'is installed, and its mask of the example hook is a configuration file'
expect_status 0 in_rpm -i --nodeps "$packages"/*/trustfix-*.rpm
expect_status 0 in_root world trustfix --version
expect in_rpm -V --nodeps trustfix
in_rpm -qc trustfix >listed
echo /etc/trustfix/hooks.d/restart-container-engine >wanted
same_bytes wanted listed
expect test -e $mask
expect test ! -x $mask

it 'the CA that a package took away is there again'
expect_status 0 in_root world trustfix install --ca /root/corp.pem --name corp
rm $anchor
expect_status 0 in_rpm -i --nodeps noarch/roots-1-1.noarch.rpm
expect test -e $anchor
rm $anchor
expect_status 0 in_rpm -U --nodeps noarch/roots-2-1.noarch.rpm
expect test -e $anchor
expect holds "$dir/world/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem" "$pki/mitm-root.crt"

it 'a hook that was unmasked is masked by no update'
echo '# mine' >$mask
expect_status 0 in_rpm -U --nodeps --replacepkgs "$packages"/*/trustfix-*.rpm
expect grep -q mine $mask

it 'erased, it leaves what an administrator made'
expect_status 0 in_root world trustfix remove --installed
expect_status 0 in_rpm -e --nodeps trustfix roots
paths | grep -v -e '^var/lib/trustfix' -e '^etc/trustfix' >after
expect diff before after

done_testing
