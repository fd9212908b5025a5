/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SEALED_OBJECT_H
#define TRUSTFIX_SEALED_OBJECT_H

/*
 * A secret key of a JCEKS: a javax.crypto.SealedObject as Java serializes it, which says nowhere
 * how long it is (Java Object Serialization Specification, 6.4).
 *
 * Only what such an object is made of is known here: fields that are strings or byte arrays, of
 * classes without a writeObject() of their own.  References are not followed: whatever they refer
 * to, they have four bytes.
 */

#include "src/base/bytes.h"

/* Go behind it; false: it is cut off, or of another shape. */
bool sealed_object_skip(struct bytes *in);

#endif
