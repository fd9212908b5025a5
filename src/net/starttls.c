/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/starttls.h"

#include <string.h>

#include <openssl/asn1.h>

#include "src/base/text.h"

#define LINE_STEPS 3

/* Steps of a line-based dialogue: wait for a line that starts with `good`, then send `send`. */
struct dialect {
	struct {
		const char *good; /* if it is digits, a reply may have several lines, "220-" */
		const char *send; /* NULL: TLS starts */
	} steps[LINE_STEPS];
	const char *untagged; /* skip lines with this prefix before an answer; NULL: none */
};

static const struct dialect dialects[URL_SCHEMES] = {
	[URL_SMTP] = {{{"220", "EHLO trustfix.invalid\r\n"}, {"250", "STARTTLS\r\n"},
			      {"220", NULL}},
		NULL},
	[URL_IMAP] = {{{"* OK", "a STARTTLS\r\n"}, {"a OK", NULL}}, "* "},
	[URL_POP3] = {{{"+OK", "STLS\r\n"}, {"+OK", NULL}}, NULL},
	[URL_FTP] = {{{"220", "AUTH TLS\r\n"}, {"234", NULL}}, NULL},
};

/* A fault with `what` and the text that the server sent. */
static int refuse(struct fault *why, const char *what, const void *bytes, size_t len)
{
	auto_free char *shown = text_printable(bytes, len, LIMIT_NAME_SHOWN);

	return fault_set(why, FAULT_PEER, "%s: '%s'", what, shown ? shown : "");
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int talk_lines(struct stream *stream, const struct dialect *it, struct fault *why)
{
	char line[LIMIT_STARTTLS_LINE];
	bool inside = false; /* in a reply of several lines */
	size_t total = 0;

	for (size_t step = 0; step < LINE_STEPS;) {
		const char *good = it->steps[step].good;
		const char *send = it->steps[step].send;

		if (stream_read_line(stream, line, sizeof(line), why))
			return -1;
		total += strlen(line) + 1;
		if (total > LIMIT_STARTTLS_BYTES)
			return fault_set(why, FAULT_LIMIT, "the answer is too long");
		/* "250-STARTTLS" continues a reply, "250 STARTTLS" and "250" end it.  Lines in
		 * between may be any text (RFC 959, section 4.2); the first line may not. */
		if (is_digit(*good) && is_digit(line[0]) && is_digit(line[1]) && is_digit(line[2]))
			inside = line[3] == '-';
		if (inside || (step && it->untagged && text_starts(line, it->untagged)))
			continue;
		if (!text_starts(line, good))
			return refuse(why, step ? "refused" : "not the greeting of this protocol",
				line, strlen(line));
		if (!send)
			break;
		if (stream_write(stream, send, strlen(send), why))
			return -1;
		step++;
	}
	return 0;
}

static int talk_ldap(struct stream *stream, const char *host, struct fault *why)
{
	/* LDAPMessage 1, extendedReq [APPLICATION 23], requestName [0] 1.3.6.1.4.1.1466.20037 */
	static const char request[] = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
				      "1.3.6.1.4.1.1466.20037";
	static const char not_ldap[] = "not an LDAP answer";
	uint8_t message[LIMIT_STARTTLS_LINE] = {0};
	const uint8_t *at = message;
	long len = 0, inner = 0;
	int tag, class;

	(void)host;
	if (stream_write(stream, request, sizeof(request) - 1, why) ||
		stream_read_exact(stream, message, 2, why))
		return -1;
	size_t head = message[1] > 0x80 ? 2 + (message[1] & 0x7fu) : 2;
	if (message[0] != 0x30 || head > 6)
		return refuse(why, not_ldap, message, 2);
	if (stream_read_exact(stream, message + 2, head - 2, why))
		return -1;
	/* BER: the length may be longer than it needs to be, but not indefinite. */
	if (ASN1_get_object(&at, &len, &tag, &class, sizeof(message)) != V_ASN1_CONSTRUCTED)
		return refuse(why, not_ldap, message, head);
	if (stream_read_exact(stream, message + head, (size_t)len, why))
		return -1;
	/* messageID 1, extendedResp [APPLICATION 24], resultCode, an ENUMERATED of one byte */
	if (len < 5 || memcmp(at, "\x02\x01\x01\x78", 4))
		return refuse(why, not_ldap, at, (size_t)len);
	at += 3;
	if (ASN1_get_object(&at, &inner, &tag, &class, len - 3) != V_ASN1_CONSTRUCTED ||
		inner < 3 || memcmp(at, "\x0a\x01", 2))
		return refuse(why, not_ldap, message + head, (size_t)len);
	if (at[2] == 2) /* protocolError: the server does not know the operation */
		return fault_set(why, FAULT_PEER, "the LDAP server offers no TLS");
	return at[2] ? fault_set(why, FAULT_PEER, "the LDAP server refused: result code %u", at[2])
		     : 0;
}

static int talk_postgres(struct stream *stream, const char *host, struct fault *why)
{
	static const uint8_t request[] = {0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f};
	uint8_t answer;

	(void)host;
	if (stream_write(stream, request, sizeof(request), why) ||
		stream_read_exact(stream, &answer, 1, why))
		return -1;
	if (answer == 'N')
		return fault_set(why, FAULT_PEER, "the PostgreSQL server offers no TLS");
	return answer == 'S' ? 0 : refuse(why, "not a PostgreSQL server", &answer, 1);
}

static int talk_mysql(struct stream *stream, const char *host, struct fault *why)
{
	/* CLIENT_SSL, CLIENT_PROTOCOL_41, CLIENT_SECURE_CONNECTION, 16 MiB packets, utf8 */
	static const uint8_t request[36] = {0x20, 0, 0, 1, 0x00, 0x8a, 0, 0, 0, 0, 0, 1, 33};
	uint8_t head[4];
	uint8_t greeting[LIMIT_STARTTLS_LINE];

	(void)host;
	if (stream_read_exact(stream, head, sizeof(head), why))
		return -1;
	size_t len = (size_t)(head[0] | head[1] << 8 | head[2] << 16);
	if (len > sizeof(greeting))
		return refuse(why, "not a MySQL greeting", head, sizeof(head));
	if (stream_read_exact(stream, greeting, len, why))
		return -1;
	if (len > 3 && greeting[0] == 0xff) /* an error packet: 0xff, code (2), text */
		return refuse(why, "the MySQL server refused", greeting + 3, len - 3);
	/* HandshakeV10: 10, version NUL, thread id (4), salt (8), filler, capabilities (2, LE) */
	const uint8_t *nul = len > 1 ? memchr(greeting + 1, 0, len - 1) : NULL;
	if (!nul || greeting[0] != 10 || greeting + len - nul < 1 + 4 + 8 + 1 + 2)
		return refuse(why, "not a MySQL greeting", greeting, len);
	if (!(nul[1 + 4 + 8 + 1 + 1] & 0x08))
		return fault_set(why, FAULT_PEER, "the MySQL server offers no TLS");
	return stream_write(stream, request, sizeof(request), why);
}

/* No XML parser: only a few elements can arrive, so matching their end tags is enough. */
static int talk_xmpp(struct stream *stream, const char *host, struct fault *why)
{
	static const char start[] = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
	auto_buf open = buf_make(LIMIT_STARTTLS_LINE);
	auto_buf in = buf_make(LIMIT_STARTTLS_BYTES);
	bool asked = false;
	uint8_t byte = 0;

	buf_printf(&open,
		"<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
		"xmlns:stream='http://etherx.jabber.org/streams' to='%s' version='1.0'>",
		host);
	if (buf_check(&open, "the request", why) || stream_write(stream, open.bytes, open.len, why))
		return -1;
	for (;;) {
		if (stream_read_exact(stream, &byte, 1, why))
			return -1;
		buf_add_byte(&in, byte);
		if (buf_check(&in, "the answer", why))
			return -1;
		const char *last = byte == '>' ? memrchr(in.bytes, '<', in.len) : NULL;
		if (!last)
			continue;
		if (strcmp(last, "</stream:error>") == 0 || strcmp(last, "</stream:stream>") == 0 ||
			strcmp(last, "</failure>") == 0) {
			/* Show the text from the error element on, which contains the reason. */
			const char *text = buf_text(&in);
			const char *at = strstr(text, "<stream:error");
			at = at ? at : strstr(text, "<failure");
			size_t skip = at ? (size_t)(at - text) : 0;
			return refuse(why, "the XMPP server refused", text + skip, in.len - skip);
		}
		if (asked && (strcmp(last, "</proceed>") == 0 ||
				     (text_starts(last, "<proceed") && text_ends(last, "/>"))))
			return 0;
		if (!asked && ((text_starts(last, "</") && text_ends(last, "features>")) ||
				      strcmp(last, "<stream:features/>") == 0)) {
			if (!memmem(in.bytes, in.len, "<starttls", 9))
				return fault_set(why, FAULT_PEER, "the XMPP server offers no TLS");
			if (stream_write(stream, start, sizeof(start) - 1, why))
				return -1;
			buf_clear(&in);
			asked = true;
		}
	}
}

int starttls_run(struct stream *stream, enum url_scheme scheme, const char *host, struct fault *why)
{
	static int (*const talks[URL_SCHEMES])(
		struct stream * stream, const char *host, struct fault *why) = {
		[URL_LDAP] = talk_ldap,
		[URL_POSTGRES] = talk_postgres,
		[URL_MYSQL] = talk_mysql,
		[URL_XMPP] = talk_xmpp,
	};

	if (scheme == URL_HTTPS)
		return 0;
	stream->head_n = 0;
	if (talks[scheme] ? talks[scheme](stream, host, why)
			  : talk_lines(stream, &dialects[scheme], why))
		return fault_wrap(why, "%s",
			stream->head_n ? "STARTTLS"
				       : "STARTTLS: nothing received (for implicit TLS use "
					 "HOST:PORT)");
	if (stream_has_more(stream))
		return fault_set(why, FAULT_PEER, "STARTTLS: bytes after the go-ahead");
	return 0;
}
