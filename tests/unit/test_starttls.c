/* SPDX-License-Identifier: Apache-2.0 */
#include "src/base/limits.h"
#include "src/peer/starttls.h"
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

static const struct {
	enum target_scheme scheme;
	const char *talk; /* all that the server says */
	size_t len;
	const char *part; /* NULL: TLS may start */
} rows[] = {
	{TARGET_TLS, BYTES(""), NULL},
	{TARGET_SMTP,
		BYTES("220-hi\r\n220 there\r\n250-me\r\n250-STARTTLS\r\n250 OK\r\n220 go\r\n"),
		NULL},
	{TARGET_SMTP, BYTES("554 no\r\n"), "not the greeting of this protocol: '554 no'"},
	{TARGET_SMTP, BYTES("220 hi\r\n250 me\r\n502 no\x1b\r\n"), "refused: '502 no\\x1b'"},
	{TARGET_SMTP, BYTES("220 hi\r\n250 me\r\n220 go\r\n250 injected\r\n"), "bytes behind"},
	{TARGET_SMTP, BYTES("220 hi\r\n"), "closed"},
	{TARGET_IMAP, BYTES("* OK [CAPABILITY] hi\r\n* CAPABILITY x\r\na OK go\r\n"), NULL},
	{TARGET_IMAP, BYTES("* OK hi\r\na BAD no\r\n"), "refused: 'a BAD no'"},
	{TARGET_IMAP, BYTES("* BYE\r\n"), "not the greeting"},
	{TARGET_POP3, BYTES("+OK hi\r\n+OK go\r\n"), NULL},
	{TARGET_POP3, BYTES("+OK hi\r\n-ERR no\r\n"), "refused: '-ERR no'"},
	{TARGET_FTP, BYTES("220-a\r\n 12 lines\r\n220 b\r\n234 go\r\n"), NULL},
	{TARGET_FTP, BYTES("220 b\r\n500 no\r\n"), "refused: '500 no'"},
	{TARGET_LDAP, BYTES("\x30\x0c\2\1\1\x78\7\x0a\1\0\4\0\4\0"), NULL},
	{TARGET_LDAP, BYTES("\x30\x84\0\0\0\x10\2\1\1\x78\x84\0\0\0\7\x0a\1\0\4\0\4\0"), NULL},
	{TARGET_LDAP, BYTES("\x30\x0c\2\1\1\x78\7\x0a\1\2\4\0\4\0"), "offers none"},
	{TARGET_LDAP, BYTES("\x30\x80"), "closed"},
	{TARGET_LDAP, BYTES("\x30\x80\1\1\1\1\1"), "no LDAP answer"},
	{TARGET_LDAP, BYTES("HTTP"), "no LDAP answer"},
	{TARGET_POSTGRES, BYTES("S"), NULL},
	{TARGET_POSTGRES, BYTES("N"), "offers none"},
	{TARGET_POSTGRES, BYTES("E"), "no PostgreSQL"},
	{TARGET_POSTGRES, BYTES("SX"), "bytes behind"},
	{TARGET_MYSQL, BYTES(MYSQL_GREETING("\xff")), NULL},
	{TARGET_MYSQL, BYTES(MYSQL_GREETING("\xf7")), "offers none"},
	{TARGET_MYSQL, BYTES("\5\0\0\0\xff\x15\4no"), "no MySQL greeting"},
	{TARGET_MYSQL, BYTES("\xff\xff\xff\0x"), "no MySQL greeting"},
	{TARGET_MYSQL, BYTES("\0\0\0\0"), "no MySQL greeting"},
	{TARGET_XMPP,
		BYTES(XMPP_OPEN "<stream:features><starttls xmlns='urn'/></stream:features>"
				"<proceed xmlns='urn'/>"),
		NULL},
	{TARGET_XMPP,
		BYTES(XMPP_OPEN "<stream:features><starttls><required/></starttls>"
				"</stream:features><proceed xmlns='urn'></proceed>"),
		NULL},
	{TARGET_XMPP, BYTES(XMPP_OPEN "<stream:features><bind/></stream:features>"), "offers none"},
	{TARGET_XMPP, BYTES(XMPP_OPEN "<stream:features/>"), "offers none"},
	{TARGET_XMPP, BYTES(XMPP_OPEN "<stream:error><x/></stream:error>"), "refused"},
	{TARGET_XMPP,
		BYTES(XMPP_OPEN "<stream:features><starttls/></stream:features>"
				"<failure xmlns='urn'/></stream:stream>"),
		"refused"},
};

static void each_dialect_comes_to_its_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct wire wire;
		struct fault why = FAULT_INIT;
		size_t len;
		int rc;

		script_open(&wire, rows[i].talk, rows[i].len);
		rc = starttls_run(&wire, rows[i].scheme, "a.test", &why);
		script_close(&wire, &len);
		if (!rows[i].part)
			assert_ok(rc, &why);
		else
			assert_fault(rc, &why, FAULT_PEER, rows[i].part);
	}
}

static void what_is_sent_is_what_the_protocols_want(void **state)
{
	static const struct {
		enum target_scheme scheme;
		const char *talk;
		const char *sent;
		size_t len;
	} sends[] = {
		{TARGET_SMTP, "220 a\r\n250 b\r\n220 c\r\n",
			BYTES("EHLO trustfix.invalid\r\nSTARTTLS\r\n")},
		{TARGET_IMAP, "* OK a\r\na OK\r\n", BYTES("a STARTTLS\r\n")},
		{TARGET_POP3, "+OK\r\n+OK\r\n", BYTES("STLS\r\n")},
		{TARGET_FTP, "220 a\r\n234 b\r\n", BYTES("AUTH TLS\r\n")},
		{TARGET_POSTGRES, "S", BYTES("\0\0\0\x08\4\xd2\x16\x2f")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sends) / sizeof(sends[0]); i++) {
		struct wire wire;
		struct fault why = FAULT_INIT;
		const char *sent;
		size_t len;

		script_open(&wire, sends[i].talk, strlen(sends[i].talk));
		assert_ok(starttls_run(&wire, sends[i].scheme, "a.test", &why), &why);
		sent = script_close(&wire, &len);
		assert_bytes(sent, len, sends[i].sent, sends[i].len);
	}
}

static void endless_talk_has_an_end(void **state)
{
	static char talk[LIMIT_STARTTLS_BYTES + 2];

	(void)state;
	for (unsigned scheme = TARGET_SMTP; scheme < TARGET_SCHEMES; scheme++) {
		struct wire wire;
		struct fault why = FAULT_INIT;
		size_t len;

		memset(talk, 'a', sizeof(talk));
		if (scheme == TARGET_XMPP)
			memset(talk, '>', sizeof(talk));
		script_open(&wire, talk, sizeof(talk));
		assert_int_equal(starttls_run(&wire, scheme, "a.test", &why), -1);
		script_close(&wire, &len);
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
