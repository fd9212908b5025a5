/* SPDX-License-Identifier: Apache-2.0 */
#include "src/net/starttls.h"

#include <string.h>

#include "src/base/bytes.h"
#include "src/base/limits.h"
#include "src/base/text.h"

void starttls_free(struct starttls *it)
{
	buf_free(&it->in);
	buf_free(&it->out);
}

static void refuse(struct starttls *it, const char *what)
{
	it->want = STARTTLS_REFUSED;
	fault_set(&it->why, FAULT_PEER, "STARTTLS: %s", what);
}

/* With the answer, `at` bytes of it left out. */
static void refuse_shown(struct starttls *it, const char *what, size_t at)
{
	auto_free char *shown =
		text_printable(buf_text(&it->in) + at, it->in.len - at, LIMIT_NAME_SHOWN);

	it->want = STARTTLS_REFUSED;
	fault_set(&it->why, FAULT_PEER, "STARTTLS: %s: '%s'", what, shown ? shown : "");
}

static void send_bytes(struct starttls *it, const void *bytes, size_t len)
{
	it->want = STARTTLS_SEND;
	buf_clear(&it->out);
	buf_add(&it->out, bytes, len);
	if (buf_check(&it->out, "STARTTLS", &it->why))
		it->want = STARTTLS_REFUSED;
}

/* ---- line by line: smtp, imap, pop3, ftp ----------------------------------------------------- */

#define LINE_STEPS 3

/* In each step an answer that starts with `good` is awaited; then `send` goes out, or TLS starts.
 */
struct dialect {
	struct {
		const char *good;
		const char *send; /* NULL: go */
	} steps[LINE_STEPS];
	const char *more; /* what untagged lines start with; NULL: replies have three digits */
};

