/* SPDX-License-Identifier: Apache-2.0 */
#include "src/install/listing.h"

void listing_free(struct listing *listing)
{
	for (size_t i = 0; i < listing->n; i++)
		certs_free(&listing->at[i].certs);
	free(listing->at);
	*listing = (struct listing){0};
}

static int list_place(struct site *site, const struct place *place, bool all,
	struct listed_store *ret, struct fault *why)
{
	auto_certs anchors = CERTS_INIT;
	unsigned deciding = client_set_files(place->ops->deciding(place));

	if (place->ops->anchors(site_view(site, place), place, &anchors, why) < 0)
		return fault_wrap(why, "%s", place->path);
	ret->all_n = anchors.n;
	pem_quirk_file_says(anchors.file, deciding, ret->damage);
	for (size_t i = 0; i < anchors.n; i++) {
		ret->hidden_n += (cert_blind(anchors.at[i]) & deciding) != 0;
		if (!all && cert_is_public_root(anchors.at[i]))
			continue;
		if (certs_add(&ret->certs, anchors.at[i], why) < 0)
			return -1;
	}
	return 0;
}

int listing_make(struct site *site, bool all, struct listing *ret, struct fault *why)
{
	CLEANUP(listing) struct listing listing = {0};

	listing.at = calloc(site->places.n + 1, sizeof(*listing.at));
	if (!listing.at)
		return fault_nomem(why);
	for (size_t i = 0; i < site->places.n; i++) {
		listing.n++;
		if (list_place(site, &site->places.at[i], all, &listing.at[i], why) < 0)
			return -1;
	}
	*ret = listing;
	listing = (struct listing){0};
	return 0;
}

static int verify_place(struct site *site, const struct place *place, const struct prove_case *it,
	struct store_outcome *ret, struct fault *why)
{
	auto_certs anchors = CERTS_INIT;

	if (place->ops->anchors(site_view(site, place), place, &anchors, why) < 0)
		return fault_wrap(why, "%s", place->path);
	return prove_place(place, &anchors, it, &ret->proof, why);
}

int verify(struct site *site, const struct survey *survey, struct outcome *outcome, bool *ret_holds,
	struct fault *why)
{
	struct prove_case it = {.probes = survey->probes,
		.probes_n = survey->n,
		.at = survey->options->at,
		.require = survey->options->require,
		.advice = true};
	bool holds = true;

	for (size_t i = 0; i < survey->n; i++)
		if (survey->probes[i].chain.n == 0) {
			survey_fault(&survey->at[i], why);
			return fault_wrap(why, "%s", survey->targets[i].label);
		}
	if (outcome_set_places(outcome, &site->places, why) < 0)
		return -1;
	for (size_t i = 0; i < site->places.n; i++) {
		if (verify_place(site, &site->places.at[i], &it, &outcome->at[i], why) < 0)
			return -1;
		holds = holds && outcome->at[i].proof.holds;
	}
	outcome->asked_peers = true;
	*ret_holds = holds;
	return 0;
}
