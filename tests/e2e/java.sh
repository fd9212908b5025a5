#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Java keystores, with the real keytool and real HTTPS clients on every JDK below /usr/lib/jvm.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/lib.sh"
need_all squid mitmdump nginx java javac keytool
machine=/etc/ssl/certs/java/cacerts
[ -e "$machine" ] || need_all "$machine"
root_pin=$(pin_of mitm-root)
corp_crt=$pki/mitm-root.crt
corp=trustfix-$(sha256_of "$corp_crt" | cut -c1-16)
origin 9443
squid_bump java 3128 "$pki/mitm-root.both"
mitm java 3129 "$pki/mitm-root.both"
expect javac --release 8 -Xlint:none -nowarn -d classes "$here/java/Client.java"

jdks()
{
	for home in /usr/lib/jvm/*; do
		[ -L "$home" ] || [ ! -x "$home/bin/java" ] || echo "$home"
	done
}

# fetch PORT KEYSTORE [OPTION...]: a request through the proxy at PORT.
fetch()
{
	f_port=$1 f_store=$2
	shift 2
	"${jdk:-/usr}/bin/java" -XX:TieredStopAtLevel=1 "-Djavax.net.ssl.trustStore=$f_store" \
		-Dhttps.proxyHost=127.0.0.1 "-Dhttps.proxyPort=$f_port" "$@" \
		-cp "$dir/classes" Client https://app.test:9443/
}

# listed KEYSTORE ALIAS [PASSWORD]: keytool shows our CA under that alias, and takes the file for whole.
listed()
{
	keytool -list -keystore "$1" -storepass "${3:-changeit}" -alias "$2" >"$dir/listed" 2>&1
	colons=$(openssl x509 -in "$corp_crt" -noout -fingerprint -sha256 | cut -d= -f2)
	grep -q "$colons" "$dir/listed" && return 0
	fail "keytool does not list '$2' in $1"
	note "$dir/listed"
}

entries() { keytool -list -keystore "$1" -storepass "${2:-changeit}" 2>/dev/null | grep -c 'Entry,'; }

# java_root DIR: Debian's layout: two JDKs that link to the managed keystore, one with its own.
java_root()
{
	small_root "$1"
	mkdir -p "$1/etc/ssl/certs/java" "$1/usr/lib/jvm/own/lib/security" "$1/usr/lib/jvm/a/lib/security" \
		"$1/usr/lib/jvm/b/jre/lib/security"
	cp "$machine" "$1/etc/ssl/certs/java/cacerts"
	cp "$machine" "$1/usr/lib/jvm/own/lib/security/cacerts"
	ln -s /etc/ssl/certs/java/cacerts "$1/usr/lib/jvm/a/lib/security/cacerts"
	ln -s /etc/ssl/certs/java/cacerts "$1/usr/lib/jvm/b/jre/lib/security/cacerts"
}

# convert KEYSTORE TYPE [KEYTOOL-ARGUMENT...]: the machine's certificates in another format.
convert()
{
	c_to=$1 c_type=$2
	shift 2
	expect keytool -importkeystore -noprompt -srckeystore "$machine" -srcstorepass changeit \
		-destkeystore "$c_to" -deststoretype "$c_type" -deststorepass "${c_pass:-changeit}" "$@"
}

install_named() # KEYSTORE [ARGUMENT...]
{
	i_store=$1
	shift
	tf install --root root --store "java:$i_store" --proxy http://127.0.0.1:3128 --pin "$root_pin" "$@" \
		app.test:9443
}

java_root root
managed=root/etc/ssl/certs/java/cacerts
own=root/usr/lib/jvm/own/lib/security/cacerts
cp "$machine" before

it 'an HTTPS client fails behind the interceptor, on every JDK'
for jdk in $(jdks); do
	expect_not fetch 3128 "$managed"
	expect_not fetch 3129 "$own"
done

it 'one install: every keystore once, those who share it named'
expect_status 0 tf install --root root --proxy http://127.0.0.1:3128 --pin "$root_pin" --name Corp \
	app.test:9443
says '^/etc/ssl/certs/java/cacerts +added +JKS'
says 'read by /usr/lib/jvm/a, /usr/lib/jvm/b'
says '^/usr/lib/jvm/own/lib/security/cacerts +added +JKS'
says '3 stores changed, 0 unchanged, all proven'

it 'keytool lists it: under the alias of ca-certificates-java, and under its name'
listed "$managed" debian:corp.pem
listed "$own" corp
expect test "$(entries "$managed")" -eq $(($(entries "$machine") + 1))

for jdk in $(jdks); do
	it "the client works: ${jdk##*/}, through squid and mitmproxy"
	expect fetch 3128 "$managed"
	expect fetch 3129 "$own"
