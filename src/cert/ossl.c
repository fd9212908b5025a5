/* SPDX-License-Identifier: Apache-2.0 */
#include "src/cert/ossl.h"

#include <openssl/err.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "src/base/cleanup.h"
#include "src/base/limits.h"
#include "src/base/text.h"

void ossl_start(void)
{
	/* What exit() frees needs no freeing. */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL);
}

/* Empty the queue; the oldest code, which is the cause, and whether memory ran out anywhere in it.
 */
static unsigned long drain(bool *ret_nomem)
{
	unsigned long oldest = ERR_get_error();

	*ret_nomem = false;
	for (unsigned long code = oldest; code; code = ERR_get_error())
		if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
			*ret_nomem = true;
	return oldest;
}

int fault_ossl(struct fault *why, const char *fmt, ...)
{
	char context[FAULT_TEXT_LEN / 2];
	bool nomem;
	unsigned long code = drain(&nomem);
	const char *reason = ERR_reason_error_string(code);
	va_list args;

	if (nomem)
		return fault_nomem(why);
	va_start(args, fmt);
	vsnprintf(context, sizeof(context), fmt, args);
	va_end(args);
	if (!code)
		return fault_set(why, FAULT_FORMAT, "%s", context);
	if (!reason)
		return fault_set(why, FAULT_FORMAT, "%s: OpenSSL error %lx", context, code);
	return fault_set(why, FAULT_FORMAT, "%s: %s", context, reason);
}

int fault_ossl_lacks(struct fault *why, const char *text)
{
	if (ERR_GET_REASON(ERR_peek_error()) == ERR_R_UNSUPPORTED)
		return fault_ossl(why, "%s", text);
	ERR_clear_error();
	return fault_nomem(why);
}

/* text_printable() does the escaping that is for terminals. */
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
