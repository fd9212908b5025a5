/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/handshake.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>

#include "src/base/bytes.h"
#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/x509/ossl.h"

#ifndef SSL_OP_NO_RX_CERTIFICATE_COMPRESSION /* OpenSSL before 3.2 knows none */
#define SSL_OP_NO_RX_CERTIFICATE_COMPRESSION 0
#endif

/* Handshake types, RFC 8446, section 4. */
enum {
	TYPE_TICKET = 4,
	TYPE_CERTIFICATE = 11,
	TYPE_SERVER_KEY_EXCHANGE = 12, /* RFC 5246, section 7.4, as the next but one */
	TYPE_CERTIFICATE_REQUEST = 13,
	TYPE_CLIENT_KEY_EXCHANGE = 16,
	TYPE_FINISHED = 20
};

/* What is seen while it runs. */
struct watch {
	struct stream *stream;
	struct probe *probe;
	bool seen; /* a Certificate message came */
	bool signs; /* a ServerKeyExchange came */
	bool proven; /* what it signed was verified: our answer went out */
	struct fault flaw; /* what is wrong with it */
};

static const uint8_t alpn_offer[] = "\x02h2\x08http/1.1";

/* ---- the Certificate message ----------------------------------------------------------------- */

static int chain_add(struct watch *watch, struct bytes *der, size_t total)
{
	struct certs *chain = &watch->probe->chain;
	struct fault *flaw = &watch->flaw;
	auto_cert cert = NULL;

	if (chain->n >= LIMIT_CHAIN_N)
		return fault_set(
			flaw, FAULT_LIMIT, "it sent more than %u certificates", LIMIT_CHAIN_N);
	if (cert_make(der->at, der->left, &cert, flaw))
		return fault_wrap(flaw,
			"certificate %zu that it sent (%zu bytes of %zu) is malformed",
			chain->n + 1, der->left, total);
	return certs_add(chain, cert, flaw);
}

/* RFC 5246, section 7.4.2; RFC 8446, section 4.4.2 puts a context before and extensions behind
 * each. */
static int chain_read(struct watch *watch, struct bytes in, bool tls13)
{
	size_t total;

	if (tls13)
		bytes_take(&in, bytes_be(&in, 1));
	total = bytes_be(&in, 3);
	if (total > LIMIT_CHAIN_BYTES)
		return fault_set(
			&watch->flaw, FAULT_LIMIT, "it sent %zu bytes of certificates", total);
	while (in.left && !bytes_failed(&in)) {
		size_t len = bytes_be(&in, 3);
		struct bytes der = bytes_make(bytes_take(&in, len), len);

		if (tls13)
			bytes_take(&in, bytes_be(&in, 2));
		if (bytes_failed(&in))
			break;
		if (chain_add(watch, &der, total))
			return -1;
	}
	if (bytes_failed(&in))
		return fault_set(&watch->flaw, FAULT_PEER, "its Certificate message is cut off");
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
		watch->proven |= tls13 ? type == TYPE_FINISHED
				       : watch->signs && type == TYPE_CLIENT_KEY_EXCHANGE;
	} else if (type == TYPE_CERTIFICATE && !watch->seen) {
		watch->seen = true;
		chain_read(watch, in, tls13);
	} else if (type == TYPE_SERVER_KEY_EXCHANGE) {
		watch->signs = true;
	} else if (type == TYPE_CERTIFICATE_REQUEST) {
		watch->probe->client_cert_asked = true;
	} else if (type == TYPE_TICKET && tls13) {
		/* It took our last flight: no refusal will come any more. */
		watch->stream->deadline = deadline_in(0);
	}
}

/* Anything goes here, except what is too much for us. */
static int on_verify(X509_STORE_CTX *store, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	const struct watch *watch = SSL_get_app_data(ssl);

	(void)arg;
	return watch->flaw.kind == FAULT_NONE;
}

/* ---- what all probes share ------------------------------------------------------------------- */

struct password {
	const char *given; /* NULL: none */
	bool asked;
};

/* Without one OpenSSL would ask on the terminal. */
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

/* What OpenSSL says of a key is not what a person needs to know. */
static int key_fault(
	const struct password *password, const char *key, const char *cert, struct fault *why)
{
	unsigned long code = ERR_peek_error();

	if (ERR_GET_LIB(code) == ERR_LIB_X509 || ERR_GET_LIB(code) == ERR_LIB_SSL)
		fault_set(why, FAULT_FORMAT, "the client key '%s' does not belong to '%s'", key,
			cert);
	else if (password->asked && password->given)
		fault_set(why, FAULT_FORMAT, "the password given does not open the client key '%s'",
			key);
	else if (password->asked)
		fault_set(why, FAULT_FORMAT,
			"the client key '%s' is encrypted: give --key-pass-file", key);
	else
		return fault_ossl(why, "no PEM key of the client can be read from '%s'", key);
	ERR_clear_error();
	return -1;
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
		return fault_ossl(
			why, "no PEM certificate of the client can be read from '%s'", cert);
	used = SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) == 1 &&
	       SSL_CTX_check_private_key(ctx) == 1;
	SSL_CTX_set_default_passwd_cb_userdata(ctx, NULL);
	return used ? 0 : key_fault(&password, key, cert, why);
}

