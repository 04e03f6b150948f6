/* An order by template: fields by name, as a command line, a form or a script gives them. The templates, and the hazards with
 * their instructions, are those of the keypad's sheet. Any thread. */
#ifndef BANDITORE_ORDER_FIELDS_H
#define BANDITORE_ORDER_FIELDS_H

#include "firmware-host/keypad/draft.h"

#include <jansson.h>

enum { ORDER_FIELDS_SETS_MAX = 24 };

/* Strings are the caller's. */
struct order_fields {
	const char *template;			 /* its name; NULL: the first of the order's kind */
	const char *sets[ORDER_FIELDS_SETS_MAX]; /* "until=20:00", in any order */
	int set_count;
	bool brief; /* the short version */
};

/* Composes the order from its template. Fields are hazard, zone (may be given again), from, until, instruction and contact, as
 * far as the template has a place for them; until is mandatory of an alert that is no update, of an all-clear there are only
 * instruction and contact. A hazard of the sheet, also by its code or first word, brings its instruction; what an update is
 * about brings what is not given. *ret as draft_order's. Fails with EX_USAGE or EX_DATAERR and one line that says which fields
 * there are. Pure but for the time zone. */
int order_fields_compose(const struct order *order, const struct order_fields *fields, const struct sheet *sheet,
	const struct settings *settings, const struct texts *texts, const struct message *about, int64_t now,
	struct draft *ret, struct err *err);

/* What there is to choose from, on stdout: templates of one kind with their fields, and hazards. As JSON:
 * {"templates":[{"name","kind","text","brief":null|"…","fields":[{"name","mandatory","default":null|"…"}]}],
 *  "hazards":[{"code","name","instruction","brief"}]} */
void order_fields_print(const struct sheet *sheet, const struct settings *settings, enum message_kind kind);
json_t *order_fields_json(const struct sheet *sheet, const struct settings *settings, enum message_kind kind);

#endif
