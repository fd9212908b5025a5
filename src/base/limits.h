/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_LIMITS_H
#define TRUSTFIX_LIMITS_H

/*
 * Every limit on a size, count, depth or time that depends on input is here, and nowhere else.  The
 * unit is bytes unless the name says _N (count), _DEPTH, _MS, _S or _DAYS.
 */

#define LIMIT_MIB (1024u * 1024u)

/* certificates */
#define LIMIT_CERT_BYTES \
	(512u * 1024u) /* one DER certificate; badssl's 10 000 names have 250 KiB */
#define LIMIT_CHAIN_N 100u /* certificates that one peer may send */
#define LIMIT_CHAIN_BYTES LIMIT_MIB /* total of all of them */
#define LIMIT_PATH_DEPTH 16u /* certificates on one path, leaf and root included */
#define LIMIT_PATH_CHECKS_N 500u /* signatures verified to build one path */
#define LIMIT_PEM_BYTES (16u * LIMIT_MIB) /* one file of certificates */
#define LIMIT_PEM_CERTS 10000u /* certificates in one file or store */
#define LIMIT_VERIFY_DEPTH 100u /* certificates on one path: OpenSSL's own limit */
#define LIMIT_VERIFY_CHECKS_N 100u /* signatures of one chain: Go's maxChainSignatureChecks */
#define LIMIT_VERIFY_ANCHORS_N 64u /* anchors with the right name that one verification tries */
#define LIMIT_PUBLIC_KEY_BITS 16384u /* larger keys cost seconds per signature */
#define LIMIT_BER_DEPTH 50u /* nested elements; each bag in a bag of a PKCS#12 takes three */
#define LIMIT_NAME_SHOWN 256u /* bytes of a hostile name that are printed */
#define LIMIT_MARKS_N 3u /* combining marks that are printed on one letter */

/* peers */
#define LIMIT_TARGETS_N 1000u
#define LIMIT_HOST_LEN 253u
#define LIMIT_SHARED_CERTS_N 1024u /* certificates remembered for sharing between peers' chains */
#define LIMIT_PARALLEL_THREADS 128u
#define LIMIT_PARALLEL_AT_FIRST 8u
#define LIMIT_PARALLEL_STUCK_MS 20 /* no task finishes for this long: run more in parallel */
#define LIMIT_PARALLEL_STACK (512u * 1024u) /* of a probing thread; most of it is never touched */
#define LIMIT_LOOKUP_STACK (256u * 1024u)
#define LIMIT_ADDRESSES_N 32u
#define LIMIT_CONNECT_STAGGER_MS 250 /* RFC 8305, section 5: then the next address is tried too */
#define LIMIT_REFUSAL_WAIT_MS \
	300 /* wait for the alert of a TLS 1.3 server that requires a client certificate */
#define LIMIT_TIMEOUT_S 3600u
#define LIMIT_TIMEOUT_DEFAULT_MS 10000
#define LIMIT_REPLY_HEADER_BYTES (64u * 1024u) /* a proxy's or web server's header block */
#define LIMIT_REPLY_LINES_N 200u
#define LIMIT_STARTTLS_LINE 4096u
#define LIMIT_STARTTLS_BYTES (64u * 1024u)
#define LIMIT_AIA_BYTES (100u * 1024u)
#define LIMIT_AIA_HOPS 8u /* issuers fetched above one chain */
#define LIMIT_AIA_REDIRECTS 5u
#define LIMIT_AIA_URLS 4u /* caIssuers addresses tried per certificate */
#define LIMIT_URL_LEN 2048u

/* files */
#define LIMIT_FILE_BYTES (64u * LIMIT_MIB) /* any file of a tree that is read whole */
#define LIMIT_PASSWORD_BYTES 1024u
#define LIMIT_JSON_BYTES (8u * LIMIT_MIB)
#define LIMIT_JSON_DEPTH 64u
#define LIMIT_JSON_VALUES_N 400000u /* each takes up to 250 bytes of memory */
#define LIMIT_PATH_LEN 4096u
#define LIMIT_LINKS_N 40u /* symbolic links followed for one path, as Linux does */
#define LIMIT_DIR_NAMES_N 100000u
#define LIMIT_EDITS_N 20000u
#define LIMIT_STRAY_LINKS_N 1000u /* hash links to certificates that the bundle lacks */
#define LIMIT_PASSED_OVER_N 20u /* failed look-ups that are reported */
#define LIMIT_HASH_LINKS_N 256u /* per subject hash, as openssl rehash */
#define LIMIT_XATTR_BYTES (64u * 1024u)

