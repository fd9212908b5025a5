# SPDX-License-Identifier: Apache-2.0
# probe-ruby.rb URL: one HTTPS request as Ruby's net/http makes it; `trustfix doctor` runs it.
require "net/http"
require "openssl"

url = URI(ARGV[0])
via = ENV["TRUSTFIX_PROXY"] && URI(ENV["TRUSTFIX_PROXY"])
$stdout.sync = true
puts "version #{RUBY_VERSION}"
# Where this OpenSSL looks, unless that is the system's store.
store = [OpenSSL::X509::DEFAULT_CERT_FILE, OpenSSL::X509::DEFAULT_CERT_DIR].find { |path| File.exist?(path) }
store &&= File.realpath(store)
puts "reads #{store}" if store && !store.start_with?("/etc/", "/var/lib/ca-certificates/")
if via && !via.scheme.start_with?("http")
  puts "net/http knows no SOCKS"
  exit 1
end
begin
  # net/http by itself looks at http_proxy, for https as well.
  words = via ? [via.user, via.password].compact.map { |word| URI.decode_www_form_component(word) } : []
  http = via ? Net::HTTP.new(url.host, url.port, via.hostname, via.port, *words)
             : Net::HTTP.new(url.host, url.port, nil)
  http.use_ssl = true
  http.start { puts "http #{http.get(url.request_uri).code}" }
rescue StandardError => error
  puts "#{error.class}: #{error.message}"
  exit 1
end
