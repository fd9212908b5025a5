#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The C files are as clang-format would write them.
# shellcheck disable=SC2046 # file names of the tree have no blanks
"${CLANG_FORMAT:-clang-format}" --dry-run -Werror $(sh tests/lint/sources.sh c)
