#include "tests/graph-sim/media.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { URL_LIFE_S = 300, MIB = 1 << 20 };

/* What may be uploaded, and how much of it. */
static const struct {
	const char *mime;
	size_t max;
} kinds[] = {
	{"image/jpeg", 5 * MIB},
	{"image/png", 5 * MIB},
	{"image/webp", 500 * 1024},
	{"audio/aac", 16 * MIB},
	{"audio/mp4", 16 * MIB},
	{"audio/mpeg", 16 * MIB},
	{"audio/amr", 16 * MIB},
	{"audio/ogg", 16 * MIB},
	{"video/mp4", 16 * MIB},
	{"video/3gp", 16 * MIB},
	{"text/plain", 100 * MIB},
	{"application/pdf", 100 * MIB},
	{"application/vnd.ms-powerpoint", 100 * MIB},
	{"application/msword", 100 * MIB},
	{"application/vnd.ms-excel", 100 * MIB},
	{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", 100 * MIB},
	{"application/vnd.openxmlformats-officedocument.presentationml.presentation", 100 * MIB},
	{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 100 * MIB},
};

struct media *media_find(const struct sim *sim, const char *id)
{
	for (struct media *media = sim->media; media != NULL; media = media->next)
		if (strcmp(media->id, id) == 0)
			return media;
	return NULL;
}

struct media *media_add(struct sim *sim, const char *mime, const void *data, size_t length)
{
	struct media *media = must(calloc(1, sizeof *media));
	unsigned char hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, data, length);
	sodium_bin2hex(media->sha256_hex, sizeof media->sha256_hex, hash, sizeof hash);
	sodium_bin2base64(
		media->sha256_base64, sizeof media->sha256_base64, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
	snprintf(media->id, sizeof media->id, "%llu", (unsigned long long)(100300000000000u + ++sim->next_id));
	snprintf(media->key, sizeof media->key, "%08x", chance(&sim->random, INT_MAX));
	text_copy(media->mime, sizeof media->mime, mime);
	media->data = must(malloc(length + 1));
	memcpy(media->data, data, length);
	media->length = length;
	media->url_end_us = sim->timers.now_us + (int64_t)URL_LIFE_S * 1000000;
	media->next = sim->media;
	sim->media = media;
	return media;
}

struct reply media_upload(struct sim *sim, const char *product, const char *mime, const void *data, size_t length)
{
	char kind[100];

	if (product == NULL || strcmp(product, "whatsapp") != 0)
		return reply_error(100, "The parameter messaging_product is required.");
	if (data == NULL || mime == NULL)
		return reply_error(100, "The parameter file is required.");
	snprintf(kind, sizeof kind, "%.*s", (int)strcspn(mime, ";"), mime);
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		if (strcmp(kinds[i].mime, kind) != 0)
			continue;
		if (length == 0 || length > kinds[i].max)
			return reply_errorf(
				100, "Param file: %s of %zu octets, allowed are %zu", kind, length, kinds[i].max);
		sim->journal.figures.media_up++;
		return reply_json(json_pack("{s:s}", "id", media_add(sim, mime, data, length)->id));
	}
	return reply_errorf(
		100, "Param file must be a file with one of the supported types. Received file of type '%s'.", kind);
}

void media_url(const struct media *media, const char *base, char *url, size_t size)
{
	snprintf(url, size, "%s/whatsapp_business/attachments/?mid=%s&hash=%s", base, media->id, media->key);
}

struct reply media_describe(struct sim *sim, struct media *media, const char *base)
{
	char url[400];

	media->url_end_us = sim->timers.now_us + (int64_t)URL_LIFE_S * 1000000;
	media_url(media, base, url, sizeof url);
	return reply_json(json_pack("{s:s,s:s,s:s,s:s,s:I,s:s}", "messaging_product", "whatsapp", "url", url,
		"mime_type", media->mime, "sha256", media->sha256_hex, "file_size", (json_int_t)media->length, "id",
		media->id));
}

struct reply media_download(struct sim *sim, const char *id, const char *key)
{
	const struct media *media = id == NULL ? NULL : media_find(sim, id);

	if (media == NULL || key == NULL || strcmp(media->key, key) != 0 || media->url_end_us < sim->timers.now_us) {
		struct reply missing = reply_error(100, "The URL is unknown or too old");
		missing.http = 404;
		return missing;
	}
	struct reply reply = {.http = 200, .code = -1, .length = media->length};
	reply.body = must(malloc(media->length + 1));
	memcpy(reply.body, media->data, media->length);
	text_copy(reply.type, sizeof reply.type, media->mime);
	sim->journal.figures.media_down++;
	return reply;
}

static void media_free(struct media *media)
{
	free(media->data);
	free(media);
}

struct reply media_delete(struct sim *sim, const char *id)
{
	struct media **link = &sim->media;

	while (*link != NULL && strcmp((*link)->id, id) != 0)
		link = &(*link)->next;
	struct media *found = *link;
	if (found == NULL)
		return reply_unknown_object(id);
	*link = found->next;
	media_free(found);
	return reply_success();
}

void media_forget(struct sim *sim)
{
	while (sim->media != NULL) {
		struct media *next = sim->media->next;
		media_free(sim->media);
		sim->media = next;
	}
}
