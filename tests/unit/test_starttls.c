/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/limits.h"
#include "src/base/text.h"
#include "src/net/starttls.h"
#include "tests/unit/script.h"
#include "tests/unit/tf_cmocka.h"

#define BYTES(text) text, sizeof(text) - 1

#define MYSQL_GREETING(flags)               \
	"\x27\0\0\0\x0a"                    \
	"8.0\0"                             \
	"\1\0\0\0"                          \
	"saltsalt"                          \
	"\0"                                \
	"\xff" flags "\x21\2\0\xff\xff\x15" \
	"0123456789abc"

#define XMPP_OPEN "<?xml version='1.0'?><stream:stream id='1'>"

/* What Debian 12's servers said: Postfix 3.7, Dovecot 2.3, vsftpd 3.0, slapd 2.5, MariaDB 10.11,
 * Prosody 0.12. */
#define POSTFIX_CLEAR                                                      \
	"220 app.test ESMTP Postfix\r\n250-app.test\r\n250-PIPELINING\r\n" \
	"250-SIZE 10240000\r\n250-VRFY\r\n250-ETRN\r\n"
#define POSTFIX_MORE \
	"250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-DSN\r\n250-SMTPUTF8\r\n250 CHUNKING\r\n"
#define DOVECOT_IMAP(extra)                                                                 \
	"* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE LITERAL+ " extra \
	"AUTH=PLAIN] Dovecot (Debian) ready.\r\n"
#define MARIADB(flags)                                                            \
	"d\0\0\0\n5.5.5-10.11.19-MariaDB-0+deb12u1\0\7\0\0\0th,?8<dc\0\376" flags \
	"\10\2\0\377\201\25\0\0\0\0\0\0\35\0\0\0Dic5{2\"T`f`0\0mysql_native_password\0"
#define PROSODY                                                                       \
	"<?xml version='1.0'?><stream:stream xmlns='jabber:client' id='4c26d3bd' "    \
	"xmlns:stream='http://etherx.jabber.org/streams' xml:lang='en' from='a.test'" \
	" version='1.0'>"
#define XMPP_TLS "urn:ietf:params:xml:ns:xmpp-tls"
#define XMPP_SASL "urn:ietf:params:xml:ns:xmpp-sasl"
#define XMPP_STREAMS "urn:ietf:params:xml:ns:xmpp-streams"

