#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Makes the keystores here anew, with the keytool of each Java.  Every one has the three roots one, two and
# three; the password is "changeit".  README.md says what each is for.
#
#	tests/jdks/roots.sh && tests/data/keystores/make.sh	needs root
set -eu
[ -n "${TRUSTFIX_MAKE:-}" ] || exec env TRUSTFIX_MAKE=1 LC_ALL=C.UTF-8 /usr/bin/python3 -B \
	"$(dirname "$0")/../../e2e/world.py" sh "$0" "$@"
cd "$(dirname "$0")"
roots=$(cd "${ROOTS:-../../../build/roots}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for root in "$roots"/jdk-*/; do
	mount -t proc none "$root/proc"
	mount --bind "$work" "$root/mnt"
done

# keytool VERSION ARGUMENT...: that Java's own, in the root that has it, where /mnt is $work.
keytool()
{
	for home in "$roots"/jdk-*/usr/lib/jvm/java-"$1"-openjdk-*; do
		[ ! -e "$home/jre" ] || home=$home/jre
	done
	root=${home%%/usr/lib/jvm/*}
	shift
	chroot "$root" "${home#"$root"}/bin/keytool" "$@" >"$work/said" 2>&1 || {
		cat "$work/said" >&2
		exit 1
	}
}

for name in one two three key; do
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 7300 -subj "/O=Trustfix Test/CN=$name" \
		-keyout "$work/$name.key" -out "$work/$name.pem" 2>/dev/null
done
openssl pkcs12 -export -name key -inkey "$work/key.key" -in "$work/key.pem" -passout pass:changeit -out "$work/key.p12"

roots() # FILE VERSION TYPE [keytool options]
{
	file=$1 version=$2 type=$3
	shift 3
	rm -f "$work/$file"
	for name in one two three; do
		keytool "$version" "$@" -importcert -noprompt -alias "$name" -file "/mnt/$name.pem" -keystore "/mnt/$file" \
			-storetype "$type" -storepass "${pass-changeit}"
	done
	cp "$work/$file" .
}

key() # FILE VERSION TYPE [keytool options]: a private key with its chain
{
	file=$1 version=$2 type=$3
	shift 3
	keytool "$version" "$@" -importkeystore -noprompt -srckeystore /mnt/key.p12 -srcstoretype PKCS12 \
		-srcstorepass changeit -destkeystore "/mnt/$file" -deststoretype "$type" -deststorepass changeit
	cp "$work/$file" .
}

secret() # FILE VERSION TYPE BITS
{
	keytool "$2" -genseckey -alias "secret-$4" -keyalg AES -keysize "$4" -keystore "/mnt/$1" -storetype "$3" \
		-storepass changeit -keypass changeit
	cp "$work/$1" .
}

legacy=-J-Dkeystore.pkcs12.legacy
no_mac=-J-Dkeystore.pkcs12.macAlgorithm=NONE
no_encryption=-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE

for java in 8 11 17 21 25; do
	roots jks-$java $java JKS
	key jks-$java $java JKS
	roots jceks-$java $java JCEKS
	key jceks-$java $java JCEKS
	secret jceks-$java $java JCEKS 128
	secret jceks-$java $java JCEKS 256
	roots p12-$java $java PKCS12
	key p12-$java $java PKCS12
done
for java in 17 25; do
	roots p12-legacy-$java $java PKCS12 $legacy
	key p12-legacy-$java $java PKCS12 $legacy
	roots p12-open-$java $java PKCS12 $no_mac $no_encryption
	roots p12-mac-$java $java PKCS12 $no_encryption
	roots p12-no-mac-$java $java PKCS12 $no_mac
done
secret p12-25 25 PKCS12 128
roots p12-3des 17 PKCS12 -J-Dkeystore.pkcs12.certProtectionAlgorithm=PBEWithSHA1AndDESede
pass='pässwörd' roots jks-umlaut 17 JKS
roots p12-fast 25 PKCS12 -J-Dkeystore.pkcs12.certPbeIterationCount=10 -J-Dkeystore.pkcs12.macIterationCount=10

exported() # FILE PASSWORD: no Java makes these
{
	openssl pkcs12 -export -name key -inkey "$work/key.key" -in "$work/key.pem" -certpbe PBE-SHA1-3DES \
		-keypbe PBE-SHA1-3DES -macalg sha1 -passout "pass:$2" -out "$1"
}
exported p12-umlaut pässwörd
exported p12-empty ''
openssl x509 -in "$work/one.pem" -outform DER -out one.der
chmod 0644 ./*
chmod 0755 make.sh