done
jdk=

it 'the links are links, modes and owners are kept'
expect test -L root/usr/lib/jvm/a/lib/security/cacerts
expect test "$(stat -c '%a %U' "$managed")" = "$(stat -c '%a %U' "$machine")"

it 'a second install changes nothing'
keep_listing root
expect_status 0 tf install --root root --proxy http://127.0.0.1:3128 --pin "$root_pin" app.test:9443
says '0 stores changed, 3 unchanged'
unchanged root -c

it 'verify and list know it'
expect_status 0 tf verify --json --root root --store java --proxy http://127.0.0.1:3128 app.test:9443
json 'd["trees"][0]["stores"][0]["clients"][0]["client"]' java
expect_status 0 tf list --root root --store java
says 'Lantern Inspection Root'

it 'undo restores the exact bytes'
expect_status 0 tf undo --root root
same_bytes before "$managed"
same_bytes before "$own"
expect_not fetch 3128 "$managed"

it 'remove takes out what keytool put in, under whatever alias'
expect keytool -importcert -noprompt -alias Foreign -file "$corp_crt" -keystore "$own" -storepass changeit
expect fetch 3128 "$own"
n=$(entries "$own")
expect_status 0 tf install --dry-run --root root --store java --ca "$corp_crt"
says '^/usr/lib/jvm/own/lib/security/cacerts +unchanged'
expect_status 0 tf remove --root root --ca "$corp_crt"
says '1 store changed'
expect test "$(entries "$own")" -eq $((n - 1))
expect_not fetch 3128 "$own"

it 'undo of a remove'
expect_status 0 tf undo --root root
listed "$own" foreign
expect_status 0 tf remove --root root --fingerprint "$(sha256_of "$corp_crt")"

it 'reapply finds a keystore again that was named by path'
mkdir -p root/srv
cp "$machine" root/srv/trust
expect_status 0 install_named /srv/trust
cp "$machine" root/srv/trust
expect_status 0 tf reapply --root root
listed root/srv/trust "$corp"
expect_status 0 tf remove --root root --store java:/srv/trust --installed
rm root/srv/trust

it 'jssecacerts is the one that counts'
cp before "$own"
cp before "${own%cacerts}jssecacerts"
expect_status 0 tf install --root root --store java --ca "$corp_crt"
listed "${own%cacerts}jssecacerts" "$corp"
same_bytes before "$own"
expect_status 0 tf undo --root root
rm "${own%cacerts}jssecacerts"

formats()
{
	it "$1: keytool lists it, the client works, undo restores the bytes"
	shift
	rm -f root/srv/store
	convert root/srv/store "$@"
	cp root/srv/store store
	expect_not fetch 3128 root/srv/store -Djavax.net.ssl.trustStorePassword=changeit
	expect_status 0 install_named /srv/store
	listed root/srv/store "$corp"
	expect test "$(entries root/srv/store)" -eq $(($(entries store) + 1))
	for jdk in $(jdks); do
		expect fetch 3128 root/srv/store -Djavax.net.ssl.trustStorePassword=changeit \
			"-Djavax.net.ssl.trustStoreType=${type:-$1}"
	done
	jdk=
	expect_status 0 tf undo --root root
	same_bytes store root/srv/store
}
formats JKS JKS
formats JCEKS JCEKS
formats 'PKCS#12 with a password' PKCS12
formats 'PKCS#12 as JDK 8 wrote it' PKCS12 -J-Dkeystore.pkcs12.legacy
formats 'PKCS#12 without a password' PKCS12 -J-Dkeystore.pkcs12.macAlgorithm=NONE \
	-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE

