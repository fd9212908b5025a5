#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run as root while the dev container's image is built. The static trustfix lies beside this file; options come as
# variables in capitals (containers.dev, features).
set -eu
cd "$(dirname "$0")"
install -m 0755 trustfix /usr/local/bin/trustfix
ca=corp.pem
if [ -n "${CA:-}" ]; then
	ca=$(mktemp)
	case $CA in
	-----BEGIN*) printf '%b\n' "$CA" >"$ca" ;;
	*) printf '%s' "$CA" | base64 -d >"$ca" ;;
	esac
fi
/usr/local/bin/trustfix install -q --ca "$ca" --name "${NAME:-corp}"
