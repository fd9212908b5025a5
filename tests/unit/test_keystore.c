/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for every format, over what keytool made; and keytool over what we made. */
#include "tests/unit/tf_cmocka.h"

#include <unistd.h>

#include "src/base/limits.h"
#include "src/sys/spawn.h"
#include "stores/java/keystore.h"
#include "tests/unit/golden.h"
#include "tests/unit/make_cert.h"
#include "tests/unit/scratch.h"

#define WHEN 1700000000

static struct made new_root;

static struct buf add(const struct keystore_source *source, struct cert *cert, const char *alias)
{
	struct buf out = buf_make(LIMIT_FILE_BYTES);
	struct fault why = FAULT_INIT;

	assert_ok(golden_add(source, cert, alias, WHEN, &out, &why), &why);
	return out;
}

static struct buf take_out(const struct keystore_source *source, const struct cert *cert)
{
	struct buf out = buf_make(LIMIT_FILE_BYTES);
	struct fault why = FAULT_INIT;

	assert_ok(golden_remove(source, cert->sha256, &out, &why), &why);
	return out;
}

static struct certs read_certs(
	const struct keystore_source *source, struct keystore_facts *ret_facts)
{
	struct certs certs = CERTS_INIT;
	struct fault why = FAULT_INIT;

	assert_ok(keystore_read(source, ret_facts, &certs, &why), &why);
	return certs;
}

static void what_keytool_wrote_is_read(void **state)
{
	(void)state;
	for (const struct golden *it = goldens; it->name; it++) {
		auto_opened file = {0};
		auto_certs certs = CERTS_INIT;
		struct keystore_facts facts;

		golden_open(it->name, it->password, &file);
		certs = read_certs(&file.source, &facts);
		if (facts.format != it->format || facts.has_password != it->has_password ||
			facts.opens_without != it->opens_without ||
			facts.entries_n != it->entries_n || certs.n != it->certs_n)
			fail_msg("%s: %s, %d, %d, %zu entries, %zu certificates", it->name,
				keystore_format_name(facts.format), facts.has_password,
				facts.opens_without, facts.entries_n, certs.n);
	}
}

static void an_added_certificate_is_the_last_and_the_rest_stays(void **state)
{
	(void)state;
	for (const struct golden *it = goldens; it->name; it++) {
		auto_opened file = {0};
		auto_certs before = CERTS_INIT, after = CERTS_INIT;
		auto_buf made = {0};
		struct keystore_source source;
		struct keystore_facts facts;

		golden_open(it->name, it->password, &file);
		made = add(&file.source, new_root.cert, "trustfix-0");
		source = golden_source(&file, &made);
		before = read_certs(&file.source, NULL);
		after = read_certs(&source, &facts);
		assert_int_equal(facts.has_password, it->has_password);
		assert_int_equal(facts.opens_without, it->opens_without);
		assert_int_equal(facts.entries_n, it->entries_n + 1);
		assert_int_equal(after.n, before.n + 1);
		for (size_t i = 0; i < before.n; i++)
			assert_true(cert_same(before.at[i], after.at[i]));
		assert_true(cert_same(after.at[before.n], new_root.cert));
	}
}

static void adding_and_removing_gives_the_same_bytes(void **state)
{
	(void)state;
	for (const struct golden *it = goldens; it->name; it++) {
		auto_opened file = {0};
		auto_buf made = {0}, back = {0};
		struct keystore_source source;

		golden_open(it->name, it->password, &file);
		made = add(&file.source, new_root.cert, "trustfix-0");
		source = golden_source(&file, &made);
		back = take_out(&source, new_root.cert);
		assert_bytes(back.bytes, back.len, file.bytes.bytes, file.bytes.len);
	}
}

static void what_is_there_is_not_added_and_what_is_not_there_not_removed(void **state)
{
	(void)state;
	for (const struct golden *it = goldens; it->name; it++) {
		auto_opened file = {0};
		auto_certs certs = CERTS_INIT;
		auto_buf same = {0};

		golden_open(it->name, it->password, &file);
		certs = read_certs(&file.source, NULL);
		if (it->is_slow || certs.n == 0)
			continue;
		same = add(&file.source, certs.at[1], "another-alias");
		assert_bytes(same.bytes, same.len, file.bytes.bytes, file.bytes.len);
		buf_free(&same);
		same = take_out(&file.source, new_root.cert);
		assert_bytes(same.bytes, same.len, file.bytes.bytes, file.bytes.len);
	}
}

