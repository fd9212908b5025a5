/* SPDX-License-Identifier: Apache-2.0 */
#include "src/install/strangers.h"

#include "src/base/advice.h"
#include "src/base/text.h"
#include "stores/system/anchors.h"

/* The command that takes the certificate out again: `move`, then the tool. */
static int make_cure(const struct tree *tree, const struct strangers *strangers, const char *move,
	char **ret, struct fault *why)
{
	const char *dir = advice_value(tree->advice, "root");
	auto_free char *root = NULL;

	if (tree->is_still)
		return text_set(ret, why, "build the image without it: %s", move);
	if (!dir)
		return text_set(ret, why, "to take it out: %s && %s", move, strangers->tool);
	root = text_shell_word(dir);
	if (!root)
		return fault_nomem(why);
	return text_set(
		ret, why, "to take it out: %s && chroot %s %s", move, root, strangers->tool);
}

static int note_one(const struct strangers *strangers, size_t i, struct view *view, bool is_done,
	struct names *ret, struct fault *why)
{
	const char *path = strangers->paths.at[i];
	auto_cert_facts facts = {0};
	auto_free char *move = NULL;
	auto_free char *cure = NULL;
	auto_free char *note = NULL;

	if (cert_facts_make(strangers->certs.at[i], &facts, why) < 0 ||
		anchors_move(view, path, strangers->aside, &move, why) < 0)
		return -1;
	if (is_done ? make_cure(view->tree, strangers, move, &cure, why) < 0
		    : text_set(&cure, why, "to keep it out, run first: %s", move) < 0)
		return -1;
	if (text_set(&note, why, "%s %s '%s' (%s, sha256:%s); %s", strangers->tool,
		    is_done ? "also added" : "would also add", path, facts.subject, facts.sha256,
		    cure) < 0)
		return -1;
	return names_holds(ret, note) ? 0 : names_add(ret, note, why);
}

int strangers_note(struct site *site, const struct place *place, const struct cas *cas,
	bool is_done, struct names *ret, struct fault *why)
{
	struct view *view = site_view(site, place);
	auto_strangers strangers = {0};

	if (!place->ops->strangers)
		return 0;
	if (place->ops->strangers(view, place, &strangers, why) < 0)
		return -1;
	if (strangers.is_by_tool && !view->tree->is_live)
		is_done = false;
	for (size_t i = 0; i < strangers.certs.n; i++)
		if (!cas_hold(cas, strangers.certs.at[i]) &&
			note_one(&strangers, i, view, is_done, ret, why) < 0)
			return -1;
	return 0;
}
