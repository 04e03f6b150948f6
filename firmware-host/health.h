/* Health: can the box alert now, and why not. */
#ifndef BANDITORE_HEALTH_H
#define BANDITORE_HEALTH_H

#include "firmware-host/hub.h"

/* `status --json` of the running appliance (interface: "status --json"); the caller frees. NULL: out of memory. */
char *health_json(struct hub *hub);

/* The same of an appliance that is not running, from the database (NULL: none readable). */
char *health_json_stopped(const struct settings *settings, const struct texts *texts, struct db *db);

/* The one sentence of `status`: can it alert now, and why not. */
bool health_can_alert(const struct hub *hub, char *out, size_t size);

/* MiB free where the database lies; -1 unknown. */
int64_t health_disk_free_mib(const char *database);

#endif
