/* From an officer's words to the message that would leave, composed and measured. */
#ifndef BANDITORE_OFFICER_DRAFT_H
#define BANDITORE_OFFICER_DRAFT_H

#include "firmware-host/keypad/draft.h"
#include "firmware-host/officer_words.h"

/* Composes what OFFICER_ALERT or OFFICER_CLEAR asks for; ret->recipients is counted and more than 0. `door` as in struct
 * message. 1; 0: it cannot be, and `answer` says why, in the officer's language; -1. Reads the keypad's sheet for a code, or
 * for the instruction of a hazard given without a text. */
int officer_draft_make(struct db *db, const struct settings *settings, const struct texts *texts,
	const struct officer_words *words, const char *door, int64_t now, struct draft *ret,
	char answer[TEXTS_TEXT_MAX], struct err *err);

/* The alert that ANNULLA means: n, or (0) the newest under way. 1, 0: there is none, -1. */
int officer_draft_running(struct db *db, const struct settings *settings, int64_t number, int64_t now,
	struct message *ret, struct err *err);

/* Needs a second officer where alert.two_officers is set, as at the keypad. */
bool officer_draft_is_red(const struct message *message);

#endif