#define LIMIT_MESSAGE_BYTES LIMIT_MIB /* an error message or log to explain */
#define LIMIT_MESSAGE_HOSTS_N 100u /* places in it that may name the host */

/* keystores */
#define LIMIT_KEYSTORE_ENTRIES_N 100000u
#define LIMIT_KEYSTORE_ALIAS_BYTES 4096u /* the formats allow 65,535; people use 50 */
#define LIMIT_KEYSTORE_ROUNDS_N 5000000u /* of one key derivation; Java's limit */
#define LIMIT_KEYSTORE_ROUNDS_ALL_N 50000000u /* total for one call */
#define LIMIT_RUN_ROUNDS_N 500000000u /* total for all keystores of a run: about two minutes */
#define LIMIT_KEYSTORE_PARTS_N 1000u /* ContentInfos of a PKCS#12 */
#define LIMIT_SEALED_DEPTH 16u /* superclasses of a secret key; Java's has one */
#define LIMIT_ALIAS_SUFFIX_N 1000u /* "-1", "-2", ... tried after an alias that is taken */

/* Java */
#define LIMIT_HOMES_N 1000u /* home directories searched */
#define LIMIT_JDK_DIRS_N 20000u /* directories that may be a Java runtime */
#define LIMIT_JDK_STORES_N 1000u /* keystores of one tree */

/* images */
#define LIMIT_BOX_MEMBERS_N 100000u /* files in a docker-archive or an OCI archive */
#define LIMIT_BOX_JSON_BYTES (16u * LIMIT_MIB) /* all JSON documents of one file together */
#define LIMIT_IMAGES_N 1000u
#define LIMIT_UNLOCKED_S 60 /* time for a new directory to be locked */
#define LIMIT_SETTINGS_N 4000u /* of an image's environment; the rest are ignored */
#define LIMIT_LAYERS_N 500u /* of one image */
#define LIMIT_LAYERS_RUN_N 125u /* of an image that Docker accepts [moby, layer/layer_store.go] */
#define LIMIT_INDEX_DEPTH 4u /* nested indexes, each in memory while those below it are read */
#define LIMIT_ODD_HEADERS_N 1000u /* of a layer; libarchive is opened for each */
#define LIMIT_LAYER_BYTES (1024u * LIMIT_MIB) /* a new layer, which is made in memory */
#define LIMIT_MEMBER_DEPTH 256u /* nested directories */
#define LIMIT_UNPACKED_BYTES (64ll * 1024 * LIMIT_MIB) /* of one image, all layers together */
#define LIMIT_UNPACKED_FREE_BYTES (1024ll * LIMIT_MIB) /* of one file, before its ratio counts */
#define LIMIT_UNPACKED_RATIO 200 /* beyond that; ordinary layers have 2 to 10 */
#define LIMIT_TOC_TEXT_BYTES (64u * LIMIT_MIB) /* names and link targets of one layer */
#define LIMIT_TOC_BYTES (600u * LIMIT_MIB) /* the list of an image's files: 120 each */
#define LIMIT_KEPT_FILE_BYTES (4u * LIMIT_MIB) /* of a packed layer, in memory */
#define LIMIT_KEPT_BYTES (32u * LIMIT_MIB) /* total of those files */

/* children */
#ifndef LIMIT_HOOK_MS /* the test of a hanging hook is built with another value */
#define LIMIT_HOOK_MS (120 * 1000)
#endif
#define LIMIT_CHILD_OUTPUT (256u * 1024u)
#define LIMIT_HOOKS_N 256u
#define LIMIT_DOCTOR_MS (30 * 1000) /* for each program that doctor runs, without --timeout */
#define LIMIT_DOCTOR_TARGETS_N 32u
#define LIMIT_DOCTOR_RUNTIMES_N 16u /* Java runtimes that are run */
#define LIMIT_SAID_SHOWN 400u /* bytes of a line that a program printed */
#define LIMIT_CHILD_LOOK_MS 100 /* interval for noticing an exit or an interrupt */

/* runs */
#define LIMIT_PIPE_WAIT_MS (10 * 1000) /* for another process to open a named pipe */
#define LIMIT_SWEEP_MS (5 * 1000) /* to remove what an interrupted run left */
#define LIMIT_LOCK_WAIT_MS (300 * 1000)
#define LIMIT_EXPIRY_DAYS 365000u /* largest --expires-within */
#define LIMIT_JOURNAL_KEEP_N 50u /* transactions that can be undone */
#define LIMIT_JOURNAL_ID 999999999 /* highest transaction number */
#define LIMIT_PROGRESS_MS 1000 /* work that takes longer gets a progress line */

#endif
