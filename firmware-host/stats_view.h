/* The figures of a pilot phase as people, scripts and spreadsheets see them. */
#ifndef BANDITORE_STATS_VIEW_H
#define BANDITORE_STATS_VIEW_H

#include "db/stats.h"

#include <jansson.h>
#include <stdio.h>

struct stats_period {
	int64_t from, until; /* milliseconds since 1970 */
};

/* Local days, both ends included, as written ("2026-11-01"; NULL: the 30 days up to today, or from its beginning on). Fails
 * with EX_DATAERR: no such day, an end before the beginning. */
int stats_view_period(const char *from, const char *to, int64_t now, struct stats_period *ret, struct err *err);

/* {"from","to","alerts":{…},"exercises":{…},"news":{…},"citizens":{…},"reports":{…},"appointments":{…},"days":[…]} */
int stats_view_json(struct db *db, const struct stats_period *period, json_t **ret_json, struct err *err);

/* One line a figure: group, name, value. Safe to open in a spreadsheet. */
void stats_view_csv(const json_t *json, FILE *out);
void stats_view_print(const json_t *json, FILE *out); /* for people */

#endif
