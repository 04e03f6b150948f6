/* The page's files, built in: what firmware-host/console/web holds and what is taken of bootstrap-italia. */
#ifndef BANDITORE_CONSOLE_ASSETS_H
#define BANDITORE_CONSOLE_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

struct asset {
	const char *path; /* "/index.html" */
	const char *type; /* "text/html; charset=utf-8" */
	const char *tag;  /* ETag, of the content, with its quotes */
	const unsigned char *octets;
	size_t length;
	bool zipped; /* the octets are gzip's; there are no others, as every browser takes them */
};

/* The file at this path, "/" being "/index.html"; NULL: there is none. Pure. */
const struct asset *asset_find(const char *path);

/* One after the other, for tests; NULL behind the last. */
const struct asset *asset_at(size_t index);

#endif
