/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SYMPTOM_H
#define TRUSTFIX_SYMPTOM_H

/* What the output of a program that failed says: is it a certificate problem at all? */

#include <stddef.h>

enum symptom {
	SYMPTOM_NONE, /* nothing that is known */
	SYMPTOM_UNTRUSTED,
	SYMPTOM_CLIENT_CERT,
	SYMPTOM_PROXY_AUTH,
	SYMPTOM_PROXY_REFUSED,
	SYMPTOM_NOT_TLS,
	SYMPTOM_NO_NAME,
	SYMPTOM_UNREACHABLE,
	SYMPTOM_TIMEOUT,
	SYMPTOMS
};

/*
 * The first row of the table that the text holds.  The line it stands in is put into *ret_line
 * (borrowed from the text) and *ret_len; untouched for SYMPTOM_NONE.
 */
enum symptom symptom_find(const char *text, const char **ret_line, size_t *ret_len);

#endif
