/* SPDX-License-Identifier: Apache-2.0 */
#include "src/diagnose/owner.h"
#include "tests/unit/tf_cmocka.h"

static const struct {
	const char *host;
	const char *owner; /* NULL: private */
} names[] = {
	{"www.example.com", "example.com"},
	{"example.com", "example.com"},
	{"WWW.Example.ORG", "Example.ORG"},
	{"a.b.example.co.uk", "example.co.uk"},
	{"me.github.io", "me.github.io"},
	{"a.xn--mnchen-3ya.de", "xn--mnchen-3ya.de"},
	{"www.example.com.", NULL},
	{"me.blogspot.com", "me.blogspot.com"},
	{"a.x.kawasaki.jp", "a.x.kawasaki.jp"},
	{"b.city.kawasaki.jp", "city.kawasaki.jp"},
	{"DB.XN--P1AI", "DB.XN--P1AI"},
	{"x.kawasaki.jp", NULL},
	{"db.", NULL},
	{"wiki.corp.", NULL},
	{"DB.INTERNAL", NULL},
	{"a.b.c.nosuchtld", NULL},
	{"1.0.0.127.in-addr.arpa", NULL},
	{"app.localhost", NULL},
	{"x.alt", NULL},
	{"co.uk", NULL},
	{"github.io", NULL},
	{"db", NULL},
	{"", NULL},
	{"db.internal", NULL},
	{"wiki.internal", NULL},
	{"wiki.corp.lan", NULL},
	{"nas.local", NULL},
	{"mail.corp", NULL},
	{"nas.home.arpa", NULL},
	{"app.test", NULL},
	{"app.example", NULL},
	{"x.y.onion", NULL},
	{".", NULL},
	{"a..b", NULL},
};

static void names_of_a_registry_have_an_owner(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(owner_of(names[i].host, false),
			names[i].owner ? names[i].owner : owner_private);
}

static void addresses_prove_nothing(void **state)
{
	(void)state;
	assert_ptr_equal(owner_of("192.0.2.1", true), owner_private);
	assert_ptr_equal(owner_of("2001:db8::1", true), owner_private);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_of_a_registry_have_an_owner),
		cmocka_unit_test(addresses_prove_nothing),
	};

	return run_group("owner", tests);
}
