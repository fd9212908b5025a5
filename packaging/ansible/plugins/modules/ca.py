#!/usr/bin/python
# SPDX-License-Identifier: Apache-2.0
from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r'''
---
module: ca
short_description: Have programs trust a CA, or no longer
description:
  - Calls C(trustfix install) or C(trustfix remove) on the host. The system store, the Java keystores and whatever else
    O(stores) names hold the CA afterwards, proven by reading each store as its programs do and by a handshake with
    every target. What does not hold is rolled back.
  - A second run changes nothing. Check mode and diff mode tell exactly what a run would change.
version_added: 0.1.0
author:
  - The trustfix developers (@trustfix)
options:
  state:
    description: Whether the CA is to be trusted.
    type: str
    choices: [present, absent]
    default: present
  ca:
    description: File on the host with the CA, in PEM, DER or PKCS#7.
    type: path
  content:
    description: The CA itself, in PEM, instead of a file.
    type: str
  pins:
    description:
      - C(sha256:HEX) of the certificate or C(spki-sha256:HEX) of its key. The CA must be one of them.
      - Required when the CA is taken from the handshake with O(targets), unless O(lock) is given.
    type: list
    elements: str
    default: []
  lock:
    description: Lock file on the host that approves the CA.
    type: path
  targets:
    description:
      - With O(ca) or O(content), the servers that must be trusted afterwards.
      - Alone, the servers whose interceptor's CA is installed.
    type: list
    elements: str
    default: []
  fingerprint:
    description: With O(state=absent), the SHA-256 of the CA instead of the CA itself.
    type: str
  name:
    description: File name of the anchor, without suffix.
    type: str
  keep_old:
    description: Leave an installed CA of the same name or key beside the new one.
    type: bool
    default: false
  proxy:
    description: Proxy for the handshakes. Privilege escalation loses the variables of the user.
    type: str
  proxy_auth_file:
    description: File on the host with C(user:password) for the proxy.
    type: path
extends_documentation_fragment: trustfix.trust.place
attributes:
  check_mode:
    support: full
    description: Tells what would be changed, and changes nothing.
  diff_mode:
    support: full
    description: Fingerprints and paths before and after.
'''

EXAMPLES = r'''
- name: The company's CA is trusted by every program
  trustfix.trust.ca:
    content: "{{ lookup('ansible.builtin.file', 'corp.pem') }}"
    name: corp

- name: The interceptor's CA, taken from a handshake and pinned
  trustfix.trust.ca:
    targets: [pypi.org, registry.npmjs.org]
    pins: ['sha256:0c53...']
    proxy: http://proxy.corp.example:3128

- name: The old CA goes
  trustfix.trust.ca:
    state: absent
    fingerprint: 1f2e...
'''

RETURN = r'''
changed:
  description: Whether something was, or in check mode would be, changed.
  type: bool
  returned: always
stores:
  description: Each store with its path and state (C(added), C(unchanged), C(would-add), ...).
  type: list
  elements: dict
  returned: success
unproven:
  description: Clients and targets of which nothing could be proven, with reason and next step.
  type: list
  elements: dict
  returned: success
notes:
  description: What a person should know.
  type: list
  elements: str
  returned: success
trustfix:
  description: The whole JSON of the call.
  type: dict
  returned: always
'''

import os
import tempfile

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.trustfix.trust.plugins.module_utils.trustfix import PLACE, options, run, stores_of


def call_of(module, ca_file):
    """Command and arguments for what is wanted."""
    params = module.params
    where = options(params, 'stores', 'skip', 'root', 'image', 'storepass_file')
    if params['state'] == 'absent':
        what = ['--ca', ca_file] if ca_file else ['--fingerprint', params['fingerprint']]
        return ['remove'] + where + what
    call = ['install'] + where + options(params, 'pins', 'lock', 'name', 'keep_old', 'proxy', 'proxy_auth_file')
    if not ca_file:
        return call + ['--'] + params['targets']
    for target in params['targets']:
        call += ['--verify', target]
    return call + ['--ca', ca_file]


def diff_of(said, fingerprint):
    """Paths and fingerprints before and after, out of a plan."""
    cas = [ca['sha256'] for ca in said['cas']] or [fingerprint or 'the CA']
    old = [one['sha256'] if isinstance(one, dict) else one for ca in said['cas'] for one in ca['replaces']]
    before, after = [], []
    for path, store in stores_of(said):
        held = store['state'] in ('unchanged', 'would-remove', 'removed') and (
            said['command'] == 'install' or store['state'] != 'unchanged')
        holds = store['state'] in ('unchanged', 'would-add', 'added') and said['command'] == 'install'
        before += ['%s: %s\n' % (path, ca) for ca in (cas if held else []) + (old if not held else [])]
        after += ['%s: %s\n' % (path, ca) for ca in (cas if holds else [])]
    return dict(before=''.join(sorted(before)), after=''.join(sorted(after)))


def main():
    module = AnsibleModule(
        argument_spec=dict(
            PLACE,
            state=dict(type='str', choices=['present', 'absent'], default='present'),
            ca=dict(type='path'),
            content=dict(type='str'),
            pins=dict(type='list', elements='str', default=[]),
            lock=dict(type='path'),
            targets=dict(type='list', elements='str', default=[]),
            fingerprint=dict(type='str'),
            name=dict(type='str'),
            keep_old=dict(type='bool', default=False),
            proxy=dict(type='str'),
            proxy_auth_file=dict(type='path'),
        ),
        mutually_exclusive=[('ca', 'content', 'fingerprint')],
        supports_check_mode=True,
    )
    params = module.params
    if params['state'] == 'absent' and not (params['ca'] or params['content'] or params['fingerprint']):
        module.fail_json(msg='state=absent needs ca, content or fingerprint')
    if params['state'] == 'present' and params['fingerprint']:
        module.fail_json(msg='a fingerprint alone cannot be installed: give ca, content, or targets with pins')
    if params['state'] == 'present' and not (params['ca'] or params['content'] or params['targets']):
        module.fail_json(msg='state=present needs ca, content or targets')

    ca_file, made = params['ca'], None
    try:
        if params['content']:
            fd, made = tempfile.mkstemp(prefix='trustfix-', suffix='.pem', dir=module.tmpdir)
            with os.fdopen(fd, 'w') as to:
                to.write(params['content'])
            ca_file = made
        call = call_of(module, ca_file)
        plan = None
        if module.check_mode or module._diff:
            plan = run(module, call[0], '--dry-run', *call[1:])[1]
        said = plan if module.check_mode else run(module, *call)[1]
    finally:
        if made:
            os.unlink(made)
    result = dict(
        changed=said['would_change'] if module.check_mode else said['changed'],
        stores=[dict(path=path, kind=store['kind'], state=store['state']) for path, store in stores_of(said)],
        unproven=said['unproven'],
        notes=said['notes'],
        trustfix=said,
    )
    if plan:
        result['diff'] = diff_of(plan, params['fingerprint'])
    module.exit_json(**result)


if __name__ == '__main__':
    main()