it 'PKCS#12 without a password stays one: a client that gives none works'
expect_status 0 install_named /srv/store
expect fetch 3128 root/srv/store

it 'PKCS#12 with a password as the default keystore: said that Java sees nothing in it'
rm -f "$own"
convert "$own" PKCS12
expect_status 0 tf install --root root --store java --ca "$corp_crt"
says 'sees nothing in this one'
expect_not fetch 3128 "$own"
expect fetch 3128 "$own" -Djavax.net.ssl.trustStorePassword=changeit
expect_status 0 tf undo --root root
cp before "$own"

it 'another password: a clear sentence, nothing changed, and --storepass-file'
rm -f root/srv/store
c_pass=secret1 convert root/srv/store JKS
printf 'wrong12\n' >wrong
printf 'secret1\n' >right
keep_listing root
expect_status 1 install_named /srv/store
one_sentence
says 'storepass-file'
expect_status 1 install_named /srv/store --storepass-file wrong
one_sentence
unchanged root
expect_status 0 install_named /srv/store --storepass-file right
listed root/srv/store "$corp" secret1

it 'one that is found and does not open: told and left; a given password must open some'
java_root locked
cp root/srv/store locked/usr/lib/jvm/own/lib/security/cacerts
keep_listing locked
expect_status 1 tf install --root locked --ca "$corp_crt" --storepass-file wrong
one_sentence
says 'the password in --storepass-file opens none of the keystores'
unchanged locked
expect_status 0 tf install --dry-run --root locked --ca "$corp_crt" --storepass-file right
says '2 stores would change, 1 unchanged'
expect_status 0 tf install --root locked --ca "$corp_crt"
says "note: '/usr/lib/jvm/own/.* is left alone: .*storepass-file"
says '2 stores changed'

it 'and a PKCS#12'
rm -f root/srv/store
c_pass=secret1 convert root/srv/store PKCS12
cp root/srv/store store
expect_status 1 install_named /srv/store --storepass-file wrong
one_sentence
same_bytes store root/srv/store
expect_status 0 install_named /srv/store --storepass-file right
listed root/srv/store "$corp" secret1

it 'private keys live on'
rm -f root/srv/store
for type in JKS PKCS12; do
	rm -f root/srv/keys
	expect keytool -genkeypair -alias mine -keyalg EC -dname CN=mine -keystore root/srv/keys \
		-storetype $type -storepass changeit
	expect keytool -exportcert -alias mine -keystore root/srv/keys -storepass changeit -file mine.before
	expect_status 0 install_named /srv/keys
	expect keytool -certreq -alias mine -keystore root/srv/keys -storepass changeit -file mine.csr
	expect openssl req -in mine.csr -noout -verify
	expect keytool -exportcert -alias mine -keystore root/srv/keys -storepass changeit -file mine.after
	same_bytes mine.before mine.after
	listed root/srv/keys "$corp"
done
type=

it 'a broken or half JDK is told, and stops nothing'
java_root odd
mkdir -p odd/usr/lib/jvm/half/bin odd/usr/lib/jvm/cut/lib/security odd/usr/lib/jvm/gone/lib/security \
	odd/usr/lib/jvm/loop/lib/security odd/usr/lib/jvm/pipe/lib/security odd/usr/lib/jvm/dir/lib/security/cacerts \
	odd/usr/lib/jvm/bks/lib/security
: >odd/usr/lib/jvm/half/bin/java
head -c 5000 "$machine" >odd/usr/lib/jvm/cut/lib/security/cacerts
ln -s nowhere odd/usr/lib/jvm/gone/lib/security/cacerts
ln -s cacerts odd/usr/lib/jvm/loop/lib/security/cacerts
mkfifo odd/usr/lib/jvm/pipe/lib/security/cacerts
printf '\000\000\000\002\000\000\000\024' >odd/usr/lib/jvm/bks/lib/security/cacerts
within 10000 expect_status 0 tf install --root odd --ca "$corp_crt"
for name in half cut gone loop pipe dir bks; do
	says "note: '/usr/lib/jvm/${name}[/']"
