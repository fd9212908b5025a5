/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SCRIPT_H
#define TRUSTFIX_SCRIPT_H

/* A peer whose answers are known beforehand: one end of a socket pair that already holds them. */

#include "src/net/stream.h"

/* Connect `wire` to a peer that has said `bytes` and closed; the deadline is 2 s.  Ends the test
 * when it cannot. */
void script_open(struct stream *stream, const void *bytes, size_t len);

/* What was sent to that peer since, NUL behind it, in a static buffer; closes both. */
const char *script_close(struct stream *stream, size_t *ret_len);

#endif
