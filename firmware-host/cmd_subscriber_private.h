/* What the files of `banditore subscriber` share. */
#ifndef BANDITORE_CMD_SUBSCRIBER_PRIVATE_H
#define BANDITORE_CMD_SUBSCRIBER_PRIVATE_H

#include "config/settings.h"
#include "db/db.h"
#include "db/subscriber.h"

#include <stdbool.h>

/* What was typed behind a verb. Strings are argv's. */
struct subscriber_words {
	const char *argument;					      /* PHONE or FILE; NULL: none */
	const char *name, *zone, *topics, *channel, *language, *note; /* NULL: not given */
	bool json, all, dry_run, skip_bad, rejoin, yes;
};

typedef int subscriber_verb(
	const struct settings *settings, struct db *db, const struct subscriber_words *words, struct err *err);

subscriber_verb subscriber_show, subscriber_list;		/* cmd_subscriber_show.c */
subscriber_verb subscriber_import_file, subscriber_export_file; /* cmd_subscriber_file.c */

/* The subscriber of this number, written in any usual way. Fails with EX_DATAERR or EX_REFUSED. */
int subscriber_of_words(
	const struct settings *settings, struct db *db, const char *phone, struct subscriber *ret, struct err *err);

#endif
