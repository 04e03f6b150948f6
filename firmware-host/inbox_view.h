/* What arrived, as scripts see it. */
#ifndef BANDITORE_INBOX_VIEW_H
#define BANDITORE_INBOX_VIEW_H

#include "db/inbox.h"

#include <jansson.h>

json_t *inbox_view_json(const struct inbox_message *message); /* NULL: out of memory */

#endif
