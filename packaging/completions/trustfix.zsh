#compdef trustfix
# SPDX-License-Identifier: Apache-2.0
# zsh completion; installed as /usr/share/zsh/site-functions/_trustfix

_trustfix() {
	local subcommands='probe capture convert install verify check list remove undo reapply explain env exec doctor'
	local -a every route peer approve root where image new_image output options

	every=('--json[print one JSON object]' '(-q --quiet)'{-q,--quiet}'[only errors and requested output]'
		'(-v --verbose)'{-v,--verbose}'[say what is being done]'
		'--color[color the text]:when:(auto always never)' '(-h --help)'{-h,--help}'[show this help]'
		'--version[show the version]')
	route=('--proxy[use this proxy]:url:_urls' '--proxy-auth-file[user\:password]:file:_files' '--proxy-cacert[CA of the proxy]:file:_files'
		'--no-proxy[ignore the proxy variables]' '--connect[connect there]:address and port:'
		'--timeout[seconds for everything]:seconds:' '--no-aia[never fetch an issuer]')
	peer=($route '--servername[name for SNI and verification]:name:_hosts' '--cert[client certificate]:file:_files'
		'--key[private key]:file:_files' '--key-pass-file[passphrase of the key]:file:_files'
		'--chain[judge a recorded chain]:file:_files' '--at[judge as of]:time:'
		'(-4 --ipv4)'{-4,--ipv4}'[IPv4 only]' '(-6 --ipv6)'{-6,--ipv6}'[IPv6 only]')
	approve=('*--pin[fingerprint of the CA]:pin:' '--lock[lock file]:file:_files'
		'--update-lock[record the approved CA]' '--trust-on-first-use[accept the CA that is shown]'
		'--quorum[number of owners that must present it]:number:' '--allow-intermediate[take a CA that is not self-signed]')
	root=('--root[a directory tree]:directory:_files -/')
	where=($root '*--store[only this store]:store:(system java java\: pem\:)'
		'*--skip[not this store]:store:(system java java\: pem\:)'
		'--storepass-file[keystore password]:file:_files')
	image=('--image[a container image]:file:_files' '--platform[only this platform]:os/arch:' '--check-layers[read every layer]')
	new_image=('(-o --output)'{-o,--output}'[write the image to]:file:_files' '--tag[name of the image]:name:')
	output=('(-o --output)'{-o,--output}'[write to]:file:_files' '--to[output encoding]:encoding:(pem der p7b)')

	if ((CURRENT == 2)); then
		compadd -- ${=subcommands} --help --version
		return
	fi
	case $words[2] in
	probe) options=($peer $where $image '--require[clients that decide]:clients:' '--save[save the chain]:file:_files' '*:target:_hosts') ;;
	capture) options=($peer $approve $where $output '--intermediates[certificates that the server omits]' '*:target:_hosts') ;;
	convert) options=($output '*:file:_files') ;;
	install) options=($peer $approve $where $image $new_image '--require[clients that decide]:clients:' '--name[file name of the anchor]:name:'
		'--ca[the CA]:file:_files' '*--verify[prove against]:target:_hosts' '--public-root[take a public root from]:file:_files'
		'--keep-old[keep the old CA]' '--dry-run[change nothing]'
		'*:target:_hosts') ;;
	verify) options=($peer $where $image '--require[clients that decide]:clients:' '*:target:_hosts') ;;
	check) options=($peer $where $image '--require[clients that decide]:clients:' '--name[file name of the anchor]:name:'
		'--ca[the CA]:file:_files' '--lock[lock file]:file:_files' '--installed[every CA that trustfix installed]'
		'*--verify[prove against]:target:_hosts' '--keep-old[keep the old CA]' '--expires-within[no CA may expire within]:days:') ;;
	list) options=($where $image '--all[include public roots]') ;;
	remove) options=($where $image $new_image '--dry-run[change nothing]' '--ca[the CA]:file:_files'
		'--fingerprint[SHA-256 fingerprint]:sha256:' '--installed[every CA that trustfix installed]') ;;
	undo) options=($root $image $new_image '--list[list what can be undone]' '::id:') ;;
	explain) options=('*:text:') ;;
	env) options=($root '--shell[lines for]:kind:(sh bash zsh fish powershell docker github)') ;;
	doctor) options=($route '*:target:_hosts') ;;
	exec) options=($peer $approve '--require[clients that decide]:clients:' '--ca[the CA]:file:_files'
		'*--verify[prove against]:target:_hosts' '*:target or command:_hosts') ;;
	reapply) options=($where '--dry-run[change nothing]') ;;
	esac
	shift words
	((CURRENT--))
	_arguments -s $every $options
}
_trustfix "$@"
