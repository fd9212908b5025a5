#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# make rpm: the package of the commit that is checked out, in build/rpm.  Where the libraries did not come by rpm
# (as on Debian, with its rpm), RPMBUILD_FLAGS=--nodeps.
set -eu
cd "$(dirname "$0")/../.."
out=$PWD/build/rpm
# shellcheck source=packaging/commit.sh
. packaging/commit.sh
rm -rf "$out"
mkdir -p "$out/SOURCES"
git archive --prefix="trustfix-$version/" -o "$out/SOURCES/trustfix-$version.tar.gz" HEAD
# shellcheck disable=SC2086 # flags are words
rpmbuild -bb ${RPMBUILD_FLAGS:-} --define "_topdir $out" --define "version $version" \
	--define 'use_source_date_epoch_as_buildtime 1' --define 'clamp_mtime_to_source_date_epoch 1' \
	--define '_buildhost localhost' packaging/rpm/trustfix.spec
find "$out/RPMS" -name '*.rpm'
