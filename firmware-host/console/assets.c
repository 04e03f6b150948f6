#include "firmware-host/console/assets.h"

#include <string.h>

#include "console_assets.inc"

enum { ASSETS = sizeof assets / sizeof *assets };

const struct asset *asset_find(const char *path)
{
	if (strcmp(path, "/") == 0)
		path = "/index.html";
	for (size_t i = 0; i < ASSETS; i++)
		if (strcmp(assets[i].path, path) == 0)
			return &assets[i];
	return NULL;
}

const struct asset *asset_at(size_t index)
{
	return index < ASSETS ? &assets[index] : NULL;
}
