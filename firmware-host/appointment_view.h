/* Appointments as they are shown: to a person, as JSON, as CSV, as a calendar. */
#ifndef BANDITORE_APPOINTMENT_VIEW_H
#define BANDITORE_APPOINTMENT_VIEW_H

#include "config/settings.h"
#include "db/appointment.h"

#include <jansson.h>
#include <stdio.h>

const char *appointment_view_state(enum appointment_state state); /* "offered", "booked"… */

json_t *appointment_view_json(const struct appointment *appointment); /* NULL: out of memory */
void appointment_view_line(const struct appointment *appointment, FILE *out);
void appointment_view_csv_head(FILE *out);
void appointment_view_csv(const struct appointment *appointment, FILE *out);

/* One event of a calendar begun by ics_begin. */
void appointment_view_event(const struct db *db, const struct settings *settings, const struct appointment *appointment,
	int64_t now, FILE *out);

#endif
