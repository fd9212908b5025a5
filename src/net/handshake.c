/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/handshake.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include "src/base/text.h"
#include "src/x509/ossl.h"

#ifndef SSL_OP_NO_RX_CERTIFICATE_COMPRESSION /* new in OpenSSL 3.2 */
#define SSL_OP_NO_RX_CERTIFICATE_COMPRESSION 0
#endif

/* What the message callback records during the handshake; a flaw of the chain is probe->why. */
struct watch {
	struct stream *stream;
	struct probe *probe;
	bool seen; /* a Certificate message was received */
	bool signs; /* a ServerKeyExchange was received */
	bool proven; /* OpenSSL verified the signature: it sent its next message */
};

/* ---- the Certificate message ----------------------------------------------------------------- */

/*
 * RFC 5246, section 7.4.2; RFC 8446, section 4.4.2 adds a context in front, and extensions after
 * each certificate.
 */
static int chain_read(struct watch *watch, struct bytes in, bool tls13)
{
	struct certs *chain = &watch->probe->chain;
	struct fault *flaw = &watch->probe->why;

	if (tls13)
		bytes_take(&in, bytes_be(&in, 1));
	size_t total = bytes_be(&in, 3);
	if (total > LIMIT_CHAIN_BYTES)
		return fault_set(flaw, FAULT_LIMIT, "it sent %zu bytes of certificates", total);
	while (in.left && !in.failed) {
		size_t len = bytes_be(&in, 3);
		const uint8_t *der = bytes_take(&in, len);
		auto_cert cert = NULL;

		if (tls13)
			bytes_take(&in, bytes_be(&in, 2));
		if (in.failed)
			break;
		if (chain->n >= LIMIT_CHAIN_N)
			return fault_set(flaw, FAULT_LIMIT, "it sent more than %u certificates",
				LIMIT_CHAIN_N);
		if (cert_make(der, len, &cert, flaw))
			return fault_wrap(flaw,
				"certificate %zu that it sent (%zu bytes of %zu) is malformed",
				chain->n + 1, len, total);
		if (certs_add(chain, cert, flaw))
			return -1;
	}
	if (in.failed)
		return fault_set(flaw, FAULT_PEER, "its Certificate message is truncated");
	return 0;
}

static void on_message(
	int sent, int version, int content, const void *bytes, size_t len, SSL *ssl, void *arg)
{
	struct watch *watch = arg;
	struct bytes in = bytes_make(bytes, len);
	bool tls13 = version == TLS1_3_VERSION;
	uint64_t type;

	(void)ssl;
	if (content != SSL3_RT_HANDSHAKE || len < SSL3_HM_HEADER_LENGTH)
		return;
	type = bytes_be(&in, 1);
	bytes_take(&in, 3);
	if (sent) {
		watch->proven |= tls13 ? type == SSL3_MT_FINISHED
				       : watch->signs && type == SSL3_MT_CLIENT_KEY_EXCHANGE;
	} else if (type == SSL3_MT_CERTIFICATE && !watch->seen) {
		watch->seen = true;
		watch->probe->handshake.certs_len = in.left;
		chain_read(watch, in, tls13);
	} else if (type == SSL3_MT_SERVER_KEY_EXCHANGE) {
		watch->signs = true;
	} else if (type == SSL3_MT_CERTIFICATE_REQUEST) {
		watch->probe->client_cert_asked = true;
	} else if (type == SSL3_MT_NEWSESSION_TICKET && tls13) {
		/* The peer accepted our last flight, so stop waiting for a refusal. */
		watch->stream->deadline = deadline_in(0);
	}
}

/* Accept every chain, except one that chain_read() rejected. */
static int on_verify(X509_STORE_CTX *store, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	const struct watch *watch = SSL_get_app_data(ssl);

	(void)arg;
	return watch->probe->why.kind == FAULT_NONE;
}

/* ---- what all probes share ------------------------------------------------------------------- */

struct password {
	const char *given; /* NULL: none */
	bool asked;
};

/* Without this callback OpenSSL would prompt on the terminal. */
static int on_password(char *room, int size, int writing, void *arg)
{
	struct password *password = arg;
	size_t len = password->given ? strlen(password->given) : 0;

	(void)writing;
	password->asked = true;
	if (!password->given || len > (size_t)size)
		return -1;
	memcpy(room, password->given, len);
	return (int)len;
}