static void removing_one_leaves_the_others(void **state)
{
	(void)state;
	for (const struct golden *it = goldens; it->name; it++) {
		auto_opened file = {0};
		auto_certs before = CERTS_INIT;

		golden_open(it->name, it->password, &file);
		before = read_certs(&file.source, NULL);
		for (size_t i = 0; i < before.n; i++) {
			auto_buf made = take_out(&file.source, before.at[i]);
			struct keystore_source source = golden_source(&file, &made);
			struct keystore_facts facts;
			auto_certs after = read_certs(&source, &facts);

			assert_int_equal(after.n, before.n - 1);
			assert_int_equal(facts.entries_n, it->entries_n - 1);
			assert_false(certs_hold(&after, before.at[i]));
		}
	}
}

/* Down to nothing and up again: password and protection are as they were. */
static void an_emptied_store_keeps_its_protection(void **state)
{
	(void)state;
	for (const struct golden *it = goldens; it->name; it++) {
		auto_opened file = {0};
		auto_certs certs = CERTS_INIT;
		auto_buf now = {0};
		struct keystore_source source;
		struct keystore_facts facts;

		golden_open(it->name, it->password, &file);
		if (it->is_slow)
			continue;
		certs = read_certs(&file.source, NULL);
		source = file.source;
		for (size_t i = 0; i < certs.n; i++) {
			struct buf next = take_out(&source, certs.at[i]);

			buf_free(&now);
			now = next;
			source = golden_source(&file, &now);
		}
		if (certs.n) {
			struct buf next = add(&source, certs.at[0], "one");

			buf_free(&now);
			now = next;
			source = golden_source(&file, &now);
		}
		certs_free(&certs);
		certs = read_certs(&source, &facts);
		assert_int_equal(certs.n, it->certs_n ? 1 : 0);
		assert_int_equal(facts.has_password, it->has_password);
		assert_int_equal(facts.opens_without, it->opens_without);
	}
}

static void a_taken_alias_gets_a_number(void **state)
{
	static const char utf16[] = "\0o\0n\0e\0-\0001";

	(void)state;
	for (const struct golden *it = goldens; it->name; it++) {
		auto_opened file = {0};
		auto_buf made = {0};

		if (it->certs_n == 0 || (it->format == KEYSTORE_PKCS12 && it->has_password))
			continue;
		golden_open(it->name, it->password, &file);
		made = add(&file.source, new_root.cert, "one");
		assert_true(it->format == KEYSTORE_PKCS12
				    ? golden_holds(&made, utf16, sizeof(utf16) - 1)
				    : golden_holds(&made, "one-1", 5));
	}
}

static void the_output_is_appended(void **state)
{
	auto_buf out = buf_make(LIMIT_FILE_BYTES);
	auto_opened file = {0};
	struct keystore_source source;
	struct fault why = FAULT_INIT;

	(void)state;
	for (const struct golden *it = goldens; it->name; it++) {
		if (it->is_slow)
			continue;
		opened_free(&file);
		golden_open(it->name, it->password, &file);
		buf_clear(&out);
		buf_add_text(&out, "front");
		assert_ok(golden_add(&file.source, new_root.cert, "a", WHEN, &out, &why), &why);
		assert_memory_equal(out.bytes, "front", 5);
		source = file.source;
		source.bytes = out.bytes + 5;
		source.len = out.len - 5;
		assert_ok(keystore_read(&source, NULL, NULL, &why), &why);
	}
}

static void every_prefix_is_refused(void **state)
{
	(void)state;
	for (const struct golden *it = goldens; it->name; it++) {
		auto_opened file = {0};

		golden_open(it->name, it->password, &file);
		for (size_t len = 0; len < file.bytes.len; len++) {
			auto_free uint8_t *copy = malloc(len ? len : 1);
			struct keystore_source source =
				(struct keystore_source){copy, len, &file.passwords, NULL};
			struct fault why = FAULT_INIT;

			memcpy(copy, file.bytes.bytes, len);
			assert_fault(
				keystore_read(&source, NULL, NULL, &why), &why, FAULT_FORMAT, "");
		}
	}
}

