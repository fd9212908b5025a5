/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRUSTFIX_OWNER_H
#define TRUSTFIX_OWNER_H

/* Who owns a host name?  Hosts of one organization may well share a private CA. */

#include <stdbool.h>

/* The owner of every name that no public registry hands out, and of IP addresses. */
extern const char owner_private[];

/*
 * The registrable domain of a public name ("example.co.uk"), by the Public Suffix List that libpsl
 * was built with, else owner_private: bare names, IP addresses, names of private networks (.test,
 * .internal, .lan, .home.arpa ...), names that are themselves public suffixes or end in a dot.
 * Points into `host` or is static.
 */
const char *owner_of(const char *host, bool is_ip);

#endif
