#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Java 8, 11, 17, 21 and 25 as Debian has them: each with its own keytool and an HTTPS client of its own,
# in a root that trustfix changes from outside.
#
#	BUILD=build tests/jdks/run.sh [SUITE...]	needs root, and the roots of tests/jdks/roots.sh
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
need_all squid mitmdump nginx javac
root_pin=$(pin_of mitm-root)
corp_crt=$pki/mitm-root.crt
alias=trustfix-$(sha256_of "$corp_crt" | cut -c1-16)
colons=$(openssl x509 -in "$corp_crt" -noout -fingerprint -sha256 | cut -d= -f2)
managed=etc/ssl/certs/java/cacerts
origin 9443
squid_bump jdks 3128 "$pki/mitm-root.both"
mitm jdks 3129 "$pki/mitm-root.both"
# One file, compiled once: Java 8 runs no source, and later runtimes do it only with a compiler beside them.
expect javac --release 8 -Xlint:none -nowarn -d classes "$here/java/Client.java"

# jdk PROGRAM ARGUMENT...: one of the runtime $home's, in $suite's root.
jdk()
{
	program=$1
	shift
	below=bin
	[ -e "$suite$home/bin/$program" ] || below=jre/bin
	in_root "$suite" "$home/$below/$program" "$@"
}

homes()
{
	for at in "$suite"/usr/lib/jvm/java-*; do
		[ -L "$at" ] || echo "${at#"$suite"}"
	done
}

# every COMMAND...: with each runtime of $suite's root as $home.
every()
{
	for home in $(homes); do
		"$@"
	done
}

# fetch PORT [OPTION...]: a request through the proxy at PORT.
fetch()
{
	f_port=$1
	shift
	jdk java -XX:TieredStopAtLevel=1 -Dhttps.proxyHost=127.0.0.1 "-Dhttps.proxyPort=$f_port" "$@" \
		-cp /classes Client https://app.test:9443/
}

refused()
{
	expect_not fetch 3128 "$@"
	expect_not fetch 3129 "$@"
}

accepted()
{
	expect fetch 3128 "$@"
	expect fetch 3129 "$@"
}

# keytool shows our CA under that alias in $suite's root, and takes the file for whole.
listed() # KEYSTORE ALIAS
{
	jdk keytool -list -v -keystore "/$1" -storetype "$type" -storepass changeit -alias "$2" >"$dir/listed" 2>&1
	grep -q "$colons" "$dir/listed" && return 0
	fail "keytool of $home does not list '$2' in $1"
	note "$dir/listed"
}

entries() { jdk keytool -list -keystore "/$1" -storetype "$type" -storepass changeit 2>/dev/null | grep -c 'Entry,'; }

install_at() { tf install --root "$suite" --proxy "http://127.0.0.1:3128" --pin "$root_pin" "$@" app.test:9443; }

it_trusts()
{
	it "$suite: every runtime refuses the interceptors"
	cp "$suite/$managed" before
	every refused

	it "$suite: one install, one keystore for $(homes | wc -l), and keytool lists it"
	expect_status 0 install_at --name Corp
	says "^/$managed +added +JKS"
	says '2 stores changed, 0 unchanged, all proven'
	every listed "$managed" debian:corp.pem

	it "$suite: every runtime trusts squid and mitmproxy"
	every accepted

	it "$suite: the hook of ca-certificates-java finds nothing to do"
	n=$(entries "$managed")
	expect in_root "$suite" update-ca-certificates
	expect sh -c "echo +/etc/ssl/certs/Corp.pem | chroot $suite /etc/ca-certificates/update.d/jks-keystore"
	expect test "$(entries "$managed")" -eq "$n"
	every listed "$managed" debian:corp.pem
}

# The CA is in Java's keystore when it is no longer in the system's: Debian's defect.
it_forgets()
{
	it "$suite: deleted from the system store${1:+ ($1)}, and still trusted by Java"
	expect rm "$suite/usr/local/share/ca-certificates/Corp.crt"
	expect in_root "$suite" update-ca-certificates "$@"
	expect_not holds "$(bundle_of "$suite")" "$corp_crt"
	every accepted

	it "$suite: trustfix remove takes it out of Java${1:+ ($1)}"
	expect_status 0 tf remove --root "$suite" --ca "$corp_crt"
	says "^/$managed +removed"
	every refused
	expect test "$(entries "$managed")" -eq $((n - 1))
	expect_status 0 tf remove --root "$suite" --ca "$corp_crt"
	says '0 stores changed'
}

# format NAME TYPE [KEYTOOL-ARGUMENT...]: what the runtime's own keytool makes, with our CA added.
format()
{
	it "$suite: ${home##*/}: $1"
	type=$2
	shift 2
	rm -f "$suite/srv/store"
	expect jdk keytool "$@" -importkeystore -noprompt -srckeystore "/$managed" -srcstorepass changeit \
		-destkeystore /srv/store -deststoretype "$type" -deststorepass changeit
	cp "$suite/srv/store" store
	expect_status 0 install_at --store java:/srv/store
	expect test "$(entries srv/store)" -eq "$n"
	of=$home
	set -- -Djavax.net.ssl.trustStore=/srv/store -Djavax.net.ssl.trustStorePassword=changeit \
		"-Djavax.net.ssl.trustStoreType=$type"
	every listed srv/store "$alias"
	every expect fetch 3128 "$@"
	home=$of
	expect_status 0 tf undo --root "$suite"
	same_bytes store "$suite/srv/store"
	expect_not fetch 3128 "$@"
}

formats()
{
	format JKS JKS
	format JCEKS JCEKS
	format 'PKCS#12 with a password' PKCS12
	case $home in
	*-8-* | *-11-*) return ;;
	esac
	format 'PKCS#12 as Java 8 wrote it' PKCS12 -J-Dkeystore.pkcs12.legacy
	format 'PKCS#12 without a password' PKCS12 -J-Dkeystore.pkcs12.macAlgorithm=NONE \
		-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE
}

[ $# -gt 0 ] || set -- sid bullseye trixie
for suite in "$@"; do
	it "$suite: has what it needs"
	chroot_root "jdk-$suite" "$suite" || continue
	cp -r classes "$suite/"
	home=$(homes | head -n 1)
	type=JKS
	it_trusts
	it_forgets
	expect_status 0 install_at --name Corp
	it_forgets --fresh
	every formats
	rm -rf --one-file-system "${suite:?}/usr/lib/jvm"
done
done_testing