/* What has a MAC says so; what has none may read, and must not crash. */
static void every_flipped_byte_is_noticed_or_read(void **state)
{
	(void)state;
	for (const struct golden *it = goldens; it->name; it++) {
		auto_opened file = {0};

		golden_open(it->name, it->password, &file);
		if (it->format == KEYSTORE_PKCS12 && it->has_password &&
			strcmp(it->name, "p12-fast") != 0)
			continue;
		for (size_t i = 0; i < file.bytes.len; i++) {
			struct fault why = FAULT_INIT;
			int rc;

			file.bytes.bytes[i] ^= 0x41;
			rc = keystore_read(&file.source, NULL, NULL, &why);
			if (rc == 0 && it->format != KEYSTORE_PKCS12)
				fail_msg("%s: byte %zu was not missed", it->name, i);
			file.bytes.bytes[i] ^= 0x41;
		}
	}
}

static void a_wrong_password_is_one_sentence(void **state)
{
	(void)state;
	for (const struct golden *it = goldens; it->name; it++) {
		auto_opened file = {0};
		auto_names wrong = NAMES_INIT;
		auto_buf out = buf_make(LIMIT_FILE_BYTES);
		struct fault why = FAULT_INIT;

		golden_open(it->name, it->password, &file);
		if (!it->has_password)
			continue;
		file.source.passwords = &wrong;
		assert_fault(keystore_read(&file.source, NULL, NULL, &why), &why, FAULT_REFUSED,
			"no password ");
		assert_ok(names_add(&wrong, "nope", &why), &why);
		assert_fault(golden_add(&file.source, new_root.cert, "a", WHEN, &out, &why), &why,
			FAULT_REFUSED, "no password ");
		assert_int_equal(out.len, 0);
	}
}

#define BOUNCY(version) "\0\0\0" version "\0\0\0\24salt salt salt salt \0\0\4\0"
#define TEXT(bytes) bytes, sizeof(bytes) - 1

static const struct {
	const char *bytes;
	size_t len;
	const char *text;
} strangers[] = {
	{TEXT(""), "it is empty"},
	{TEXT("hello, world"), "not a keystore of a supported format"},
	{TEXT("-----BEGIN CERTIFICATE-----\n"), "not a keystore of a supported format"},
	{TEXT("\x30\x82\x01\x00\x30\x81\xc0\xa0\x03\x02\x01\x02"),
		"not a keystore of a supported format"},
	{TEXT(BOUNCY("\2") "\1\0\3one\0\0\1\x92"), "not a keystore of a supported format"},
	{TEXT(BOUNCY("\1") "\0digest digest digest"), "not a keystore of a supported format"},
	{TEXT(BOUNCY("\1") "\x9f\x11\x52\xe2\xd0\x77\x31\x05"),
		"not a keystore of a supported format"},
	{TEXT("\x30\x82\x01\x00\x30\x81\xc0\x30\x59\x06\x09\x2a\x86\x48"),
		"not a keystore of a supported format"},
	{TEXT("# list\n/* of\n stores */ // two\ndomain app {\n"),
		"not a keystore of a supported format"},
	{TEXT("kych\0\1\0\0"), "not a keystore of a supported format"},
	{TEXT("domainless"), "not a keystore of a supported format"},
	{TEXT("/* domain"), "not a keystore of a supported format"},
};

static void other_formats_are_refused(void **state)
{
	const struct names none = NAMES_INIT;
	struct fault why = FAULT_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		struct keystore_source source = (struct keystore_source){
			(const uint8_t *)strangers[i].bytes, strangers[i].len, &none, NULL};

		assert_fault(keystore_read(&source, NULL, NULL, &why), &why, FAULT_FORMAT,
			strangers[i].text);
	}
}

static void a_huge_file_is_refused(void **state)
{
	const struct names none = NAMES_INIT;
	struct keystore_source source =
		(struct keystore_source){(const uint8_t *)"", (size_t)1 << 30, &none, NULL};
	struct fault why = FAULT_INIT;

	(void)state;
	assert_fault(keystore_read(&source, NULL, NULL, &why), &why, FAULT_LIMIT, "larger than");
}

