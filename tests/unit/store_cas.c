/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store_cas.h"

#include <stdlib.h>

#include "tests/unit/store_case.h"

struct made shipped, other, corp, corp2, corp3;
char *shipped_pem, *corp_pem;

int store_cas_make(void **state)
{
	(void)state;
	shipped = make_cert(&(struct recipe){.cn = "Shipped", .is_ca = true});
	other = make_cert(&(struct recipe){.cn = "Other", .is_ca = true});
	corp = make_cert(&(struct recipe){.cn = "Corp Root", .is_ca = true});
	corp2 = make_cert(&(struct recipe){.cn = "Corp Root", .is_ca = true});
	corp3 = make_cert(&(struct recipe){.cn = "Corp Root", .is_ca = true});
	shipped_pem = store_case_pem(shipped.cert, NULL);
	corp_pem = store_case_pem(corp.cert, NULL);
	return 0;
}

int store_cas_free(void **state)
{
	(void)state;
	made_free(&shipped);
	made_free(&other);
	made_free(&corp);
	made_free(&corp2);
	made_free(&corp3);
	free(shipped_pem);
	free(corp_pem);
	return 0;
}
