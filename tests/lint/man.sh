#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The manual pages are right mdoc, by the mandoc of Debian 12.
mandoc -T lint -W warning packaging/man/*.[17]