static const struct {
	enum url_scheme scheme;
	const char *talk; /* all that the server says */
	size_t len;
	const char *part; /* NULL: TLS may start */
} rows[] = {
	{URL_HTTPS, BYTES(""), NULL},
	{URL_SMTP, BYTES("220-hi\r\n220 there\r\n250-me\r\n250-STARTTLS\r\n250 OK\r\n220 go\r\n"),
		NULL},
	{URL_SMTP, BYTES("554 no\r\n"), "not the greeting of this protocol: '554 no'"},
	{URL_SMTP, BYTES("220 hi\r\n250 me\r\n502 no\x1b\r\n"), "refused: '502 no\\x1b'"},
	{URL_SMTP, BYTES("220 hi\r\n250 me\r\n220 go\r\n250 injected\r\n"),
		"bytes after the go-ahead"},
	{URL_SMTP, BYTES("220 hi\r\n"), "closed"},
	{URL_IMAP, BYTES(""), "nothing received (for implicit TLS"},
	{URL_IMAP, BYTES("* OK [CAPABILITY] hi\r\n* CAPABILITY x\r\na OK go\r\n"), NULL},
	{URL_IMAP, BYTES("* OK hi\r\na BAD no\r\n"), "refused: 'a BAD no'"},
	{URL_IMAP, BYTES("* BYE\r\n"), "not the greeting"},
	{URL_POP3, BYTES("+OK hi\r\n+OK go\r\n"), NULL},
	{URL_POP3, BYTES("+OK hi\r\n-ERR no\r\n"), "refused: '-ERR no'"},
	{URL_FTP, BYTES("220-a\r\n 12 lines\r\n220 b\r\n234 go\r\n"), NULL},
	{URL_FTP, BYTES("220 b\r\n500 no\r\n"), "refused: '500 no'"},
	{URL_LDAP, BYTES("\x30\x0c\2\1\1\x78\7\x0a\1\0\4\0\4\0"), NULL},
	{URL_LDAP, BYTES("\x30\x84\0\0\0\x10\2\1\1\x78\x84\0\0\0\7\x0a\1\0\4\0\4\0"), NULL},
	{URL_LDAP, BYTES("\x30\x0c\2\1\1\x78\7\x0a\1\2\4\0\4\0"), "offers no TLS"},
	{URL_LDAP, BYTES("\x30\x0c\2\1\1\x78\7\x0a\1\x34\4\0\4\0"), "refused: result code 52"},
	{URL_LDAP, BYTES("\x30\x84\0\1\0\0"), "not an LDAP answer"},
	{URL_LDAP, BYTES("\x30\3\2\1\1"), "not an LDAP answer"},
	{URL_LDAP, BYTES("\x30\x80"), "not an LDAP answer"},
	{URL_LDAP, BYTES("\x30\x80\1\1\1\1\1"), "not an LDAP answer"},
	{URL_LDAP, BYTES("HTTP"), "not an LDAP answer: 'HT'"},
	{URL_POSTGRES, BYTES("S"), NULL},
	{URL_POSTGRES, BYTES("N"), "offers no TLS"},
	{URL_POSTGRES, BYTES("E"), "not a PostgreSQL server: 'E'"},
	{URL_POSTGRES, BYTES("SX"), "bytes after the go-ahead"},
	{URL_MYSQL, BYTES(MYSQL_GREETING("\xff")), NULL},
	{URL_MYSQL, BYTES(MYSQL_GREETING("\xf7")), "offers no TLS"},
	{URL_MYSQL, BYTES("\5\0\0\0\xff\x15\4no"), "the MySQL server refused: 'no'"},
	{URL_MYSQL, BYTES("\xff\xff\xff\0x"), "not a MySQL greeting"},
	{URL_MYSQL, BYTES("\0\0\0\0"), "not a MySQL greeting"},
	{URL_XMPP,
		BYTES(XMPP_OPEN "<stream:features><starttls xmlns='urn'/></stream:features>"
				"<proceed xmlns='urn'/>"),
		NULL},
	{URL_XMPP,
		BYTES(XMPP_OPEN "<stream:features><starttls><required/></starttls>"
				"</stream:features><proceed xmlns='urn'></proceed>"),
		NULL},
	{URL_XMPP, BYTES(XMPP_OPEN "<stream:features><bind/></stream:features>"), "offers no TLS"},
	{URL_XMPP, BYTES(XMPP_OPEN "<stream:features/>"), "offers no TLS"},
	{URL_XMPP, BYTES(XMPP_OPEN "<stream:error><x/></stream:error>"), "refused"},
	{URL_XMPP,
		BYTES(XMPP_OPEN "<stream:features><starttls/></stream:features>"
				"<failure xmlns='urn'/></stream:stream>"),
		"refused"},
	{URL_XMPP,
		BYTES(XMPP_OPEN "<features><starttls/></features><proceed xmlns='" XMPP_TLS "'/>"),
		NULL},
	{URL_SMTP, BYTES(POSTFIX_CLEAR "250-STARTTLS\r\n" POSTFIX_MORE "220 2.0.0 Ready\r\n"),
		NULL},
	{URL_SMTP, BYTES(POSTFIX_CLEAR POSTFIX_MORE "502 5.5.1 Error: command not\r\n"),
		"STARTTLS: refused: '502 5.5.1 Error: command not'"},
	{URL_SMTP, BYTES(DOVECOT_IMAP("STARTTLS ")), "not the greeting of this protocol: '* OK"},
	{URL_FTP, BYTES(DOVECOT_IMAP("")), "not the greeting of this protocol: '* OK"},
	{URL_FTP, BYTES("220-Welcome\r\n220- 12\r\n220-220 is\r\n220-\r\n220 \r\n234 Proceed\r\n"),
		NULL},
	{URL_FTP, BYTES("220 Welcome\r\n530 Please login with USER and PASS.\r\n"),
		"refused: '530 Please login"},
	{URL_IMAP, BYTES(DOVECOT_IMAP("STARTTLS ") "a OK Begin TLS negotiation now.\r\n"), NULL},
	{URL_IMAP, BYTES(DOVECOT_IMAP("") "a BAD TLS support isn't enabled.\r\n"),
		"refused: 'a BAD TLS support isn't enabled.'"},
	{URL_POP3, BYTES("+OK Dovecot ready.\r\n-ERR TLS support isn't enabled.\r\n"),
		"refused: '-ERR TLS support isn't enabled.'"},
	{URL_LDAP,
		BYTES("0*\2\1\1x%\n\1\2\4\0\4\36"
		      "unsupported extended operation"),
		"STARTTLS: the LDAP server offers no TLS$"},
	{URL_MYSQL, BYTES(MARIADB("\377")), NULL},
	{URL_MYSQL, BYTES(MARIADB("\367")), "STARTTLS: the MySQL server offers no TLS$"},
	{URL_XMPP,
		BYTES(PROSODY "<stream:features><starttls xmlns='" XMPP_TLS
			      "'><required/></starttls>"
			      "</stream:features><proceed xmlns='" XMPP_TLS "'/>"),
		NULL},
	{URL_XMPP,
		BYTES(PROSODY "<stream:features><mechanisms xmlns='" XMPP_SASL "'><mechanism>PLAIN"
			      "</mechanism></mechanisms></stream:features>"),
		"STARTTLS: the XMPP server offers no TLS$"},
	{URL_XMPP,
		BYTES(PROSODY "<stream:error><host-unknown xmlns='" XMPP_STREAMS
			      "'/></stream:error></stream:stream>"),
		"STARTTLS: the XMPP server refused: '<stream:error><host-unknown"},
};

