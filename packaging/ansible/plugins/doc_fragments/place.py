# SPDX-License-Identifier: Apache-2.0
"""The options of module_utils/trustfix.py's PLACE."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type


class ModuleDocFragment(object):
    DOCUMENTATION = r'''
options:
  stores:
    description: Only these stores, as C(--store) takes them.
    type: list
    elements: str
    default: []
  skip:
    description: Not these stores.
    type: list
    elements: str
    default: []
  storepass_file:
    description: File on the host with the password of keystores.
    type: path
  root:
    description: A directory tree on the host instead of the running system.
    type: path
  image:
    description: A container image on the host, a docker-archive, OCI archive or OCI layout.
    type: path
  executable:
    description: The program, by name or path.
    type: str
    default: trustfix
'''
