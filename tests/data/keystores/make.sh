#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make.sh JDK17_HOME JDK25_HOME: makes the keystores here anew, with the keytool of each.  Every one has the
# three roots one, two and three; the password is "changeit".  README.md says what each is for.
set -eu
cd "$(dirname "$0")"
old=$1/bin/keytool
new=$2/bin/keytool
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
LC_ALL=C.UTF-8
export LC_ALL

for name in one two three key; do
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 7300 -subj "/O=Trustfix Test/CN=$name" \
		-keyout "$work/$name.key" -out "$work/$name.pem" 2>/dev/null
done
openssl pkcs12 -export -name key -inkey "$work/key.key" -in "$work/key.pem" -passout pass:changeit -out "$work/key.p12"

roots() # FILE KEYTOOL TYPE [keytool options]
{
	file=$1 keytool=$2 type=$3
	shift 3
	rm -f "$file"
	for name in one two three; do
		"$keytool" "$@" -importcert -noprompt -alias "$name" -file "$work/$name.pem" -keystore "$file" \
			-storetype "$type" -storepass "${pass-changeit}" >/dev/null 2>&1
	done
}

key() # FILE KEYTOOL TYPE [keytool options]: a private key with its chain
{
	file=$1 keytool=$2 type=$3
	shift 3
	"$keytool" "$@" -importkeystore -noprompt -srckeystore "$work/key.p12" -srcstoretype PKCS12 -srcstorepass changeit \
		-destkeystore "$file" -deststoretype "$type" -deststorepass changeit >/dev/null 2>&1
}

secret() # FILE KEYTOOL TYPE
{
	"$2" -genseckey -alias "secret-$4" -keyalg AES -keysize "$4" -keystore "$1" -storetype "$3" -storepass changeit \
		-keypass changeit >/dev/null 2>&1
}

legacy=-J-Dkeystore.pkcs12.legacy
no_mac=-J-Dkeystore.pkcs12.macAlgorithm=NONE
no_encryption=-J-Dkeystore.pkcs12.certProtectionAlgorithm=NONE

for jdk in 17 25; do
	keytool=$old
	[ $jdk = 17 ] || keytool=$new
	roots jks-$jdk "$keytool" JKS
	key jks-$jdk "$keytool" JKS
	roots jceks-$jdk "$keytool" JCEKS
	key jceks-$jdk "$keytool" JCEKS
	secret jceks-$jdk "$keytool" JCEKS 128
	secret jceks-$jdk "$keytool" JCEKS 256
	roots p12-$jdk "$keytool" PKCS12
	key p12-$jdk "$keytool" PKCS12
	roots p12-legacy-$jdk "$keytool" PKCS12 $legacy
	key p12-legacy-$jdk "$keytool" PKCS12 $legacy
	roots p12-open-$jdk "$keytool" PKCS12 $no_mac $no_encryption
	roots p12-mac-$jdk "$keytool" PKCS12 $no_encryption
	roots p12-no-mac-$jdk "$keytool" PKCS12 $no_mac
done
secret p12-25 "$new" PKCS12 128
roots p12-3des "$old" PKCS12 -J-Dkeystore.pkcs12.certProtectionAlgorithm=PBEWithSHA1AndDESede
pass='pässwörd' roots jks-umlaut "$old" JKS
roots p12-fast "$new" PKCS12 -J-Dkeystore.pkcs12.certPbeIterationCount=10 -J-Dkeystore.pkcs12.macIterationCount=10

exported() # FILE PASSWORD: no JDK makes these
{
	openssl pkcs12 -export -name key -inkey "$work/key.key" -in "$work/key.pem" -certpbe PBE-SHA1-3DES \
		-keypbe PBE-SHA1-3DES -macalg sha1 -passout "pass:$2" -out "$1"
}
exported p12-umlaut pässwörd
exported p12-empty ''
openssl x509 -in "$work/one.pem" -outform DER -out one.der
chmod 0644 ./*
chmod 0755 make.sh
