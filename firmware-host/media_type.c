#include "firmware-host/media_type.h"

#include <string.h>
#include <strings.h>

static const struct media_type types[] = {
	{"image/jpeg", "jpg"},
	{"image/png", "png"},
	{"image/webp", "webp"},
	{"audio/ogg", "ogg"},
	{"audio/mpeg", "mp3"},
	{"audio/mp4", "m4a"},
	{"audio/aac", "aac"},
	{"audio/amr", "amr"},
	{"video/mp4", "mp4"},
	{"video/3gpp", "3gp"},
	{"application/pdf", "pdf"},
};

const struct media_type *media_type_of(const char *mime)
{
	static const struct media_type octets = {"application/octet-stream", "bin"};
	size_t length = strcspn(mime, "; \t");

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (strlen(types[i].type) == length && strncasecmp(types[i].type, mime, length) == 0)
			return &types[i];
	}
	return &octets;
}