int handshake_make_ctx(const struct probe_options *options, SSL_CTX **ret, struct fault *why)
{
	auto_SSL_CTX ctx = SSL_CTX_new(TLS_client_method());

	if (!ctx)
		return fault_ossl(why, "cannot prepare TLS");
	SSL_CTX_set_security_level(ctx, 0);
	/* Without a certificate there is nothing to see, so no anonymous and no shared-key suites.
	 */
	if (!SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION) ||
		!SSL_CTX_set_cipher_list(ctx, "ALL:!aNULL:!PSK:!SRP:@SECLEVEL=0"))
		return fault_ossl(why, "cannot prepare TLS");
	SSL_CTX_set_options(ctx, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF |
					 SSL_OP_NO_RX_CERTIFICATE_COMPRESSION);
	/* Above our own limit, so that ours is the one that is told. */
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

static SSL *ssl_make(SSL_CTX *ctx, struct watch *watch, bool alpn)
{
	auto_SSL ssl = SSL_new(ctx);
	BIO *bio = ssl ? stream_bio(watch->stream) : NULL;

	if (!bio)
		return NULL;
	SSL_set_bio(ssl, bio, bio);
	SSL_set_app_data(ssl, watch);
	SSL_set_msg_callback_arg(ssl, watch);
	/* RFC 6066, section 3: never an address. */
	if (!watch->probe->host_is_ip && !SSL_set_tlsext_host_name(ssl, watch->probe->host))
		return NULL;
	if (alpn && SSL_set_alpn_protos(ssl, alpn_offer, sizeof(alpn_offer) - 1))
		return NULL;
	return steal(&ssl);
}

