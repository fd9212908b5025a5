# SPDX-License-Identifier: Apache-2.0
#
# @summary A CA that programs trust, or trust no longer.
#
# `trustfix check` decides whether something is to be done, so a second run changes nothing, a renewed CA under the same
# title replaces the old one, and --noop tells the truth.
#
# @param ensure   whether the CA is to be trusted
# @param source   file on the host with the CA (PEM, DER or PKCS#7)
# @param content  the CA itself, in PEM, instead of a file
# @param targets  servers that must be trusted afterwards
# @param pins     sha256:HEX of the certificate, or spki-sha256:HEX of its key; the CA must be one of them
# @param stores   only these stores, as --store takes them
# @param skip     not these stores
# @param root     a directory tree instead of the running system
# @param proxy    proxy for the handshakes
# @param program  the program
#
# @example
#   trustfix::ca { 'corp':
#     content => file('profile/corp.pem'),
#     targets => ['pypi.org'],
#     proxy   => 'http://proxy.corp.example:3128',
#   }
define trustfix::ca (
  Enum['present', 'absent'] $ensure = 'present',
  Optional[Pattern[/\A\//]] $source = undef,
  Optional[String[1]] $content = undef,
  Array[String[1]] $targets = [],
  Array[String[1]] $pins = [],
  Array[String[1]] $stores = [],
  Array[String[1]] $skip = [],
  Optional[Pattern[/\A\//]] $root = undef,
  Optional[String[1]] $proxy = undef,
  Pattern[/\A\//] $program = '/usr/bin/trustfix',
) {
  if ($source =~ Undef) == ($content =~ Undef) {
    fail("trustfix::ca '${title}': give either source or content")
  }
  $ca = $source ? {
    undef   => "/etc/trustfix/${title}.pem",
    default => $source,
  }
  if $content {
    file { $ca:
      content => $content,
      mode    => '0644',
      before  => Exec["trustfix ${title}"],
    }
  }
  $place = ['--ca', $ca]
    + $stores.map |$one| { ['--store', $one] }.flatten
    + $skip.map |$one| { ['--skip', $one] }.flatten
    + ($root ? { undef => [], default => ['--root', $root] })
  $peer = $targets.map |$one| { ['--verify', $one] }.flatten
    + ($proxy ? { undef => [], default => ['--proxy', $proxy] })

  if $ensure == 'present' {
    $pinned = $pins.map |$one| { ['--pin', $one] }.flatten
    exec { "trustfix ${title}":
      command => [$program, 'install', '-q', '--name', $title] + $place + $peer + $pinned,
      unless  => [[$program, 'check', '-q'] + $place + $peer],
    }
  } else {
    exec { "trustfix ${title}":
      command => [$program, 'remove', '-q'] + $place,
      unless  => [['/bin/sh', '-c', '"$@" | grep -q "\"would_change\": false"', 'sh', $program, 'remove', '--dry-run', '--json'] + $place],
    }
  }
}
