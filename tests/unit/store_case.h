/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_STORE_CASE_H
#define TRUSTFIX_STORE_CASE_H

/*
 * A store in a tree in memory, for unit tests: put files in, open it, add and remove, look at what
 * would stand there.  Nothing is committed: everything is seen through the view.  What must not
 * fail ends the test.
 */

#include "src/x509/cert.h"
#include "stores/java/keystore_cache.h"
#include "stores/store.h"
#include "tests/unit/memory_tree.h"

struct store_case {
	struct tree *tree;
	struct plan plan;
	struct view view;
	struct keystore_cache keystore_cache;
	struct places places; /* after store_case_open() */
};

/* An empty tree. */
void store_case_make(struct store_case *it);
void store_case_free(struct store_case *it);
CLEANUP_VALUE(store_case, store_case_free)
#define auto_store_case CLEANUP(store_case) struct store_case

void store_case_file(struct store_case *it, const char *path, const char *text);
void store_case_link(struct store_case *it, const char *path, const char *target);
void store_case_dir(struct store_case *it, const char *path);

/* A file with this certificate as PEM. */
void store_case_cert(struct store_case *it, const char *path, const struct cert *cert);

/* Find the one place of "system" or "pem:PATH". */
const struct place *store_case_open(struct store_case *it, const char *ca_override);

/* The calls; how many edits are planned afterwards. */
size_t store_case_add(struct store_case *it, struct cert *cert, const char *name);
size_t store_case_remove(struct store_case *it, const struct cert *cert);
bool store_case_holds(struct store_case *it, const struct cert *cert);

/* What would stand there: the text ("" when nothing does), the link's target; valid until the next
 * call. */
const char *store_case_text(struct store_case *it, const char *path);
const char *store_case_target(struct store_case *it, const char *path);
bool store_case_has(struct store_case *it, const char *path);

/* PEM of the certificates one behind the other, allocated; ends in NULL. */
char *store_case_pem(const struct cert *first, ...) __attribute__((sentinel));

/* DIR/HHHHHHHH.N of the certificate; valid until the next call. */
const char *store_case_hash(const char *dir, struct cert *cert, unsigned number);

#endif