/* What does it speak, if not TLS?  By the first bytes it sent. */
static const char *other_protocol(const struct stream *stream)
{
	static const struct {
		const char *head;
		const char *told;
	} rows[] = {
		{"HTTP/", "an HTTP server without TLS answers there"},
		{"220", "it greets like SMTP or FTP: try smtp:// or ftp://"},
		{"* OK", "it greets like IMAP: try imap://"},
		{"+OK", "it greets like POP3: try pop3://"},
		{"SSH-", "an SSH server answers there"},
		{"<?xml", "it speaks XML: try xmpp://"},
		{"<", "an HTTP or XML server without TLS answers there"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = strlen(rows[i].head);
		if (stream->head_n >= len && memcmp(stream->head, rows[i].head, len) == 0)
			return rows[i].told;
	}
	/* RFC 8446, section 5.1: alert or handshake, then version 3.x. */
	if (stream->head_n >= 2 &&
		(stream->head[0] < 0x14 || stream->head[0] > 0x17 || stream->head[1] != 3))
		return "what it sends is no TLS";
	return NULL;
}

static void set_end(struct probe *probe, enum probe_end end, const struct fault *why)
{
	probe->end = end;
	probe->why = *why;
	if (end != PROBE_CHAIN && end != PROBE_CLIENT_CERT_REQUIRED && end != PROBE_UNPROVEN)
		certs_free(&probe->chain);
}

/* No certificate came: who is to blame? */
static void tell_no_chain(struct watch *watch, const char *label, int alert, const char *reason)
{
	struct stream *stream = watch->stream;
	const char *other = other_protocol(stream);
	struct fault why = FAULT_INIT;
	enum probe_end end = PROBE_UNREACHABLE;

	if (other && stream->why.kind != FAULT_LIMIT) {
		end = PROBE_NOT_TLS;
		fault_set(&why, FAULT_PEER, "'%s' does not speak TLS: %s", label, other);
	} else if (stream->why.kind != FAULT_NONE) {
		end = stream->why.kind == FAULT_LIMIT ? PROBE_TIMEOUT : PROBE_UNREACHABLE;
		why = stream->why;
		fault_wrap(&why, "TLS handshake with '%s'%s", label,
			stream->head_n ? "" : ": not a byte came back");
	} else if (alert >= 0) {
		fault_set(&why, FAULT_PEER, "'%s' refused the TLS handshake: %s", label, reason);
	} else if (stream->closed) {
		fault_set(&why, FAULT_PEER, "'%s' closed the connection %s the TLS handshake",
			label, stream->head_n ? "during" : "at");
	} else {
		fault_set(&why, FAULT_PEER, "TLS handshake with '%s': %s", label, reason);
	}
	set_end(watch->probe, end, &why);
}

/* OpenSSL is stricter than cert_make(): find the certificate that it stumbled over. */
static bool find_malformed(struct watch *watch)
{
	const struct certs *chain = &watch->probe->chain;
	X509 *parsed;

	for (size_t i = 0; i < chain->n; i++)
		if (cert_parse(chain->at[i], &parsed, &watch->flaw)) {
			fault_wrap(
				&watch->flaw, "certificate %zu that it sent is malformed", i + 1);
			return true;
		}
	return false;
}

static void tell_refused(struct watch *watch, SSL *ssl, const char *label, const char *reason)
{
	struct fault why = FAULT_INIT;

	if (SSL_get_certificate(ssl))
		fault_set(&why, FAULT_PEER, "'%s' refused the client certificate: %s", label,
			watch->stream->closed ? "it closed the connection" : reason);
	else
		fault_set(&why, FAULT_PEER, "'%s' demands a client certificate (%s)", label,
			watch->stream->closed ? "it closed the connection" : reason);
	set_end(watch->probe, PROBE_CLIENT_CERT_REQUIRED, &why);
}

/* A chain came, and then no handshake. */
static void tell_unproven(struct watch *watch, int alert, const char *reason)
{
	const struct stream *stream = watch->stream;
	struct fault why = FAULT_INIT;

	fault_set(&why, FAULT_PEER, "the handshake did not complete (%s)%s%s",
		stream->why.kind != FAULT_NONE ? stream->why.text
		: stream->closed && alert < 0  ? "it closed the connection"
					       : reason,
		watch->probe->client_cert_asked ? ", after a client certificate was asked for" : "",
		watch->proven ? ""
			      : ": the server never proved that it holds the certificate's key");
	set_end(watch->probe, PROBE_UNPROVEN, &why);
}

static void tell_failed(struct watch *watch, SSL *ssl, const char *label, bool *ret_alpn)
{
	char room[128];
	int alert = -1;
	const char *reason = stream_ssl_reason(room, sizeof(room), &alert);
	struct probe *probe = watch->probe;

	*ret_alpn = alert == SSL_AD_NO_APPLICATION_PROTOCOL;
	if (watch->seen && watch->flaw.kind == FAULT_NONE && alert < 0)
		find_malformed(watch);
	if (watch->flaw.kind != FAULT_NONE) {
		fault_wrap(&watch->flaw, "'%s'", label);
		set_end(probe, PROBE_UNREACHABLE, &watch->flaw);
	} else if (probe->chain.n == 0) {
		tell_no_chain(watch, label, alert, reason);
	} else if (watch->proven && probe->client_cert_asked &&
		   watch->stream->why.kind != FAULT_LIMIT) {
		tell_refused(watch, ssl, label, reason);
	} else {
		tell_unproven(watch, alert, reason);
	}
}

/*
 * A TLS 1.3 server says only after the handshake that it wanted another client certificate, or one
 * at all: wait for its alert a little, or for the ticket that says all is well.
 */
static void await_refusal(struct watch *watch, SSL *ssl, const char *label)
{
	struct deadline whole = watch->stream->deadline;
	struct deadline soon = deadline_in(LIMIT_REFUSAL_WAIT_MS);
	char room[128];
	char byte;
	int alert = -1;

	if (soon.at_ms < whole.at_ms)
		watch->stream->deadline = soon;
	ERR_clear_error();
	if (SSL_read(ssl, &byte, 1) <= 0 && watch->stream->why.kind != FAULT_LIMIT) {
		const char *reason = stream_ssl_reason(room, sizeof(room), &alert);
		if (alert >= 0 || watch->stream->why.kind != FAULT_NONE)
			tell_refused(watch, ssl, label,
				alert >= 0 ? reason : "the connection was reset");
	}
	ERR_clear_error();
	watch->stream->deadline = whole;
}

static void tell_completed(struct watch *watch, SSL *ssl, const char *label)
{
	struct probe *probe = watch->probe;
	const uint8_t *alpn = NULL;
	unsigned len = 0;

	probe->completed = true;
	set_end(probe, PROBE_CHAIN, &(struct fault)FAULT_INIT);
	probe->tls = strdup(SSL_get_version(ssl));
	SSL_get0_alpn_selected(ssl, &alpn, &len);
	probe->alpn = alpn ? text_printable((const char *)alpn, len, LIMIT_NAME_SHOWN) : NULL;
	if (!probe->tls || (alpn && !probe->alpn)) {
		fault_nomem(&watch->flaw);
		set_end(probe, PROBE_FAILED, &watch->flaw);
		return;
	}
	if (probe->client_cert_asked && SSL_version(ssl) == TLS1_3_VERSION)
		await_refusal(watch, ssl, label);
}

bool handshake_run(
	SSL_CTX *ctx, struct stream *stream, const char *label, bool alpn, struct probe *ret)
{
	struct watch watch = {.stream = stream, .probe = ret, .flaw = FAULT_INIT};
	auto_SSL ssl = ssl_make(ctx, &watch, alpn);
	bool other_alpn = false;

	if (!ssl) {
		fault_ossl(&watch.flaw, "cannot prepare TLS");
		set_end(ret, PROBE_FAILED, &watch.flaw);
		return false;
	}
	ERR_clear_error();
	if (SSL_connect(ssl) == 1)
		tell_completed(&watch, ssl, label);
	else
		tell_failed(&watch, ssl, label, &other_alpn);
	/* Not asked to say goodbye: the socket is closed. */
	SSL_set_quiet_shutdown(ssl, 1);
	return other_alpn;
}
