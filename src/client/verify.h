/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_VERIFY_H
#define TRUSTFIX_VERIFY_H

/*
 * What a reader of a store makes of a chain: one table row per reader, one verification.
 *
 * A reader is a kind of program (OpenSSL's default, OpenSSL strict with partial chains as
 * Python 3.13, curl, GnuTLS, Go, ...), not one binary.  Those built on OpenSSL are judged by
 * X509_verify_cert() with their flags, the others by their own way to an anchor (walk.h) and their
 * own rules (rules.h).  tests/truth asks the real programs, and must agree.
 */

#include <stdbool.h>
#include <time.h>

#include "src/x509/certs.h"

enum reader {
	READER_OPENSSL,
	READER_OPENSSL_STRICT, /* X509_STRICT and PARTIAL_CHAIN: Python 3.13 and later */
	READER_CURL,
	READER_PYTHON, /* 3.12 and before */
	READER_RUBY,
	READER_NODE,
	READER_GNUTLS,
	READER_GO,
	READER_JAVA,
	READER_WEBPKI, /* rustls: uv, Deno and others */
	READERS
};

/* A set of readers: 1u << READER_GO | ... */
typedef unsigned reader_set;
#define READER_BIT(reader) (1u << (reader))
#define READERS_ALL (READER_BIT(READERS) - 1)

const char *reader_name(enum reader reader);

/* "openssl,go" into a set.  FAULT_USAGE: an unknown name, which the text lists. */
int reader_set_parse(const char *text, reader_set *ret, struct fault *why);

/* How the readers of the set read files of anchors: SHAPE_BIT()s. */
unsigned reader_set_files(reader_set set);

struct judge_case {
	const struct certs *chain; /* as sent: the leaf first, the rest in any order */
	const struct certs *anchors; /* what the store holds; thousands are fine */
	const char *name; /* DNS name (A-labels) or IP literal; NULL: do not check */
	time_t at;
};

#define JUDGMENT_WHY_LEN 256

struct judgment {
	bool trusts;
	struct cert *anchor; /* where its path ends, borrowed from the case; NULL: it refuses */
	int error; /* X509_V_ERR_*, X509_V_OK when it trusts */
	char why[JUDGMENT_WHY_LEN]; /* "" when it trusts */
};

/* A refusal for a reason that no reader was asked about. */
struct judgment judgment_refusal(const char *text);

/* 0 and the judgment, whatever it is.  FAULT_SYSTEM: no memory. */
int judge(const struct judge_case *it, enum reader reader, struct judgment *ret, struct fault *why);

#endif