done
says '3 stores changed'
expect_status 0 tf install --json --root odd --ca "$corp_crt"
json 'len(d["notes"])' 7

it 'ten JDKs that link to one file are one store'
java_root ten
for n in 0 1 2 3 4 5 6 7 8 9; do
	mkdir -p "ten/usr/lib/jvm/jdk$n/lib/security"
	ln -s /etc/ssl/certs/java/cacerts "ten/usr/lib/jvm/jdk$n/lib/security/cacerts"
done
expect_status 0 tf install --json --root ten --store java --ca "$corp_crt"
json 'len(d["trees"][0]["stores"])' 2
json 'all("/usr/lib/jvm/jdk%d" % n in str(d["trees"][0]["stores"]) for n in range(10))' true
expect_status 0 tf undo --root ten

it 'a keystore is skipped under any of its names'
expect_status 0 tf install --root ten --skip system --skip java:/usr/lib/jvm/jdk3/lib/security/cacerts --ca "$corp_crt"
same_bytes before ten/etc/ssl/certs/java/cacerts
listed ten/usr/lib/jvm/own/lib/security/cacerts "$corp"

it 'a read-only file system: one sentence, and nothing changed anywhere'
java_root ro
mount -t tmpfs none ro/usr/lib/jvm/own
mkdir -p ro/usr/lib/jvm/own/lib/security
cp "$machine" ro/usr/lib/jvm/own/lib/security/cacerts
mount -o remount,ro ro/usr/lib/jvm/own
keep_listing ro
expect_status 1 tf install --root ro --ca "$corp_crt"
one_sentence
unchanged ro journal
umount ro/usr/lib/jvm/own

it 'homes of every user of the tree'
java_root homes
printf 'root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n' >homes/etc/passwd
for home in root/.sdkman/candidates/java/21 home/ann/.jdks/17 home/ann/.gradle/jdks/x/jdk-17; do
	mkdir -p "homes/$home/lib/security"
	cp "$machine" "homes/$home/lib/security/cacerts"
done
expect_status 0 tf install --root homes --ca "$corp_crt"
for home in root/.sdkman/candidates/java/21 home/ann/.jdks/17 home/ann/.gradle/jdks/x/jdk-17; do
	listed "homes/$home/lib/security/cacerts" "$corp"
done

