#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Java keystores beside keytool, measured in one run: medians of interleaved runs, as ratios.
#
#	BUILD=build tests/bench/java.sh		needs root, keytool, python3
#
# The goals count where people run it: with shared libraries and on the disk, to which trustfix syncs and keytool does
# not.  The other rows have the files in memory and show what the syncs cost, and what the start with shared libraries
# costs, most of which is OpenSSL being bound to itself (`make static` has none).
# Status 1 when a goal is missed.
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
machine=/etc/ssl/certs/java/cacerts
missed=0
cd /dev/shm || exit 1

measure() { /usr/bin/python3 "$top/tests/bench/measure.py" "$@"; }

# beside PROGRAM WHAT KEYSTORE GOAL: one CA added by trustfix and by keytool; GOAL is the least "times faster", 0 none.
beside()
{
	program=$1
	shift
	mkdir -p root/srv root/var/lib
	result=$(measure 25 "rm -rf root/var/lib/trustfix; cp $2 root/srv/trust" \
		"$program install -q --root root --store java:/srv/trust --ca $pki/mitm-root.crt" \
		"cp $2 theirs" \
		"keytool -importcert -noprompt -alias corp -file $pki/mitm-root.crt -keystore theirs \
			-storepass changeit") || exit 1
	echo "$result" | awk -v what="$1" -v goal="$3" '{
		ratio = $3 / $1
		missed = ratio < goal
		printf "%-46s %9.2f ms %9.2f ms %8.1fx", what, $1, $3, ratio
		if (goal > 0)
			printf "  goal %5.1fx  %s", goal, missed ? "MISSED" : "reached"
		print ""
		exit missed
	}' || missed=1
}

five_jdks() # GOAL, ms
{
	mkdir -p five/var/lib
	for n in 1 2 3 4 5; do
		mkdir -p "five/usr/lib/jvm/jdk$n/lib/security"
	done
	result=$(measure 15 "rm -rf five/var/lib/trustfix; for d in five/usr/lib/jvm/*; do cp $machine \$d/lib/security/cacerts; done" \
		"$trustfix-static install -q --root five --store java --ca $pki/mitm-root.crt") || exit 1
	echo "$result" | awk -v goal="$1" '{
		missed = $1 > goal
		printf "%-46s %9.2f ms %23s goal %4d ms  %s\n", "five JDKs, one run", $1, "", goal, missed ? "MISSED" : "reached"
		exit missed
	}' || missed=1
}

for name in keytool "$machine"; do
	command -v "$name" >/dev/null || [ -e "$name" ] || {
		echo "no $name"
		exit 1
	}
done
certificates=$(keytool -list -keystore $machine -storepass changeit 2>/dev/null | grep -c trustedCertEntry)
keytool -importkeystore -noprompt -srckeystore $machine -srcstorepass changeit -destkeystore p12 \
	-deststoretype PKCS12 -deststorepass changeit 2>/dev/null || exit 1
printf '%-46s %12s %12s %9s\n' '' 'trustfix' 'keytool' 'ratio'
memory=$PWD
cd "$dir" || exit 1
beside "$trustfix" "JKS of $certificates certificates, one added" "$machine" 25
beside "$trustfix" 'PKCS#12 with a password, one added' "$memory/p12" 20
cd "$memory" || exit 1
beside "$trustfix" 'JKS in memory' "$machine" 0
beside "$trustfix-static" '... without shared libraries' "$machine" 0
beside "$trustfix-static" 'PKCS#12 in memory, without shared libraries' "$memory/p12" 0
five_jdks 60
exit "$missed"
