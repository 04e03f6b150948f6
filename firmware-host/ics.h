/* Appointments as a calendar file (iCalendar, RFC 5545; METHOD as RFC 5546 has it). Times are UTC, which needs no
 * VTIMEZONE and means the same moment everywhere. Pure but for the writer's stream; any thread.
 *
 * Texts may be anything: what steers a program or hides text is written as U+FFFD, what is syntax is escaped, long lines
 * are folded between characters. */
#ifndef BANDITORE_ICS_H
#define BANDITORE_ICS_H

#include <stdint.h>
#include <stdio.h>

enum ics_status { ICS_TENTATIVE, ICS_CONFIRMED, ICS_CANCELLED };

struct ics_event {
	const char *uid; /* ASCII; the same for the life of the appointment */
	int64_t start;	 /* milliseconds since 1970 */
	int32_t minutes;
	int32_t sequence; /* §3.8.7.4: grows when the time changes or it is called off */
	int64_t created, changed;
	enum ics_status status;
	const char *summary, *description, *location; /* "": left out */
};

/* method: "PUBLISH" or "CANCEL"; name: of the calendar and its organizer; now: of the writing. */
void ics_begin(FILE *out, const char *method, const char *name);
void ics_event(FILE *out, const struct ics_event *event, const char *organizer, int64_t now);
void ics_end(FILE *out);

#endif
