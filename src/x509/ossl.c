/* SPDX-License-Identifier: Apache-2.0 */
/* ERR_load_ASN1_strings() and similar functions are deprecated: OpenSSL loads all texts at once by
 * itself. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "src/x509/ossl.h"

#include <openssl/err.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "src/base/limits.h"
#include "src/base/text.h"

void ossl_start(bool reads_keys)
{
	/* Nothing needs freeing at exit. */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT |
				    (reads_keys ? 0
						: OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS |
							    OPENSSL_INIT_NO_ADD_ALL_CIPHERS),
		NULL);
}

/* Load the error texts that ossl_start() told OpenSSL not to load. */
static void load_reasons(void)
{
	static int (*const loaders[])(void) = {ERR_load_ERR_strings, ERR_load_ASN1_strings,
		ERR_load_BIO_strings, ERR_load_BN_strings, ERR_load_CRYPTO_strings,
		ERR_load_DH_strings, ERR_load_DSA_strings, ERR_load_EC_strings,
		ERR_load_EVP_strings, ERR_load_OBJ_strings, ERR_load_PEM_strings,
		ERR_load_PKCS12_strings, ERR_load_PKCS7_strings, ERR_load_RAND_strings,
		ERR_load_RSA_strings, ERR_load_X509V3_strings, ERR_load_X509_strings};

	for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]); i++)
		loaders[i]();
}

const char *ossl_reason(unsigned long code, char room[static OSSL_REASON_LEN])
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	const char *text;

	if (!code)
		return NULL;
	pthread_once(&once, load_reasons);
	text = ERR_reason_error_string(code);
	if (text)
		return text;
	snprintf(room, OSSL_REASON_LEN, "OpenSSL error %lx", code);
	return room;
}

int fault_ossl(struct fault *why, const char *fmt, ...)
{
	char context[FAULT_TEXT_LEN / 2], room[OSSL_REASON_LEN];
	unsigned long oldest = ERR_get_error(); /* the cause */
	const char *reason = ossl_reason(oldest, room);
	bool nomem = false;
	va_list args;

	for (unsigned long code = oldest; code; code = ERR_get_error())
		nomem |= ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
	if (nomem)
		return fault_nomem(why);
	va_start(args, fmt);
	vsnprintf(context, sizeof(context), fmt, args);
	va_end(args);
	return fault_set(
		why, FAULT_FORMAT, "%s%s%s", context, reason ? ": " : "", reason ? reason : "");
}

int fault_ossl_lacks(struct fault *why, const char *text)
{
	if (ERR_GET_REASON(ERR_peek_error()) == ERR_R_UNSUPPORTED)
		return fault_ossl(why, "%s", text);
	ERR_clear_error();
	return fault_nomem(why);
}

const ASN1_STRING *ossl_last_attribute(const X509_NAME *name, int nid)
{
	int at = -1, last = -1;

	while ((at = X509_NAME_get_index_by_NID(name, nid, at)) >= 0)
		last = at;
	return last < 0 ? NULL : X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, last));
}

/* text_printable() does the escaping for terminals. */
#define NAME_FLAGS (XN_FLAG_ONELINE & ~(ASN1_STRFLGS_ESC_MSB | ASN1_STRFLGS_ESC_CTRL))

char *ossl_name_text(const X509_NAME *name)
{
	auto_BIO out = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len;

	if (!out)
		return NULL;
	if (name && X509_NAME_print_ex(out, name, 0, NAME_FLAGS) < 0)
		return NULL;
	len = BIO_get_mem_data(out, &text);
	return text_printable(text ? text : "", (size_t)len, LIMIT_NAME_SHOWN);
}
