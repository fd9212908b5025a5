# SPDX-License-Identifier: Apache-2.0
# ask.rb DIR: what Ruby says of each case.
require 'openssl'
require 'socket'

where = ARGV[0]
File.readlines("#{where}/list").each do |line|
  number, host = line.split("\t")
  said = 'yes'
  begin
    store = OpenSSL::X509::Store.new
    store.add_file("#{where}/#{number}.store")
    context = OpenSSL::SSL::SSLContext.new
    context.set_params(cert_store: store, verify_mode: OpenSSL::SSL::VERIFY_PEER)
    plain = TCPSocket.new('127.0.0.1', 20_000 + number.to_i)
    socket = OpenSSL::SSL::SSLSocket.new(plain, context)
    # As Net::HTTP does it (net/http.rb, connect).
    socket.hostname = host unless host =~ /\A[0-9.]+\z|:/
    socket.connect
    socket.post_connection_check(host)
  rescue StandardError => e # also its own mistakes: some names make it fall over
    said = "no\t#{e.message.tr("\n", ' ')}"
  ensure
    plain&.close
    plain = nil
  end
  puts "#{number}\t#{said}"
end