static int client_cert_use(SSL_CTX *ctx, const struct probe_options *options, struct fault *why)
{
	const char *cert = options->cert_file;
	const char *key = options->key_file ? options->key_file : cert;
	struct password password = {.given = options->key_pass};
	bool used;

	if (!cert)
		return key ? fault_set(why, FAULT_USAGE, "--key needs --cert") : 0;
	if (access(cert, R_OK) || access(key, R_OK))
		return fault_sys(why, "cannot read '%s'", access(cert, R_OK) ? cert : key);
	SSL_CTX_set_default_passwd_cb(ctx, on_password);
	SSL_CTX_set_default_passwd_cb_userdata(ctx, &password);
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1)
		return fault_ossl(why, "cannot read a PEM client certificate from '%s'", cert);
	used = SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) == 1 &&
	       SSL_CTX_check_private_key(ctx) == 1;
	SSL_CTX_set_default_passwd_cb_userdata(ctx, NULL);
	if (used)
		return 0;
	/* Replace OpenSSL's text about the key with one that helps the user. */
	int library = ERR_GET_LIB(ERR_peek_error());
	if (library == ERR_LIB_X509 || library == ERR_LIB_SSL)
		fault_set(why, FAULT_FORMAT, "the client key '%s' does not belong to '%s'", key,
			cert);
	else if (password.asked && password.given)
		fault_set(why, FAULT_FORMAT, "wrong password for the client key '%s'", key);
	else if (password.asked)
		fault_set(why, FAULT_FORMAT,
			"the client key '%s' is encrypted: give --key-pass-file", key);
	else
		return fault_ossl(why, "cannot read a PEM client key from '%s'", key);
	ERR_clear_error();
	return -1;
}

int handshake_make_ctx(const struct probe_options *options, SSL_CTX **ret, struct fault *why)
{
	auto_SSL_CTX ctx = SSL_CTX_new(TLS_client_method());

	if (!ctx)
		return fault_ossl(why, "cannot prepare TLS");
	SSL_CTX_set_security_level(ctx, 0);
	/* Anonymous and pre-shared-key suites send no certificate, so do not offer them. */
	if (!SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION) ||
		!SSL_CTX_set_cipher_list(ctx, "ALL:!aNULL:!PSK:!SRP:@SECLEVEL=0"))
		return fault_ossl(why, "cannot prepare TLS");
	SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF |
					 SSL_OP_NO_RX_CERTIFICATE_COMPRESSION);
	/* Set above our own limit, so that our fault is the one reported. */
	SSL_CTX_set_max_cert_list(ctx, 4 * LIMIT_CHAIN_BYTES);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, on_verify, NULL);
	SSL_CTX_set_msg_callback(ctx, on_message);
	if (client_cert_use(ctx, options, why))
		return -1;
	*ret = steal(&ctx);
	return 0;
}

/* ---- one handshake --------------------------------------------------------------------------- */

