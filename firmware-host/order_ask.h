/* An order as somebody asks for it, in whichever way: in their own words, by a template and its fields, by a code of the
 * keypad's sheet, as an update or the all-clear of an alert. The one place where the command line and the console compose. */
#ifndef BANDITORE_ORDER_ASK_H
#define BANDITORE_ORDER_ASK_H

#include "db/db.h"
#include "firmware-host/order_fields.h"

/* Strings are the caller's; order.text is never NULL. */
struct order_ask {
	struct order order;
	struct order_fields fields;
	const char *sheet;    /* a code that says the whole alert; NULL: none */
	bool update;	      /* an alert that goes on from another */
	int64_t number;	      /* of the alert that is updated or cleared; 0: none */
	struct message about; /* its newest version; id 0: none */
	struct draft draft;   /* what came of it */
};

/* Finds what it is about, and composes it into ask->draft. `db` is read where there is a number, and may be NULL elsewhere.
 * Fails as order_compose, and with EX_REFUSED: there is no such alert, or it had its all-clear; errors name the command line's
 * options. Blocks for the disk: templates are read from the sheet's file. */
int order_ask_compose(struct order_ask *ask, const struct settings *settings, const struct texts *texts, struct db *db,
	int64_t now, struct err *err);

#endif
