/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_UPDATE_CA_H
#define TRUSTFIX_UPDATE_CA_H

/* Where the programs named update-ca-certificates, Debian's and Alpine's, find and put what. */

#include "src/fs/view.h"

#define UPDATE_CA_CONF "/etc/ca-certificates.conf"
#define UPDATE_CA_SHIPPED "/usr/share/ca-certificates"
#define UPDATE_CA_LOCAL "/usr/local/share/ca-certificates"
#define UPDATE_CA_ASIDE "/usr/local/share" /* where no program looks for anchors */
#define UPDATE_CA_TOOL "/usr/sbin/update-ca-certificates"
#define UPDATE_CA_CERTS "/etc/ssl/certs"
#define UPDATE_CA_BUNDLE_NAME "ca-certificates.crt"
#define UPDATE_CA_BUNDLE UPDATE_CA_CERTS "/" UPDATE_CA_BUNDLE_NAME

/* Would Debian's layout lose nothing that the bundle has?  Yes where its tool or conf is there. */
int update_ca_loses_nothing(struct view *view, bool *ret, struct fault *why);

#endif