/* Guess from the peer's first bytes what it speaks instead of TLS; NULL: cannot tell. */
static const char *other_protocol(const struct stream *stream)
{
	static const struct {
		const char *head;
		const char *told;
	} rows[] = {
		{"HTTP/", "it is a plain HTTP server"},
		{"220", "it looks like SMTP or FTP; try smtp:// or ftp://"},
		{"* OK", "it looks like IMAP; try imap://"},
		{"+OK", "it looks like POP3; try pop3://"},
		{"SSH-", "it is an SSH server"},
		{"<?xml", "it looks like XMPP; try xmpp://"},
		{"<", "it is a plain HTTP or XML server"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = strlen(rows[i].head);
		if (stream->head_n >= len && memcmp(stream->head, rows[i].head, len) == 0)
			return rows[i].told;
	}
	/* RFC 8446, section 5.1: a record starts with its type, 20 to 23, then version 3.x. */
	if (stream->head_n >= 2 &&
		(stream->head[0] < 0x14 || stream->head[0] > 0x17 || stream->head[1] != 3))
		return "its first bytes are not TLS";
	return NULL;
}

/* Record what was negotiated. */
static void note_handshake(struct watch *watch, SSL *ssl)
{
	struct handshake *it = &watch->probe->handshake;
	const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
	int group = (int)SSL_get_negotiated_group(ssl), digest = NID_undef;
	EVP_PKEY *key = NULL;

	it->version = SSL_version(ssl);
	it->cipher = SSL_CIPHER_get_name(cipher);
	it->cipher_nid = SSL_CIPHER_get_cipher_nid(cipher);
	it->group = group == NID_undef ? NULL : OBJ_nid2sn(group);
	it->digest = SSL_get_peer_signature_nid(ssl, &digest) && digest != NID_undef
			     ? OBJ_nid2sn(digest)
			     : NULL;
	it->renegotiates_safely =
		it->version >= TLS1_3_VERSION || SSL_get_secure_renegotiation_support(ssl);
	if (SSL_get_peer_tmp_key(ssl, &key) && EVP_PKEY_is_a(key, "DH"))
		it->dh_bits = (unsigned)EVP_PKEY_get_bits(key);
	EVP_PKEY_free(key);
	it->misuses_key =
		SSL_CIPHER_get_kx_nid(cipher) == NID_kx_rsa &&
		!(X509_get_key_usage(SSL_get0_peer_certificate(ssl)) & KU_KEY_ENCIPHERMENT);
}

/* The peer demanded a client certificate, or rejected ours. */
static void tell_refused(struct watch *watch, SSL *ssl, const char *reason)
{
	watch->probe->end = PROBE_CLIENT_CERT_REQUIRED;
	fault_set(&watch->probe->why, FAULT_PEER,
		SSL_get_certificate(ssl) ? "'%s' refused the client certificate: %s"
					 : "'%s' demands a client certificate (%s)",
		watch->probe->label, watch->stream->closed ? "it closed the connection" : reason);
}

/* SSL_connect() failed: find out why.  true: the peer accepted no application protocol of ours. */
static bool tell_failed(struct watch *watch, SSL *ssl)
{
	const struct stream *stream = watch->stream;
	struct probe *probe = watch->probe;
	const char *label = probe->label;
	struct certs *chain = &probe->chain;
	struct fault *why = &probe->why;
	bool late = stream->why.kind == FAULT_LIMIT;
	const char *other = late ? NULL : other_protocol(stream);
	char room[128];
	int alert = -1;
	const char *reason = stream_ssl_reason(room, sizeof(room), &alert);
	X509 *parsed;

	/* OpenSSL is stricter than cert_make(): find the certificate that it rejected. */
	for (size_t i = 0; i < chain->n && why->kind == FAULT_NONE && alert < 0; i++)
		if (cert_parse(chain->at[i], &parsed, why))
			fault_wrap(why, "certificate %zu that it sent is malformed", i + 1);
	probe->end = PROBE_UNREACHABLE;
	if (why->kind != FAULT_NONE) {
		fault_wrap(why, "'%s'", label);
	} else if (chain->n && watch->proven && probe->client_cert_asked && !late) {
		tell_refused(watch, ssl, reason);
		note_handshake(watch, ssl);
		return false;
	} else if (chain->n) {
		probe->end = PROBE_UNPROVEN;
		fault_set(why, FAULT_PEER, "the handshake did not complete (%s)%s%s",
			stream->why.kind != FAULT_NONE ? stream->why.text
			: stream->closed && alert < 0  ? "it closed the connection"
						       : reason,
			probe->client_cert_asked ? ", after it asked for a client certificate" : "",
			watch->proven ? ""
				      : ": the server never proved that it holds the certificate's "
					"key");
		return alert == SSL_AD_NO_APPLICATION_PROTOCOL;
	} else if (other) {
		probe->end = PROBE_NOT_TLS;
		fault_set(why, FAULT_PEER, "'%s' does not speak TLS: %s", label, other);
	} else if (stream->why.kind != FAULT_NONE) {
		probe->end = late ? PROBE_TIMEOUT : PROBE_UNREACHABLE;
		*why = stream->why;
		fault_wrap(why, "TLS handshake with '%s'%s", label,
			stream->head_n ? "" : ": nothing received");
	} else if (alert >= 0) {
		fault_set(why, FAULT_PEER, "'%s' refused the TLS handshake: %s", label, reason);
	} else if (stream->closed) {
		fault_set(why, FAULT_PEER, "'%s' closed the connection %s the TLS handshake", label,
			stream->head_n ? "during" : "at");
	} else {
		fault_set(why, FAULT_PEER, "TLS handshake with '%s': %s", label, reason);
	}
	certs_free(chain);
	return alert == SSL_AD_NO_APPLICATION_PROTOCOL;
}

static void tell_completed(struct watch *watch, SSL *ssl)
{
	struct stream *stream = watch->stream;
	struct probe *probe = watch->probe;
	struct deadline soon = deadline_in(LIMIT_REFUSAL_WAIT_MS);
	const uint8_t *alpn = NULL;
	unsigned len = 0;
	char room[128];
	char byte;
	int alert = -1;

	probe->completed = true;
	probe->tls = strdup(SSL_get_version(ssl));
	SSL_get0_alpn_selected(ssl, &alpn, &len);
	probe->alpn = alpn ? text_printable((const char *)alpn, len, LIMIT_NAME_SHOWN) : NULL;
	if (!probe->tls || (alpn && !probe->alpn)) {
		fault_nomem(&probe->why);
		certs_free(&probe->chain);
		return;
	}
	probe->end = PROBE_CHAIN;
	note_handshake(watch, ssl);
	if (!probe->client_cert_asked || SSL_version(ssl) != TLS1_3_VERSION || probe->is_proxy)
		return;
	/*
	 * A TLS 1.3 server rejects a client certificate, or the lack of one, only after the
	 * handshake: wait briefly for its alert, or for a session ticket, which means that it
	 * accepted.
	 */
	if (soon.at_ms < stream->deadline.at_ms)
		stream->deadline = soon;
	ERR_clear_error();
	if (SSL_read(ssl, &byte, 1) <= 0 && stream->why.kind != FAULT_LIMIT) {
		const char *reason = stream_ssl_reason(room, sizeof(room), &alert);
		if (alert >= 0 || stream->why.kind != FAULT_NONE)
			tell_refused(watch, ssl, alert >= 0 ? reason : "the connection was reset");
	}
	ERR_clear_error();
}

static bool offer_as(SSL *ssl, const struct hello *as)
{
	if (!as->lacks_renegotiation)
		SSL_clear_options(ssl, SSL_OP_LEGACY_SERVER_CONNECT);
	return SSL_set_cipher_list(ssl, as->ciphers) &&
	       SSL_set1_sigalgs_list(ssl, as->signatures) &&
	       (!as->groups || SSL_set1_groups_list(ssl, as->groups)) &&
	       SSL_set_min_proto_version(ssl, as->version_min);
}

bool handshake_run(
	SSL_CTX *ctx, const struct hello *as, struct stream *stream, bool alpn, struct probe *ret)
{
	static const uint8_t offer[] = "\x02h2\x08http/1.1";
	struct watch watch = {.stream = stream, .probe = ret};
	auto_SSL ssl = SSL_new(ctx);

	ret->end = PROBE_FAILED;
	/* RFC 6066, section 3: server_name never holds an IP address. */
	if (!ssl || (!ret->host_is_ip && !SSL_set_tlsext_host_name(ssl, ret->host)) ||
		(alpn && SSL_set_alpn_protos(ssl, offer, sizeof(offer) - 1)) ||
		(as && !offer_as(ssl, as))) {
		fault_ossl(&ret->why, "cannot prepare TLS");
		return false;
	}
	if (ret->is_proxy)
		SSL_certs_clear(ssl);
	BIO_up_ref(stream->bio);
	SSL_set_bio(ssl, stream->bio, stream->bio);
	SSL_set_app_data(ssl, &watch);
	SSL_set_msg_callback_arg(ssl, &watch);
	/* No close_notify: the socket is about to be closed. */
	SSL_set_quiet_shutdown(ssl, 1);
	stream->head_n = 0;
	ERR_clear_error();
	if (SSL_connect(ssl) != 1)
		return tell_failed(&watch, ssl);
	tell_completed(&watch, ssl);
	if (!ret->is_proxy || ret->end != PROBE_CHAIN)
		return false;
	SSL_set_msg_callback(ssl, NULL);
	SSL_set_app_data(ssl, NULL);
	if (stream_push(stream, ssl, &ret->why))
		ret->end = PROBE_FAILED;
	return false;
}