/* A '$' at the end of `part`: nothing follows. */
static void assert_told(const char *text, const char *part)
{
	size_t len = strcspn(part, "$");

	assert_int_equal(strncmp(text, part, len), 0);
	assert_true(part[len] == '\0' || text[len] == '\0');
}

static void each_dialect_comes_to_its_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stream stream;
		struct fault why = FAULT_INIT;
		size_t len;
		int rc;

		script_open(&stream, rows[i].talk, rows[i].len);
		rc = starttls_run(&stream, rows[i].scheme, "a.test", &why);
		script_close(&stream, &len);
		if (!rows[i].part)
			assert_ok(rc, &why);
		else if (text_starts(rows[i].part, "STARTTLS"))
			assert_told(why.text, rows[i].part);
		else
			assert_fault(rc, &why, FAULT_PEER, rows[i].part);
	}
}

static void what_is_sent_is_what_the_protocols_want(void **state)
{
	static const struct {
		enum url_scheme scheme;
		const char *talk;
		const char *sent;
		size_t len;
	} sends[] = {
		{URL_SMTP, "220 a\r\n250 b\r\n220 c\r\n",
			BYTES("EHLO trustfix.invalid\r\nSTARTTLS\r\n")},
		{URL_IMAP, "* OK a\r\na OK\r\n", BYTES("a STARTTLS\r\n")},
		{URL_POP3, "+OK\r\n+OK\r\n", BYTES("STLS\r\n")},
		{URL_FTP, "220 a\r\n234 b\r\n", BYTES("AUTH TLS\r\n")},
		{URL_POSTGRES, "S", BYTES("\0\0\0\x08\4\xd2\x16\x2f")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sends) / sizeof(sends[0]); i++) {
		struct stream stream;
		struct fault why = FAULT_INIT;
		const char *sent;
		size_t len;

		script_open(&stream, sends[i].talk, strlen(sends[i].talk));
		assert_ok(starttls_run(&stream, sends[i].scheme, "a.test", &why), &why);
		sent = script_close(&stream, &len);
		assert_bytes(sent, len, sends[i].sent, sends[i].len);
	}
}

static void endless_talk_has_an_end(void **state)
{
	static char talk[LIMIT_STARTTLS_BYTES + 2];

	(void)state;
	for (unsigned scheme = URL_SMTP; scheme < URL_SCHEMES; scheme++) {
		struct stream stream;
		struct fault why = FAULT_INIT;
		size_t len;

		memset(talk, 'a', sizeof(talk));
		if (scheme == URL_XMPP)
			memset(talk, '>', sizeof(talk));
		script_open(&stream, talk, sizeof(talk));
		assert_int_equal(starttls_run(&stream, scheme, "a.test", &why), -1);
		script_close(&stream, &len);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_dialect_comes_to_its_end),
		cmocka_unit_test(what_is_sent_is_what_the_protocols_want),
		cmocka_unit_test(endless_talk_has_an_end),
	};

	return run_group("starttls", tests);
}
