# SPDX-License-Identifier: Apache-2.0
# bash completion; installed as /usr/share/bash-completion/completions/trustfix
# shellcheck shell=bash

_trustfix()
{
	local commands='probe capture convert install verify check list remove undo reapply explain env exec doctor'
	local every='--json --quiet --verbose --color --help --version'
	local peer='--proxy --proxy-auth-file --proxy-cacert --no-proxy --connect --servername --cert --key
		--key-pass-file --timeout --no-aia --chain --at --ipv4 --ipv6'
	local route='--proxy --proxy-auth-file --proxy-cacert --no-proxy --connect --timeout --no-aia'
	local approve='--pin --lock --update-lock --trust-on-first-use --quorum --allow-intermediate'
	local where='--root --store --skip --storepass-file'
	local image='--image --platform --check-layers' new_image='--output --tag'
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} options

	COMPREPLY=()
	if ((COMP_CWORD == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "$commands --help --version" -- "$word")
		return
	fi
	case $before in
	--color) options='auto always never' ;;
	--to) options='pem der p7b' ;;
	--shell) options='sh bash zsh fish powershell docker github' ;;
	--store | --skip) options='system java java: pem:' ;;
	--root)
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
		;;
	--ca | --public-root | --cert | --key | --storepass-file | --key-pass-file | --proxy-auth-file | --proxy-cacert | --chain | --lock | --save | --image | --output | -o)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	--proxy | --connect | --servername | --timeout | --at | --pin | --quorum | --expires-within | --require | --name | --fingerprint | --platform | --tag)
		return
		;;
	*)
		case ${COMP_WORDS[1]} in
		probe) options="$every $peer $where $image --require --save" ;;
		capture) options="$every $peer $approve $where --output --to --intermediates" ;;
		convert) options="$every --output --to" ;;
		install) options="$every $peer $approve $where $image $new_image --require --name --ca --verify --public-root --keep-old --dry-run" ;;
		verify) options="$every $peer $where $image --require" ;;
		check) options="$every $peer $where $image --require --name --ca --lock --installed --verify --keep-old --expires-within" ;;
		list) options="$every $where $image --all" ;;
		remove) options="$every $where $image $new_image --dry-run --ca --fingerprint --installed" ;;
		undo) options="$every --root $image $new_image --list" ;;
		explain) options="$every" ;;
		env) options="$every --root --shell" ;;
		doctor) options="$every $route" ;;
		exec) options="$every $peer $approve --require --ca --verify" ;;
		reapply) options="$every $where --dry-run" ;;
		esac
		if [[ $word != -* ]]; then
			mapfile -t COMPREPLY < <(compgen -f -- "$word")
			return
		fi
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
}
complete -o filenames -F _trustfix trustfix
