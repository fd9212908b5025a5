#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# CHANGELOG has an Unreleased part first, and then a version, which the program and what is packaged for others have too.
set -u
headings=$(grep '^## ' CHANGELOG)
version=$(printf '%s\n' "$headings" | sed -n '2s/^## \[\([0-9]*\.[0-9]*\.[0-9]*\)\].*/\1/p')
if [ "$(printf '%s\n' "$headings" | head -n 1)" != '## [Unreleased]' ] || [ -z "$version" ]; then
	echo "the first two headings are not '## [Unreleased]' and '## [x.y.z]'"
	exit 1
fi
said=$(env -i "${BUILD:-build}/trustfix" --version | head -n 1)
case " $said " in
*" $version "*) ;;
*)
	echo "CHANGELOG says $version, the program '$said'"
	exit 1
	;;
esac
for file in packaging/ansible/galaxy.yml packaging/puppet/trustfix/metadata.json \
	packaging/examples/devcontainer-feature/devcontainer-feature.json; do
	grep -Eq "\"?version\"?: \"?$version\"?,?$" $file || {
		echo "CHANGELOG says $version, $file another"
		exit 1
	}
done