static const char *const keytools[] = {
	"/usr/lib/jvm/java-17-openjdk-amd64/bin/keytool",
	"/usr/lib/jvm/temurin-25-jdk-amd64/bin/keytool",
};

static void list_with(const char *keytool, const char *path, const struct golden *it)
{
	const char *const argv[] = {keytool, "-list", "-v", "-keystore", path, "-storepass",
		*it->password ? it->password : "changeit", NULL};
	const char *const envp[] = {"LC_ALL=C.UTF-8", NULL};
	const struct spawn spawn = {.argv = argv, .envp = envp, .cwd = ".", .timeout_ms = 60000};
	auto_buf out = buf_make(LIMIT_CHILD_OUTPUT);
	struct fault why = FAULT_INIT;
	char wanted[64];

	if (spawn_run(&spawn, &out, &why) < 0)
		fail_msg("%s: %s: %s", it->name, why.text, buf_text(&out));
	snprintf(wanted, sizeof(wanted), "contains %zu entries", it->entries_n + 1);
	if (!strstr(buf_text(&out), wanted) || !strstr(buf_text(&out), "Alias name: trustfix-0") ||
		!strstr(buf_text(&out), "CN=Added"))
		fail_msg("%s: keytool sees %s", it->name, buf_text(&out));
}

/* One of each kind: a JVM starts slowly. */
static const char *const listed[] = {"jks-25", "jks-umlaut", "jceks-17", "p12-17", "p12-legacy-17",
	"p12-open-25", "p12-mac-17", "p12-no-mac-25"};

static bool is_listed(const char *name)
{
	for (size_t i = 0; i < sizeof(listed) / sizeof(listed[0]); i++)
		if (strcmp(listed[i], name) == 0)
			return true;
	return false;
}

static void list_all_with(const char *keytool)
{
	char *dir = scratch_make();

	for (const struct golden *it = goldens; it->name; it++) {
		const char *path = scratch_path(dir, it->name);
		auto_opened file = {0};
		auto_buf made = {0};
		auto_file out = NULL;

		if (!is_listed(it->name))
			continue;
		golden_open(it->name, it->password, &file);
		made = add(&file.source, new_root.cert, "trustfix-0");
		out = fopen(path, "wb");
		assert_non_null(out);
		assert_int_equal(fwrite(made.bytes, 1, made.len, out), made.len);
		assert_int_equal(fflush(out), 0);
		list_with(keytool, path, it);
	}
	scratch_remove(dir);
}

static void keytool_lists_what_we_wrote(void **state)
{
	bool is_here = false;

	(void)state;
	for (size_t i = 0; i < sizeof(keytools) / sizeof(keytools[0]); i++) {
		if (access(keytools[i], X_OK) != 0)
			continue;
		is_here = true;
		list_all_with(keytools[i]);
	}
	if (!is_here)
		skip();
}

static int make_root(void **state)
{
	(void)state;
	new_root = make_cert(&(struct recipe){.cn = "Added", .is_ca = true});
	return 0;
}

static int free_root(void **state)
{
	(void)state;
	made_free(&new_root);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_keytool_wrote_is_read),
		cmocka_unit_test(an_added_certificate_is_the_last_and_the_rest_stays),
		cmocka_unit_test(adding_and_removing_gives_the_same_bytes),
		cmocka_unit_test(what_is_there_is_not_added_and_what_is_not_there_not_removed),
		cmocka_unit_test(removing_one_leaves_the_others),
		cmocka_unit_test(an_emptied_store_keeps_its_protection),
		cmocka_unit_test(a_taken_alias_gets_a_number),
		cmocka_unit_test(the_output_is_appended),
		cmocka_unit_test(every_prefix_is_refused),
		cmocka_unit_test(every_flipped_byte_is_noticed_or_read),
		cmocka_unit_test(a_wrong_password_is_one_sentence),
		cmocka_unit_test(other_formats_are_refused),
		cmocka_unit_test(a_huge_file_is_refused),
		cmocka_unit_test(keytool_lists_what_we_wrote),
	};

	return _cmocka_run_group_tests(
		"keystore", tests, sizeof(tests) / sizeof(tests[0]), make_root, free_root);
}
