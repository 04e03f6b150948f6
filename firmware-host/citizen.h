/* A citizen's words: what a message asks for, and the answer. */
#ifndef BANDITORE_CITIZEN_H
#define BANDITORE_CITIZEN_H

#include "firmware-host/hub.h"

enum citizen_word { WORD_NONE, WORD_JOIN, WORD_LEAVE };

/* What the text asks for. Case, accents, punctuation and surplus spaces do not count; nothing but the words themselves
 * (with or without the service's name, "grazie" before or behind) signs anybody up or out. Pure. */
enum citizen_word citizen_read(const char *text, const char *service);

/* Who writes, and where the answer goes. */
struct citizen_from {
	enum outbox_channel channel;
	const char *address; /* as it came: a number, a word, or a WhatsApp user id */
	const char *phone;   /* WhatsApp: E.164, or "" when hidden; SMS: not looked at */
	const char *user;    /* WhatsApp user id; "" */
	const char *name;    /* as they call themselves; "" */
};

/* Does what an incoming message asks and queues the reply. *ret_answer: what was done, for the inbox. */
int citizen_answer(struct hub *hub, const struct citizen_from *from, const char *text, int64_t now,
	const char **ret_answer, struct err *err);

#endif
