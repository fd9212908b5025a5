/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_UPDATE_CA_H
#define TRUSTFIX_UPDATE_CA_H

/* The paths that the two programs named update-ca-certificates, Debian's and Alpine's, use. */

#include "src/fs/view.h"

#define UPDATE_CA_CONF "/etc/ca-certificates.conf"
#define UPDATE_CA_SHIPPED "/usr/share/ca-certificates"
#define UPDATE_CA_LOCAL "/usr/local/share/ca-certificates"
#define UPDATE_CA_ASIDE "/usr/local/share" /* no program reads anchors from here */
#define UPDATE_CA_TOOL "/usr/sbin/update-ca-certificates"
#define UPDATE_CA_CERTS "/etc/ssl/certs"
#define UPDATE_CA_BUNDLE_NAME "ca-certificates.crt"
#define UPDATE_CA_BUNDLE UPDATE_CA_CERTS "/" UPDATE_CA_BUNDLE_NAME

/*
 * Can Debian's layout regenerate the bundle without losing a certificate in it?  Always true where
 * Debian's tool or conf exists, or no bundle.
 */
int update_ca_loses_nothing(struct view *view, bool *ret, struct fault *why);

#endif
