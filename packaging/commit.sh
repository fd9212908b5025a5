# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
#
# What is packaged is the commit that is checked out: sourced at the top of the tree by what builds packages.  Refuses a
# changed tree; sets $version (the newest in CHANGELOG) and SOURCE_DATE_EPOCH (of the commit).
[ -z "$(git status --porcelain --untracked-files=no)" ] || {
	echo "$0: the tree has uncommitted changes" >&2
	exit 1
}
# shellcheck disable=SC2034 # for who sources it
version=$(sed -n 's/^## \[\([0-9][0-9.]*\)\].*/\1/p' CHANGELOG | head -n 1)
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH
