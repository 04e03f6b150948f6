/* Subscribers as scripts see them. */
#ifndef BANDITORE_SUBSCRIBER_VIEW_H
#define BANDITORE_SUBSCRIBER_VIEW_H

#include "db/subscriber.h"

#include <jansson.h>

json_t *subscriber_view_json(const struct subscriber *subscriber); /* NULL: out of memory */

/* With the consent ledger. */
int subscriber_view_json_whole(struct db *db, const struct subscriber *subscriber, json_t **ret_json, struct err *err);

#endif
