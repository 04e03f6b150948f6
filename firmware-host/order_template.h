/* A message as its WhatsApp template says it: the parameters that are sent, and what the person reads. Pure; any thread. */
#ifndef BANDITORE_ORDER_TEMPLATE_H
#define BANDITORE_ORDER_TEMPLATE_H

#include "config/settings.h"
#include "config/texts.h"
#include "firmware-host/order.h"
#include "firmware-host/template.h"

/* The template of a message; TEMPLATE_COUNT: a reply has none. */
enum template_kind order_template_kind(enum message_kind kind);

/* Writes the parameters as a bearer takes them (BEARER_TEMPLATE in modem/bearer.h): "alert PART value FIELD text PART value",
 * "topic" in place of "alert" for news, and only those the template's body has a place for. `said` is what the officer wrote,
 * unfolded (NULL or "": the all-clear's own words); of the message all but its text must be filled. Line breaks become
 * spaces (graph_parameter_fold). With `second` (NULL: none) each says it in both languages. An
 * update says so in its `text`. An exercise begins its `alert` and ends its `text` with ESERCITAZIONE; where the body has no
 * place for `alert`, `text` does both.
 *
 * Fails with EX_DATAERR for a text that makes the whole body longer than GRAPH_BODY_MAX characters, and with EX_CONFIG for a
 * body or an exercise's wording that cannot be used. `out` of MESSAGE_TEXT_MAX is always large enough. */
int order_template_parameters(const struct message *message, const char *said, const struct order_second *second,
	const struct settings *settings, const struct texts *texts, char *out, size_t size, struct err *err);

/* The body with these parameters in place, in out. Returns its length in characters as WhatsApp counts them, or -1: out is
 * too small, or a reply. */
enum { ORDER_TEMPLATE_TEXT_MAX = MESSAGE_TEXT_MAX + TEXTS_TEXT_MAX };
int order_template_read(enum message_kind kind, const char *parameters, const struct settings *settings,
	const struct texts *texts, char *out, size_t size);

#endif
