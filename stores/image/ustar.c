/* SPDX-License-Identifier: Apache-2.0 */
#include "stores/image/ustar.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PAX_TYPE 'x'
#define PAX_NAME "PaxHeaders/next"
#define ID_MOST 07777777u
#define SIZE_MOST 077777777777ull
#define TIME_MOST 077777777777ll

unsigned ustar_sum(const struct ustar_header *header)
{
	const uint8_t *bytes = (const uint8_t *)header;
	unsigned sum = 0;

	for (size_t i = 0; i < sizeof(*header); i++)
		sum += bytes[i];
	for (size_t i = 0; i < sizeof(header->sum); i++)
		sum += ' ' - (uint8_t)header->sum[i];
	return sum;
}

static void add_header(struct buf *out, const struct ustar_member *member, const char *name,
	char type, uint64_t size)
{
	int64_t mtime = member->mtime < 0 ? 0 : member->mtime;
	struct ustar_header header = {.type = type, .sum = "       ", .magic = "ustar"};

	memcpy(header.name, name, strnlen(name, sizeof(header.name)));
	snprintf(header.mode, sizeof(header.mode), "%07o", (unsigned)member->mode & 07777);
	snprintf(header.uid, sizeof(header.uid), "%07o",
		member->uid > ID_MOST ? 0 : (unsigned)member->uid);
	snprintf(header.gid, sizeof(header.gid), "%07o",
		member->gid > ID_MOST ? 0 : (unsigned)member->gid);
	snprintf(header.size, sizeof(header.size), "%011" PRIo64, size > SIZE_MOST ? 0 : size);
	snprintf(header.mtime, sizeof(header.mtime), "%011" PRIo64,
		(uint64_t)(mtime > TIME_MOST ? TIME_MOST : mtime));
	if (type == USTAR_SYMLINK)
		memcpy(header.link, member->link, strnlen(member->link, sizeof(header.link)));
	memcpy(header.version, "00", sizeof(header.version));
	snprintf(header.major, sizeof(header.major), "%07o", 0);
	snprintf(header.minor, sizeof(header.minor), "%07o", 0);
	snprintf(header.sum, sizeof(header.sum) - 1, "%06o", ustar_sum(&header));
	header.sum[7] = ' ';
	buf_add(out, &header, sizeof(header));
}

/* The length includes its own digits. */
void ustar_record(struct buf *out, const char *key, const void *value, size_t len)
{
	size_t body = strlen(key) + len + 3;
	size_t all = body;

	while (all != body + (size_t)snprintf(NULL, 0, "%zu", all))
		all = body + (size_t)snprintf(NULL, 0, "%zu", all);
	buf_printf(out, "%zu %s=", all, key);
	buf_add(out, value, len);
	buf_add_byte(out, '\n');
}

static const uint8_t zeros[2 * USTAR_BLOCK];

void ustar_pad(struct buf *out)
{
	buf_add(out, zeros, (USTAR_BLOCK - out->len % USTAR_BLOCK) % USTAR_BLOCK);
}

void ustar_add_end(struct buf *out)
{
	buf_add(out, zeros, sizeof(zeros));
}

void ustar_add(struct buf *out, const struct ustar_member *member)
{
	const uint64_t size = member->type == USTAR_FILE ? member->size : 0;
	const struct {
		const char *key;
		uint64_t number;
		uint64_t most;
	} numbers[] = {
		{"size", size, SIZE_MOST},
		{"uid", member->uid, ID_MOST},
		{"gid", member->gid, ID_MOST},
	};
	const struct ustar_header *header = NULL;
	auto_buf records = buf_make(out->max);

	if (strlen(member->name) > sizeof(header->name))
		ustar_record(&records, "path", member->name, strlen(member->name));
	if (member->type == USTAR_SYMLINK && strlen(member->link) > sizeof(header->link))
		ustar_record(&records, "linkpath", member->link, strlen(member->link));
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		char text[24];
		int len = snprintf(text, sizeof(text), "%" PRIu64, numbers[i].number);

		if (numbers[i].number > numbers[i].most)
			ustar_record(&records, numbers[i].key, text, (size_t)len);
	}
	if (member->records)
		buf_add(&records, member->records->bytes, member->records->len);
	if (records.len) {
		add_header(out, member, PAX_NAME, PAX_TYPE, records.len);
		buf_add(out, records.bytes, records.len);
		ustar_pad(out);
	}
	out->failed |= records.failed;
	out->over |= records.over;
	add_header(out, member, member->name, (char)member->type, size);
}
