/* Whoever has been written to or has written; and the ids of messages. */
#ifndef BANDITORE_GRAPH_SIM_PEOPLE_H
#define BANDITORE_GRAPH_SIM_PEOPLE_H

#include "tests/graph-sim/graph.h"

/* By digits, or by a BSUID (which has a '.'); made up when new. */
struct person *person_of(struct sim *sim, const char *id);
/* NULL: nobody yet. */
struct person *person_find(const struct sim *sim, const char *id);

/* Gives a person another number or BSUID; empty: none. False: somebody else has it, or it is malformed. */
bool person_set_phone(struct sim *sim, struct person *person, const char *phone);
bool person_set_bsuid(struct sim *sim, struct person *person, const char *bsuid);

bool is_bsuid(const char *text); /* CC.alphanumerics, or CC.ENT.… */

/* Whether a rule's prefix, digits with or without + or the beginning of a BSUID, fits; an empty one fits all. */
bool person_matches(const struct person *person, const char *prefix);

/* {"profile":{"name"},"wa_id","user_id"} as webhooks show it; a new reference. */
json_t *person_contact(const struct person *person, bool with_username);

void people_forget(struct sim *sim);

/* "wamid." and what the platform hides in it: the person and a number of ours. */
void wamid_write(char wamid[WAMID_MAX], const struct person *person, bool inbound, uint32_t number);
/* The number of a wamid of ours, 0: it is not. */
uint32_t wamid_number(const char *wamid, bool inbound);

#endif
