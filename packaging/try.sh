#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# README.md, "Try it": installs what is needed (Debian 12), builds, and shows the main job against a real
# interceptor on this machine's loopback, in a scratch root.
set -eu
[ "$(id -u)" -eq 0 ] || exec sudo sh "$0" "$@"
cd "$(dirname "$0")/.."
sh packaging/need.sh build-essential pkg-config libssl-dev libjansson-dev libarchive-dev libzstd-dev zlib1g-dev \
	libpsl-dev libidn2-dev libunistring-dev openssl ca-certificates curl squid-openssl iproute2
echo "building"
make -s -j "$(nproc)"
exec make -s demo
