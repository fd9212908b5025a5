#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# The truth test: every case of cases.py is served on loopback, every real client is asked, and so is trustfix;
# compare.py prints the matrix and what does not agree.
#
#	run.sh [CLIENT=PROGRAM]...	clients beside those of Debian, that are taken where they are found:
#					python3.13 (or later), java25, deno
#	TRUTH_KEEP=DIR			the cases and the answers are left there
if [ -z "${TRUSTFIX_E2E:-}" ]; then
	for at in /usr/bin/python3.1[3-9] "$HOME"/.pyenv/versions/3.1[3-9]*/bin/python3.1[3-9]; do
		[ ! -x "$at" ] || set -- "python3.13=$at" "$@"
	done
	for at in /usr/lib/jvm/*25*/bin/java; do
		[ ! -x "$at" ] || set -- "java25=$at" "$@"
	done
	at=$(command -v deno) && set -- "deno=$(realpath "$at")" "$@"
	set -- "${TRUTH_KEEP:-}" "$@"
elif [ -n "$1" ]; then
	mount --bind "$1" "$1"
fi
# shellcheck source=tests/e2e/lib.sh
. "$(dirname "$0")/../e2e/lib.sh"
keep=$1
shift
here=$top/tests/truth

need_all openssl curl wget gnutls-cli gnutls-serv git python3 node ruby go java squid
it 'every client does what was predicted'
mkdir cases answers
expect /usr/bin/python3 -B "$here/cases.py" cases
{
	printf '127.0.0.1'
	cut -f 2 cases/list | grep '[g-z]' | sort -u | tr '\n' ' ' | sed 's/^/ /'
	echo
} >>hosts
/usr/bin/python3 -B "$here/serve.py" cases &
pids="$pids $!"
until [ -e cases/ready ]; do
	kill -0 $! || exit 1
	sleep 0.1
done
export GOCACHE="$dir/tmp/go" GO111MODULE=off

# The clients that are a program of their own for each case, and those that ask all cases at once.
ask()
{
	case $1 in
	openssl | curl | wget | gnutls-cli | git) "$here/ask.sh" "$1" cases ;;
	node*) "$2" "$here/ask.js" cases ;;
	python3*) "$2" -B "$here/ask.py" cases ;;
	ruby) ruby "$here/ask.rb" cases ;;
	go) go build -o ask-go "$here/ask.go" && ./ask-go cases ;;
	java*) "$2" "$here/Ask.java" cases ;;
	deno) NO_COLOR=1 DENO_NO_UPDATE_CHECK=1 "$2" run --no-config -A "$here/ask.ts" cases ;;
	trustfix) /usr/bin/python3 -B "$here/predict.py" "$trustfix" cases ;;
	esac >"answers/$1" 2>"answers/$1.err" || echo "# $1: $(tail -n 1 "answers/$1.err")"
}

# version CLIENT PROGRAM: what its answers depend on, program and version; Debian's packages, whose patches count.
version()
{
	case $1 in
	openssl) package libssl3 ;;
	curl) package libcurl4 libssl3 ;;
	wget | git | gnutls-cli) package libgnutls30 ;;
	python3) package python3.11 libssl3 ;;
	python3*) "$2" -c 'import platform, ssl
print("Python", platform.python_version(), sep="\t")
print(*ssl.OPENSSL_VERSION.split()[:2], sep="\t")' ;;
	ruby) package libruby3.1 libssl3 ;;
	node) printf 'Node.js\t%s\n' "$(node -p process.versions.node)" ;;
	nodejs) package nodejs libssl3 ;;
	go) package golang-1.19-go ;;
	java) package openjdk-17-jre-headless ;;
	java*) printf 'Java\t%s\n' "$("$2" -version 2>&1 | sed -n 's/^openjdk version "\(.*\)".*/\1/p')" ;;
	deno) printf 'Deno\t%s\n' "$("$2" --version | sed -n 's/^deno \([0-9.]*\).*/\1/p')" ;;
	esac | sed "s/^/$1	/"
}

package() { dpkg-query -W -f '${Package}\t${Version}\n' "$@"; }

lanes=
lane()
{
	for one in "$@"; do
		ask "${one%%=*}" "${one#*=}"
	done &
	lanes="$lanes $!"
}
begun=$(now_ms)
# Debian's Node.js is another one: it has the system's OpenSSL.
node=node
[ "$(node -p process.config.variables.node_shared_openssl)" = false ] || node=nodejs
lane trustfix openssl gnutls-cli "$node=node" java=/usr/bin/java
lane go curl wget git ruby python3=/usr/bin/python3 "$@"
for one in openssl= gnutls-cli= "$node=node" java= go= curl= wget= git= ruby= python3= "$@"; do
	version "${one%%=*}" "${one#*=}"
