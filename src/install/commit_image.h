/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_COMMIT_IMAGE_H
#define TRUSTFIX_COMMIT_IMAGE_H

/*
 * A planned change of an image made real: a new layer in a new image file, which is read back and
 * proven before anybody sees it.
 */

#include "src/find/change.h"
#include "src/install/outcome.h"
#include "src/find/site.h"

/* On failure nothing was changed. */
int commit_image(
	struct site *site, const struct change *change, struct outcome *outcome, struct fault *why);

/* Take the topmost layer off each image where it is one of trustfix.  FAULT_REFUSED: of none. */
int commit_image_undo(struct site *site, struct outcome *outcome, struct fault *why);

#endif
