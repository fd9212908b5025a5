/* SPDX-License-Identifier: Apache-2.0 */
#include "src/install/strangers.h"

#include "src/base/advice.h"
#include "src/base/text.h"
#include "stores/system/anchors.h"

int strangers_note(struct site *site, const struct place *place, const struct cas *cas,
	bool is_done, struct names *ret, struct fault *why)
{
	struct view *view = site_view(site, place);
	const char *dir = advice_value(view->tree->advice, "root");
	auto_free char *root = dir ? text_shell_word(dir) : NULL;
	auto_strangers strangers = {0};

	if (dir && !root)
		return fault_nomem(why);
	if (place->ops->strangers && place->ops->strangers(view, place, &strangers, why) < 0)
		return -1;
	is_done = is_done && (!strangers.is_by_tool || view->tree->is_live);
	for (size_t i = 0; i < strangers.certs.n; i++) {
		const char *path = strangers.paths.at[i], *tool = strangers.tool;
		auto_free char *move = NULL, *cure = NULL, *note = NULL;
		auto_cert_facts facts = {0};

		if (cas_hold(cas, strangers.certs.at[i]))
			continue;
		if (cert_facts_make(strangers.certs.at[i], &facts, why) < 0 ||
			anchors_move(view, path, strangers.aside, &move, why) < 0 ||
			(!is_done ? text_set(&cure, why, "to keep it out, run first: %s", move)
				: view->tree->is_still
					? text_set(&cure, why, "build the image without it: %s",
						  move)
					: text_set(&cure, why, "to take it out: %s && %s%s%s%s",
						  move, root ? "chroot " : "", root ? root : "",
						  root ? " " : "", tool)) < 0 ||
			text_set(&note, why, "%s %s '%s' (%s, sha256:%s); %s", tool,
				is_done ? "also added" : "would also add", path, facts.subject,
				facts.sha256, cure) < 0 ||
			(!names_holds(ret, note) && names_add(ret, note, why) < 0))
			return -1;
	}
	return 0;
}