done >answers/versions
# shellcheck disable=SC2086
wait $lanes
echo "# asked in $((($(now_ms) - begun) / 1000)) seconds"
[ -z "$keep" ] || {
	rm -rf "$keep/cases" "$keep/answers"
	cp -r cases answers "$keep"
}
man=$top/packaging/man/trustfix-readers.7
/usr/bin/python3 -B "$here/compare.py" cases answers "$man" >matrix || fail "$(tail -n 1 matrix)"
sed 's/^/# /' matrix
/usr/bin/python3 -B "$here/table.py" cases answers "$man" >table ||
	fail "$(cat table)"

# of_the_future STATUS SENT COVERED: compared with the answers of a later Java, which gives these in two cases.
of_the_future()
{
	rm -rf later
	cp -r answers later
	sed -i '/^java	/s/[^	]*$/99.1/' later/versions
	sent=$(number_of 'Where the anchor stands	root, sent')
	covered=$(number_of 'Name constraints	intermediate: wildcard over an excluded name')
	grep -v "^\($sent\|$covered\)	" answers/java >later/java
	printf '%s\t%s\n' "$sent" "$2" "$covered" "$3" >>later/java
	expect_status "$1" /usr/bin/python3 -B "$here/compare.py" cases later "$man"
}

number_of() { grep "	$1\$" cases/list | cut -f 1; }

it 'a newer client that does otherwise is told, and fails only where its version is claimed'
of_the_future 0 no no
says 'newer than measured: java: [a-z0-9-]+ 99[.]1 [(]measured 17[.][^)]*[)]: 1 answers differ'
of_the_future 1 yes yes
it 'the certificate of an https:// proxy is judged as the programs do that use such a proxy'
cat "$pki/app.pem" "$pki/app.key" >known.pem
cat "$pki/gate-root.pem" "$pki/gate.key" >unknown.pem
chmod 0644 known.pem unknown.pem
squid_tls known 3130 "$dir/known.pem"
squid_tls unknown 3131 "$dir/unknown.pem"
s_server 9443 app
cat >proxied.go <<'END'
package main

import (
	"log"
	"net/http"
	"os"
)

func main() {
	if _, err := http.Get(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}
END
go build -o proxied-go proxied.go
fetch='fetch(process.argv[1]).then(() => process.exit(0), () => process.exit(1))'

# proxied READER PROGRAM: does it get through?
proxied()
{
	case $1 in
	curl) set -- curl -sS -o /dev/null "$url" ;;
	gnutls) set -- git ls-remote "$url" ;;
	go) set -- ./proxied-go "$url" ;;
	python) set -- /usr/bin/python3 -c 'import requests, sys; requests.get(sys.argv[1])' "$url" ;;
	node) set -- env NODE_USE_ENV_PROXY=1 NODE_EXTRA_CA_CERTS="$pki/origin-root.crt" "$2" -e "$fetch" "$url" ;;
	webpki) set -- env NO_COLOR=1 DENO_CERT="$pki/origin-root.crt" "$2" eval 'await fetch(Deno.args[0])' "$url" ;;
	esac
	with_bundle "$pki/origin-root.crt" env https_proxy="$proxy" HTTPS_PROXY="$proxy" timeout 20 "$@"
}

url=https://app.test:9443/
set -- curl= gnutls= go= python= "$@"
for proxy in https://app.test:3130 https://app.test:3131 https://other.test:3130; do
	"$trustfix" verify --json --no-aia --proxy "$proxy" --store "pem:$pki/origin-root.crt" app.test:9443 >"$out"
	for one in "$@"; do
		case $one in
		node24=* | node26=*) reader=node ;;
		deno=*) reader=webpki ;;
		curl= | gnutls= | go= | python=) reader=${one%=} ;;
		*) continue ;;
		esac
		proxied "$reader" "${one#*=}" >"$reader.log" 2>&1 </dev/null && said=true || said=false
		! grep -q 'is this a git repo' "$reader.log" || said=true
		json "[r['trusts'] for r in d['trees'][0]['stores'][0]['clients'] if r['client'] == '$reader']" "[$said]" ||
			note "$reader.log"
		echo "# $one $proxy: $said"
	done
done
done_testing
