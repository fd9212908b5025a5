# SPDX-License-Identifier: Apache-2.0
# fish completion; installed as /usr/share/fish/vendor_completions.d/trustfix.fish
set -l commands probe capture convert install verify check list remove undo reapply explain env exec doctor
set -l peer __fish_seen_subcommand_from probe capture install verify check exec
set -l route __fish_seen_subcommand_from probe capture install verify check exec doctor
set -l approve __fish_seen_subcommand_from capture install exec
set -l where __fish_seen_subcommand_from probe capture install verify check list remove reapply
set -l root __fish_seen_subcommand_from probe capture install verify check list remove undo reapply env
set -l image __fish_seen_subcommand_from probe install verify check list remove undo
set -l new_image __fish_seen_subcommand_from install remove undo

complete -c trustfix -f -n "not __fish_seen_subcommand_from $commands" -a "$commands"
complete -c trustfix -l version -d 'show the version'

complete -c trustfix -l json -d 'print one JSON object'
complete -c trustfix -s q -l quiet -d 'only errors and requested output'
complete -c trustfix -s v -l verbose -d 'say what is being done'
complete -c trustfix -l color -x -a 'auto always never' -d 'color the text'
complete -c trustfix -s h -l help -d 'show this help'

complete -c trustfix -n "$route" -l proxy -x -d 'use this proxy'
complete -c trustfix -n "$route" -l proxy-auth-file -rF -d 'user:password for the proxy'
complete -c trustfix -n "$route" -l proxy-cacert -rF -d 'CA of an https:// proxy that gets a password'
complete -c trustfix -n "$route" -l no-proxy -d 'ignore the proxy variables'
complete -c trustfix -n "$route" -l connect -x -d 'connect there'
complete -c trustfix -n "$peer" -l servername -x -d 'name for SNI and verification'
complete -c trustfix -n "$peer" -l cert -rF -d 'client certificate'
complete -c trustfix -n "$peer" -l key -rF -d 'private key'
complete -c trustfix -n "$peer" -l key-pass-file -rF -d 'passphrase of the key'
complete -c trustfix -n "$route" -l timeout -x -d 'seconds for everything'
complete -c trustfix -n "$route" -l no-aia -d 'never fetch an issuer'
complete -c trustfix -n "$peer" -l chain -rF -d 'judge a recorded chain'
complete -c trustfix -n "$peer" -l at -x -d 'judge as of this time'
complete -c trustfix -n "$peer" -s 4 -l ipv4 -d 'IPv4 only'
complete -c trustfix -n "$peer" -s 6 -l ipv6 -d 'IPv6 only'
complete -c trustfix -n '__fish_seen_subcommand_from probe' -l save -rF -d 'save the chain'

complete -c trustfix -n "$approve" -l pin -x -d 'fingerprint of the CA'
complete -c trustfix -n "$approve" -l lock -rF -d 'lock file'
complete -c trustfix -n "$approve" -l update-lock -d 'record the approved CA'
complete -c trustfix -n "$approve" -l trust-on-first-use -d 'accept the CA that is shown'
complete -c trustfix -n "$approve" -l quorum -x -d 'number of owners that must present it'
complete -c trustfix -n "$approve" -l allow-intermediate -d 'take a CA that is not self-signed'

complete -c trustfix -n "$root" -l root -xa '(__fish_complete_directories)' -d 'a directory tree'
complete -c trustfix -n "$image" -l image -rF -d 'a container image'
complete -c trustfix -n "$image" -l platform -x -d 'only this platform'
complete -c trustfix -n "$image" -l check-layers -d 'read every layer'
complete -c trustfix -n "$new_image" -s o -l output -rF -d 'write the image to'
complete -c trustfix -n "$new_image" -l tag -x -d 'name of the image'
complete -c trustfix -n "$where" -l store -x -a 'system java java: pem:' -d 'only this store'
complete -c trustfix -n "$where" -l skip -x -a 'system java java: pem:' -d 'not this store'
complete -c trustfix -n "$where" -l storepass-file -rF -d 'keystore password'
complete -c trustfix -n '__fish_seen_subcommand_from probe install verify check exec' -l require -x -d 'clients that decide'
complete -c trustfix -n '__fish_seen_subcommand_from install check' -l name -x -d 'file name of the anchor'
complete -c trustfix -n '__fish_seen_subcommand_from install check exec' -l verify -x -d 'prove against'
complete -c trustfix -n '__fish_seen_subcommand_from capture' -l intermediates -d 'certificates that the server omits'
complete -c trustfix -n '__fish_seen_subcommand_from install' -l public-root -rF -d 'take a public root from'
complete -c trustfix -n '__fish_seen_subcommand_from install check' -l keep-old -d 'keep the old CA'
complete -c trustfix -n '__fish_seen_subcommand_from install check remove exec' -l ca -rF -d 'the CA'
complete -c trustfix -n '__fish_seen_subcommand_from install remove reapply' -l dry-run -d 'change nothing'
complete -c trustfix -n '__fish_seen_subcommand_from remove' -l fingerprint -x -d 'SHA-256 fingerprint'
complete -c trustfix -n '__fish_seen_subcommand_from check' -l lock -rF -d 'lock file'
complete -c trustfix -n '__fish_seen_subcommand_from check' -l expires-within -x -d 'no CA may expire within so many days'
complete -c trustfix -n '__fish_seen_subcommand_from check remove' -l installed -d 'every CA that trustfix installed'
complete -c trustfix -n '__fish_seen_subcommand_from env' -l shell -x -a 'sh bash zsh fish powershell docker github' -d 'lines for'
complete -c trustfix -n '__fish_seen_subcommand_from list' -l all -d 'include public roots'
complete -c trustfix -n '__fish_seen_subcommand_from undo' -l list -d 'list what can be undone'
complete -c trustfix -n '__fish_seen_subcommand_from capture convert' -s o -l output -rF -d 'write to'
complete -c trustfix -n '__fish_seen_subcommand_from capture convert' -l to -x -a 'pem der p7b' -d 'output encoding'
complete -c trustfix -n '__fish_seen_subcommand_from convert' -F
