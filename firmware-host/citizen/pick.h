/* What appointment.c and offer.c share: a choice's id taken apart, and what is booked by the person. */
#ifndef BANDITORE_CITIZEN_PICK_H
#define BANDITORE_CITIZEN_PICK_H

#include "db/appointment.h"
#include "firmware-host/citizen/moment.h"
#include "firmware-host/citizen/talk.h"

enum { PICK_MINE_MAX = 16, PICK_VERB_MAX = 8 };

struct pick {
	char verb[PICK_VERB_MAX];
	const struct settings_office *office; /* that takes appointments; NULL: it does not (any more) */
	int64_t start;			      /* ms; 0 */
	int64_t id;			      /* of the appointment it is about; 0: none */
};

/* False: no id of that form. */
bool pick_read(const struct settings *settings, const char *id, struct pick *ret);
void pick_write(const char *verb, const char *office, int64_t start, int64_t id, char out[TALK_ID_MAX]);

bool office_takes(const struct settings_office *office); /* appointments */

/* What is booked by the person and to come, and what is held for them. */
struct mine {
	struct appointment list[PICK_MINE_MAX];
	int count;
};
int mine_find(struct talk *talk, bool held, struct mine *ret, struct err *err);

/* Free times of the office for appointment `id` (0: a new one), behind `after` (0: some of the next days), and only
 * those that fit `moment` if that is not NULL. `id_text`: TEXT_APPOINTMENT_SLOTS or _TAKEN. */
int offer_times(struct talk *talk, enum text_id id_text, const struct settings_office *office, int64_t id,
	int64_t after, const struct moment *moment, struct err *err);

/* May they have it? 1, 0, -1. */
int offer_is_free(struct talk *talk, const struct settings_office *office, int64_t start, struct err *err);

#endif
