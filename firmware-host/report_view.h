/* Reports as they are shown: to a person, as JSON, as CSV. */
#ifndef BANDITORE_REPORT_VIEW_H
#define BANDITORE_REPORT_VIEW_H

#include "db/report.h"

#include <jansson.h>
#include <stdio.h>

const char *report_view_state(enum report_state state); /* "new", "assigned", "answered", "closed" */
unsigned report_view_states(const char *word);		/* as report_filter wants it; 0: there is no such state */

json_t *report_view_json(const struct report *report); /* one of a list; NULL: out of memory */
void report_view_line(const struct report *report, FILE *out);

void report_view_csv_head(FILE *out);
int report_view_csv(struct db *db, const struct report *report, FILE *out, struct err *err); /* with all its texts */

/* With items, history and duplicates. */
int report_view_json_whole(struct db *db, const struct report *report, json_t **ret_json, struct err *err);
int report_view_whole(struct db *db, const struct report *report, FILE *out, struct err *err);

#endif
