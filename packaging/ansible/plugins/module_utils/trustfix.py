# SPDX-License-Identifier: Apache-2.0
"""One call of trustfix, its JSON, and what Ansible says of it."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import json

# What every call may be told of the place it works on.
PLACE = dict(
    stores=dict(type='list', elements='str', default=[]),
    skip=dict(type='list', elements='str', default=[]),
    root=dict(type='path'),
    image=dict(type='path'),
    storepass_file=dict(type='path'),
    executable=dict(type='str', default='trustfix'),
)


def options(params, *names):
    """--name VALUE for each that is set, once per member of a list; a flag when it is true."""
    found = []
    for name in names:
        option = '--' + {'stores': 'store', 'pins': 'pin'}.get(name, name).replace('_', '-')
        value = params[name]
        if value is True:
            found.append(option)
        elif isinstance(value, list):
            for one in value:
                found += [option, one]
        elif value:
            found += [option, value]
    return found


def run(module, command, *arguments):
    """Run it with --json; the object it printed, or a failure with its own words."""
    program = module.get_bin_path(module.params['executable'])
    if not program:
        module.fail_json(msg="no program '%s' on this host: install the package trustfix, or copy the static "
                             'program there and name it with "executable"' % module.params['executable'])
    argv = [program, command, '--json'] + list(arguments)
    try:
        status, out, err = module.run_command(argv, handle_exceptions=False)
    except OSError as why:
        module.fail_json(msg="cannot run '%s' (of another architecture?): %s" % (program, why.strerror), cmd=argv)
    try:
        said = json.loads(out)
    except ValueError:
        module.fail_json(msg='%s printed no JSON: %s' % (program, err.strip() or out.strip()), rc=status, cmd=argv)
    if said.get('fault'):
        module.fail_json(msg=said['fault']['text'], rc=status, cmd=argv, trustfix=said)
    return status, said


def stores_of(said):
    """(label of the place, its store) for each store of each tree."""
    return [(store['path'] if tree['tree'] in (None, '/') else '%s in %s' % (store['path'], tree['tree']), store)
            for tree in said['trees'] for store in tree['stores']]
