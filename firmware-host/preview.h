/* An order as `preview` shows it, before it is kept: text, channels, limits, cost and time. */
#ifndef BANDITORE_PREVIEW_H
#define BANDITORE_PREVIEW_H

#include "config/texts.h"
#include "firmware-host/order.h"
#include "firmware-host/outlook.h"

#include <jansson.h>
#include <stdio.h>

struct preview {
	const struct settings *settings;
	const struct texts *texts;
	const struct message *message;
	const struct order_measure *measure;
	const struct outlook *outlook;
	int brief_segments; /* of the short version that is offered; 0: none is */
	const char *brief_text;
};

/* For people. */
void preview_print(const struct preview *preview, FILE *out);

/* One JSON value; NULL: out of memory:
 * {"kind","text","alphabet","parts","units","room","rewritten":{"folded","characters","original"},"brief":null|{"parts","text"},
 *  "recipients":{"total","sms","whatsapp","whatsapp_only"},"segments","sim_budget":{"left","enough"},
 *  "whatsapp":{"state","pace","template","body","characters","room","limit":{"per_day","left","free","over","next"},
 *  "falls_back"},                                            null when not enabled; limit null without one
 *  "cost":{"low","high","currency","sms_told","whatsapp_told"},
 *  "modems","seconds","time":{"alive":{"sms","whatsapp","all","left_over"},"dead":{…}}}
 * `segments`, `seconds` and `enough` are of the way the link's state asks for. */
json_t *preview_json(const struct preview *preview);
void preview_print_json(const struct preview *preview); /* on stdout */

#endif
