#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
#	ask.sh CLIENT DIR	what a client that is a command says of each case
#
# A line for each: number, yes or no, the last line of what it printed.
set -u
client=$1 dir=$2

ask()
{
	case $client in
	openssl)
		case $host in
		*[!0-9.]*[!0-9a-f.:]* | *[g-z]*) name="-servername $host -verify_hostname $host" ;;
		*) name="-verify_ip $host" ;;
		esac
		# shellcheck disable=SC2086
		openssl s_client -connect "127.0.0.1:$port" $name -verify_return_error -CAfile "$store" -no-CApath \
			-no-CAstore
		;;
	curl) curl -sS -o /dev/null --cacert "$store" --capath /nowhere "https://$literal:$port/" ;;
	wget) wget -T 10 -t 1 -O /dev/null --ca-certificate="$store" --ca-directory=/nowhere "https://$literal:$port/" ;;
	gnutls-cli) gnutls-cli --x509cafile "$store" --verify-hostname "$host" -p "$port" 127.0.0.1 ;;
	git) GIT_SSL_CAINFO=$store git ls-remote "https://$literal:$port/x" ;;
	esac </dev/null >"$log" 2>&1
}

log=$dir/$client.log
while IFS='	' read -r number host _; do
	port=$((20000 + number)) store=$dir/$number.store literal=$host
	case $host in
	*:*) literal="[$host]" ;;
	esac
	# git got an answer that is none of git's.
	if ask || { [ "$client" = git ] && grep -q 'is this a git repo' "$log"; }; then
		printf '%s\tyes\n' "$number"
	else
		printf '%s\tno\t%s\n' "$number" "$(grep -v '^$' "$log" | tail -n 1 | tr '\t' ' ')"
	fi
done <"$dir/list"