# A Debian with this machine's JDKs in it, and Debian's own program that keeps the keystore.
it 'on Debian as the running system'
jar=/usr/share/ca-certificates-java/ca-certificates-java.jar
need debootstrap "$jar" && chroot_root bookworm world && {
	mkdir -p world/usr/lib/jvm world/etc/ssl/certs/java world/etc/java-17-openjdk world/classes
	mount --bind /usr/lib/jvm world/usr/lib/jvm
	[ ! -e /etc/java-17-openjdk ] || mount --bind /etc/java-17-openjdk world/etc/java-17-openjdk
	cp "$machine" world/etc/ssl/certs/java/cacerts
	cp "$jar" world/usr/share/cacerts.jar
	cp classes/* world/classes/
	jdk=$(jdks | head -n 1)
	# $@: options of the client
	client()
	{
		in_root world "$jdk/bin/java" -Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=3128 "$@" \
			-cp /classes Client https://app.test:9443/
	}
	debian_s() { in_root world sh -c "echo $1 | $jdk/bin/java -jar /usr/share/cacerts.jar -storepass changeit"; }
	expect_not client
	expect_status 0 in_root world trustfix install --proxy http://127.0.0.1:3128 --pin "$root_pin" \
		--name Corp app.test:9443
	expect client
	listed world/etc/ssl/certs/java/cacerts debian:corp.pem

	it "Debian's own program finds nothing to do"
	n=$(entries world/etc/ssl/certs/java/cacerts)
	expect debian_s +/etc/ssl/certs/Corp.pem
	expect test "$(entries world/etc/ssl/certs/java/cacerts)" -eq "$n"
	listed world/etc/ssl/certs/java/cacerts debian:corp.pem

	it 'what went from the system store stays in Java; remove takes it out of both'
	expect rm world/usr/local/share/ca-certificates/Corp.crt
	expect in_root world update-ca-certificates --fresh
	expect_not holds "$(bundle_of world)" "$corp_crt"
	expect client
	expect_status 0 in_root world trustfix remove --installed
	says '/etc/ssl/certs/java/cacerts +removed'
	expect_not client

	it 'JAVA_HOME, and options that lead elsewhere'
	mkdir -p world/srv/jdk/lib/security
	cp "$machine" world/srv/jdk/lib/security/cacerts
	expect_status 0 in_root world env JAVA_HOME=/srv/jdk \
		JAVA_TOOL_OPTIONS=-Djavax.net.ssl.trustStore=/srv/other trustfix list
	says '^/srv/jdk/lib/security/cacerts'
	says "JAVA_TOOL_OPTIONS .*'/srv/other'"
	mkdir world/srv/jdk/bin
	: >world/srv/jdk/bin/java
	expect_status 0 in_root world env PATH=/srv/jdk/bin:/usr/sbin:/usr/bin trustfix list
	says '^/srv/jdk/lib/security/cacerts'
	jdk=

	it 'root looks into every home, an ordinary user into his own'
	for home in ann bob; do
		mkdir -p "world/home/$home/.jdks/17/lib/security"
		cp "$machine" "world/home/$home/.jdks/17/lib/security/cacerts"
		echo "$home:x:1001:1001::/home/$home:/bin/sh" >>world/etc/passwd
	done
	expect_status 0 in_root world trustfix list --store java
	says '^/home/ann/.jdks/17/lib/security/cacerts'
	says '^/home/bob/.jdks/17/lib/security/cacerts'
	expect_status 0 in_root world setpriv --reuid=1001 --clear-groups env HOME=/home/ann trustfix list --store java
	says '^/home/ann/.jdks/17/lib/security/cacerts'
	says_not '/home/bob'
}

it 'where p11-kit makes the keystore it is made again, not edited'
need debootstrap && rhel_root "$dir/red" && {
	mkdir -p red/usr/lib/jvm/jdk/lib/security
	ln -s /etc/pki/java/cacerts red/usr/lib/jvm/jdk/lib/security/cacerts
	made=red/etc/pki/ca-trust/extracted/java/cacerts
	cp "$corp_crt" red/srv/ca.crt
	expect_status 1 in_root red trustfix install --store java --ca /srv/ca.crt
	says 'update-ca-trust generates it'
	expect_status 0 in_root red trustfix install --dry-run --ca /srv/ca.crt
	says_not 'would write .*java/cacerts'
	expect_status 0 in_root red trustfix install --proxy http://127.0.0.1:3128 --pin "$root_pin" app.test:9443
	says 'java/cacerts +added'
	expect fetch 3128 "$made"
	cp "$made" made
	SOURCE_DATE_EPOCH=0 in_root red update-ca-trust
	expect test "$(entries made)" -eq "$(entries "$made")"

	it 'and a renewed CA replaces the old one there, which undo brings back'
	cp "$pki/mitm-root2.crt" red/srv/new.crt
	expect_status 0 in_root red trustfix install --json --ca /srv/new.crt
	json '[s["state"] for s in d["trees"][0]["stores"]]' '["replaced", "replaced"]'
	expect_not fetch 3128 "$made"
	expect test "$(entries made)" -eq "$(entries "$made")"
	expect_status 0 in_root red trustfix undo
	expect fetch 3128 "$made"
	expect_status 0 in_root red trustfix undo
	expect_not fetch 3128 "$made"

	it 'without its refresh it is edited all the same'
	mkdir -p red/etc/trustfix/hooks.d
	ln -s /dev/null red/etc/trustfix/hooks.d/refresh-p11kit
	expect_status 0 in_root red trustfix install --ca /srv/ca.crt
	listed "$made" "$corp"
	expect_status 0 in_root red trustfix undo

	it 'in a bare root, where nothing runs, it is edited'
	umount red/dev red/proc
	expect_status 0 tf install --root red --ca "$corp_crt"
	listed "$made" "$corp"
}

done_testing
