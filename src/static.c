/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linked only into the static program: look names up by files and DNS.  Otherwise glibc loads the
 * modules that nsswitch.conf names, which are built for the host's own C library, and crashes.
 */
#include <features.h>
#ifdef __GLIBC__
#include <nss.h>

__attribute__((constructor)) static void use_no_foreign_modules(void)
{
	__nss_configure_lookup("hosts", "files dns");
}
#endif
