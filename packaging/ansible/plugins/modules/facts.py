#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r'''
---
module: facts
short_description: Which CAs beside the public roots a host trusts, and where
description:
  - Calls C(trustfix list) and returns each store with the certificates in it that are no public root.
version_added: 0.1.0
author:
  - The trustfix developers (@trustfix)
extends_documentation_fragment: trustfix.trust.place
attributes:
  check_mode:
    support: full
    description: It changes nothing anyway.
'''

EXAMPLES = r'''
- name: What is trusted here
  trustfix.trust.facts:

- name: Nobody has put a CA of their own into Java
  ansible.builtin.assert:
    that: ansible_facts.trustfix.stores | selectattr('kind', 'eq', 'java') | map(attribute='certs') | flatten | length == 0
'''

RETURN = r'''
ansible_facts:
  description: C(trustfix) with C(version) and C(stores); a store has C(path), C(kind), C(label), C(certificates) and C(certs).
  type: dict
  returned: success
'''

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.trustfix.trust.plugins.module_utils.trustfix import PLACE, options, run, stores_of


def main():
    module = AnsibleModule(argument_spec=dict(PLACE), supports_check_mode=True)
    said = run(module, 'list', *options(module.params, 'stores', 'skip', 'root', 'image', 'storepass_file'))[1]
    stores = [dict(path=path, kind=store['kind'], label=store['label'], certificates=store['certificates'],
                   certs=store['certs']) for path, store in stores_of(said)]
    module.exit_json(changed=False, ansible_facts=dict(trustfix=dict(version=said['version'], stores=stores)))


if __name__ == '__main__':
    main()
