/* The audit trail as scripts see it. NULL: out of memory. */
#ifndef BANDITORE_AUDIT_VIEW_H
#define BANDITORE_AUDIT_VIEW_H

#include "db/audit.h"

#include <jansson.h>

json_t *audit_view_json(const struct audit_row *row);
json_t *audit_view_verdict(const struct audit_verdict *verdict);

#endif
