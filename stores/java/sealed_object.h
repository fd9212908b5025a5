/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_SEALED_OBJECT_H
#define TRUSTFIX_SEALED_OBJECT_H

/*
 * A secret key in a JCEKS: a serialized javax.crypto.SealedObject, which has no length field (Java
 * Object Serialization Specification, 6.4).
 *
 * We know only what such an object consists of: fields that are strings or byte arrays, in classes
 * without a writeObject() of their own.  References are not followed; each takes four bytes.
 */

#include "src/base/bytes.h"

/* Skip the object; false: it is truncated or of another form. */
bool sealed_object_skip(struct bytes *in);

#endif