static const struct dialect dialects[TARGET_SCHEMES] = {
	[TARGET_SMTP] = {{{"220", "EHLO trustfix.invalid\r\n"}, {"250", "STARTTLS\r\n"},
				 {"220", NULL}},
		NULL},
	[TARGET_IMAP] = {{{"* OK", "a STARTTLS\r\n"}, {"a OK", NULL}}, "* "},
	[TARGET_POP3] = {{{"+OK", "STLS\r\n"}, {"+OK", NULL}}, NULL},
	[TARGET_FTP] = {{{"220", "AUTH TLS\r\n"}, {"234", NULL}}, NULL},
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/*
 * "250-STARTTLS" goes on, "250 STARTTLS" and "250" end.  Between them there may be any text (RFC
 * 959, section 4.2), but not before.
 */
static bool line_goes_on(struct starttls *it, const struct dialect *dialect, const char *line)
{
	if (dialect->more)
		return it->step > 0 && text_starts(line, dialect->more);
	if (it->scheme == TARGET_POP3)
		return false;
	if (is_digit(line[0]) && is_digit(line[1]) && is_digit(line[2]))
		it->inside = line[3] == '-';
	return it->inside;
}

static void line_feed(struct starttls *it)
{
	const struct dialect *dialect = &dialects[it->scheme];
	const char *line = buf_text(&it->in);

	if (it->in.len > LIMIT_STARTTLS_LINE) {
		refuse(it, "a line without end");
	} else if (it->in.bytes[it->in.len - 1] == '\n') {
		while (it->in.len && strchr("\r\n", it->in.bytes[it->in.len - 1]))
			it->in.bytes[--it->in.len] = '\0';
		if (line_goes_on(it, dialect, line))
			buf_clear(&it->in);
		else if (!text_starts(line, dialect->steps[it->step].good))
			refuse_shown(
				it, it->step ? "refused" : "not the greeting of this protocol", 0);
		else if (dialect->steps[it->step].send)
			send_bytes(it, dialect->steps[it->step].send,
				strlen(dialect->steps[it->step].send));
		else
			it->want = STARTTLS_GO;
	}
}

/* ---- ldap ------------------------------------------------------------------------------------ */

/* LDAPMessage 1, extendedReq [APPLICATION 23], requestName [0] 1.3.6.1.4.1.1466.20037 */
static const uint8_t ldap_request[] = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
				      "1.3.6.1.4.1.1466.20037";

/* The length behind a tag; 0 and failed when it is none (indefinite, or over four bytes). */
static size_t ber_length(struct bytes *in)
{
	size_t first = bytes_be(in, 1);

	if (first < 0x80)
		return first;
	if (first == 0x80 || first > 0x84) {
		in->failed = true;
		return 0;
	}
	return bytes_be(in, first & 0x7f);
}

static bool take(struct bytes *in, const char *wanted, size_t len)
{
	const uint8_t *at = bytes_take(in, len);

	return at && memcmp(at, wanted, len) == 0;
}

static void ldap_feed(struct starttls *it)
{
	struct bytes in = bytes_make(it->in.bytes, it->in.len);
	bool tagged = take(&in, "\x30", 1);
	size_t len = ber_length(&in);

	if (!tagged || it->in.len > LIMIT_STARTTLS_LINE) {
		refuse_shown(it, "no LDAP answer", 0);
		return;
	}
	if (bytes_failed(&in) || in.left < len) {
		if (it->in.len >= 6 && bytes_failed(&in))
			refuse_shown(it, "no LDAP answer", 0);
		return;
	}
	/* messageID 1, extendedResp [APPLICATION 24], resultCode success (0) */
	if (!take(&in, "\x02\x01\x01\x78", 4) || (ber_length(&in), bytes_failed(&in)) ||
		!take(&in, "\x0a\x01\x00", 3))
		refuse(it, "the LDAP server offers none");
	else
		it->want = STARTTLS_GO;
}

/* ---- postgres, mysql ------------------------------------------------------------------------- */

static void postgres_feed(struct starttls *it)
{
	if (it->in.bytes[0] == 'S')
		it->want = STARTTLS_GO;
	else if (it->in.bytes[0] == 'N')
		refuse(it, "the PostgreSQL server offers none");
	else
		refuse_shown(it, "no PostgreSQL server", 0);
}

/* CLIENT_SSL | CLIENT_PROTOCOL_41 | CLIENT_SECURE_CONNECTION, 16 MiB packets, utf8, 23 zeros. */
static const uint8_t mysql_request[36] = {0x20, 0, 0, 1, 0x00, 0x8a, 0, 0, 0, 0, 0, 1, 33};

/* Protocol::HandshakeV10: 0a, version NUL, thread id (4), salt (8), filler, capabilities (2, LE).
 */
static void mysql_feed(struct starttls *it)
{
	const uint8_t *b = it->in.bytes;
	size_t len = it->in.len < 4 ? 0 : (size_t)(b[0] | b[1] << 8 | b[2] << 16);
	const uint8_t *end;

	if (it->in.len < 4)
		return;
	if (len > LIMIT_STARTTLS_LINE) {
		refuse_shown(it, "no MySQL greeting", 0);
		return;
	}
	if (it->in.len < 4 + len)
		return;
	end = len > 1 ? memchr(b + 5, 0, len - 1) : NULL;
	if (!end || b[4] != 10 || (size_t)(b + 4 + len - end) < 1 + 4 + 8 + 1 + 2)
		refuse_shown(it, "no MySQL greeting", 0);
	else if (!(end[1 + 4 + 8 + 1 + 1] & 0x08))
		refuse(it, "the MySQL server offers none");
	else
		send_bytes(it, mysql_request, sizeof(mysql_request));
}

/* ---- xmpp ------------------------------------------------------------------------------------ */

static void xmpp_begin(struct starttls *it)
{
	buf_clear(&it->out);
	buf_printf(&it->out,
		"<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
		"xmlns:stream='http://etherx.jabber.org/streams' to='%s' version='1.0'>",
		it->host);
	it->want = STARTTLS_SEND;
	if (buf_check(&it->out, "STARTTLS", &it->why))
		it->want = STARTTLS_REFUSED;
}

static bool ends_with(const struct buf *buf, const char *end)
{
	size_t len = strlen(end);

	return buf->len >= len && memcmp(buf->bytes + buf->len - len, end, len) == 0;
}

/* What it says against it is its last element but for the end of the stream. */
static void xmpp_refuse(struct starttls *it)
{
	const char *text = buf_text(&it->in);
	const char *at = strstr(text, "<stream:error");

	at = at ? at : strstr(text, "<failure");
	refuse_shown(it, "the XMPP server refused", at ? (size_t)(at - text) : 0);
}

/* No XML parser: it is enough to see the ends of the few elements that may come. */
static void xmpp_feed(struct starttls *it)
{
	static const char start[] = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
	const struct buf *in = &it->in;
	const char *last = memrchr(in->bytes, '<', in->len);

	if (in->bytes[in->len - 1] != '>')
		return;
	if (ends_with(in, "</stream:error>") || ends_with(in, "</stream:stream>") ||
		ends_with(in, "</failure>")) {
		xmpp_refuse(it);
	} else if (it->step == 1) {
		bool proceed = last && text_starts(last, "<proceed");
		if (ends_with(in, "</proceed>") || (proceed && ends_with(in, "/>")))
			it->want = STARTTLS_GO;
	} else if (last && last[1] == '/' && ends_with(in, "features>")) {
		if (memmem(in->bytes, in->len, "<starttls", 9))
			send_bytes(it, start, sizeof(start) - 1);
		else
			refuse(it, "the XMPP server offers none");
	} else if (ends_with(in, "<stream:features/>")) {
		refuse(it, "the XMPP server offers none");
	}
}

/* ---- the machine ----------------------------------------------------------------------------- */

void starttls_begin(struct starttls *it, enum target_scheme scheme, const char *host)
{
	static const uint8_t postgres_request[] = {0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f};

	*it = (struct starttls){
		.scheme = scheme,
		.host = host,
		.want = scheme == TARGET_TLS ? STARTTLS_GO : STARTTLS_MORE,
		.in = buf_make(LIMIT_STARTTLS_BYTES),
		.out = buf_make(LIMIT_STARTTLS_LINE),
	};
	if (scheme == TARGET_LDAP)
		send_bytes(it, ldap_request, sizeof(ldap_request) - 1);
	else if (scheme == TARGET_POSTGRES)
		send_bytes(it, postgres_request, sizeof(postgres_request));
	else if (scheme == TARGET_XMPP)
		xmpp_begin(it);
}

/* What goes out first is no step; MySQL's server says nothing more before TLS. */
void starttls_sent(struct starttls *it)
{
	bool answered = it->in.len > 0;

	buf_clear(&it->in);
	it->step += answered;
	it->want = it->scheme == TARGET_MYSQL ? STARTTLS_GO : STARTTLS_MORE;
}

void starttls_feed(struct starttls *it, uint8_t byte)
{
	static void (*const feeds[TARGET_SCHEMES])(struct starttls *) = {
		[TARGET_SMTP] = line_feed,
		[TARGET_IMAP] = line_feed,
		[TARGET_POP3] = line_feed,
		[TARGET_FTP] = line_feed,
		[TARGET_LDAP] = ldap_feed,
		[TARGET_POSTGRES] = postgres_feed,
		[TARGET_MYSQL] = mysql_feed,
		[TARGET_XMPP] = xmpp_feed,
	};

	buf_add_byte(&it->in, byte);
	if (++it->total > LIMIT_STARTTLS_BYTES || buf_check(&it->in, "the answer", &it->why))
		refuse(it, "an answer without end");
	else
		feeds[it->scheme](it);
}

int starttls_run(
	struct stream *stream, enum target_scheme scheme, const char *host, struct fault *why)
{
	auto_starttls it = {.why = FAULT_INIT};
	uint8_t byte;

	starttls_begin(&it, scheme, host);
	while (it.want == STARTTLS_SEND || it.want == STARTTLS_MORE) {
		if (it.want == STARTTLS_SEND) {
			if (stream_write(stream, it.out.bytes, it.out.len, why))
				return fault_wrap(why, "STARTTLS");
			starttls_sent(&it);
			continue;
		}
		if (stream_read_exact(stream, &byte, 1, why))
			return fault_wrap(why, it.total ? "STARTTLS"
							: "STARTTLS: not a byte came, as where "
							  "TLS comes first (HOST:PORT)");
		starttls_feed(&it, byte);
	}
	if (it.want == STARTTLS_REFUSED) {
		*why = it.why;
		return -1;
	}
	if (scheme != TARGET_TLS && stream_has_more(stream))
		return fault_set(why, FAULT_PEER, "STARTTLS: bytes behind the go-ahead");
	return 0;
}
